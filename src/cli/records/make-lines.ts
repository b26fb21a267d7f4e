import type { CaptureClock } from '../../base/units.ts';
import type { Names } from '../../model/names.ts';
import { RecordWriter } from '../../model/record-writer.ts';
import type { OutputFormat } from '../command.ts';
import { type Io, widthOf } from '../io.ts';
import { styleOf } from '../style.ts';
import { CsvLines } from './csv-lines.ts';
import { JsonLines } from './json-lines.ts';
import { protocolAttributes } from './protocol-attributes.ts';
import type { RecordLines, Shown } from './record-lines.ts';
import { TableLines } from './table-lines.ts';

/** Lines of records in the format that was asked for. */
export function makeLines(
  format: OutputFormat,
  shown: Shown,
  { clock, names }: { clock: CaptureClock; names: Names },
  io: Io,
): RecordLines {
  if (format === 'table') return new TableLines(clock, names, shown, widthOf(io.stdout), styleOf(io.stdout, io.env));
  const writer = new RecordWriter(clock, names, protocolAttributes);
  return format === 'json' ? new JsonLines(writer) : new CsvLines(writer, shown);
}
