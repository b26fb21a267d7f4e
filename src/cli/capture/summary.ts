import type { CaptureWriter } from '../../capture/packets/capture-writer.ts';
import type { PacketCapture } from '../../capture/packets/packet-capture.ts';
import type { PacketStatistics } from '../../capture/packets/packet-socket.ts';
import { duration, quantityText, size } from '../../model/format.ts';
import type { Style } from '../style.ts';

/** What a packet capture has come to. */
export interface CaptureOutcome {
  readonly packets: Pick<PacketCapture, 'seen' | 'written' | 'unnamed' | 'hurried'>;
  readonly writer: Pick<CaptureWriter, 'bytes' | 'files'>;
  readonly statistics: PacketStatistics;
  readonly milliseconds: number;
  /** False while it goes on: then it is one line without an end. */
  readonly ended: boolean;
}

/** What was written, what bears no name, and what the kernel had to drop. */
export function captureSummary(outcome: CaptureOutcome, style: Style): string {
  const { packets, writer, statistics, milliseconds, ended } = outcome;
  const written = `${number(packets.written, 'packet')}, ${quantityText(size(writer.bytes))}`;
  const time = quantityText(duration(milliseconds * 1e6));
  const dropped = statistics.dropped.toLocaleString('en-US');
  if (!ended) return `${style.accent('captured')}  ${written} in ${time}, ${dropped} dropped by the kernel`;
  const lines = [`${style.dim('captured')}  ${written} in ${time}${placeText(writer.files)}`];
  if (packets.seen > packets.written) {
    const others = number(packets.seen - packets.written, 'packet');
    lines.push(`${style.dim('left out')}  ${others} that only a closer look showed to be of other conversations`);
  }
  if (packets.unnamed > 0) {
    lines.push(`${style.dim('unnamed')}   ${number(packets.unnamed, 'packet')} without the name of a process`);
  }
  if (packets.hurried > 0) {
    lines.push(`${style.warning('lost')}      names for ${number(packets.hurried, 'packet')}: too many came at once`);
  }
  lines.push(
    statistics.dropped === 0
      ? `${style.dim('lost')}      nothing`
      : `${style.warning('lost')}      ${number(statistics.dropped, 'packet')} dropped by the kernel: choose fewer with a filter, shorten them with -s, or give more memory with --buffer`,
  );
  return `${lines.join('\n')}\n`;
}

function placeText(files: readonly string[]): string {
  if (files.length === 0) return '';
  return files.length === 1 ? ` to ${files[0]}` : ` to ${files[0]} ... ${files[files.length - 1]}`;
}

function number(value: number, noun: string): string {
  return `${value.toLocaleString('en-US')} ${noun}${value === 1 ? '' : 's'}`;
}
