/** Rows as objects into columns: the slow way, for tests and for tables with few rows. */
import type { ColumnKind } from '../../model/tables/column.ts';
import type { RowOf, Table } from '../../model/tables/table.ts';
import { AddressBuilder, FixedBuilder } from './builders/fixed-builders.ts';
import type { ColumnBuilder } from './builders/index.ts';
import { IdsBuilder, LabelsBuilder, TextsBuilder } from './builders/nested-builders.ts';
import { BoolBuilder, ChoiceBuilder, NumberBuilder } from './builders/number-builders.ts';
import { LabelBuilder, TextBuilder } from './builders/text-builders.ts';
import { IdBuilder, WideBuilder } from './builders/wide-builders.ts';

/** Some columns of a row. */
export type PartialRow<T extends Table> = Partial<RowOf<T>>;

/** Appends one value, its default where it is undefined. Throws a TypeError where it is of another type. */
export function appendRow(builder: ColumnBuilder, value: unknown, kind: ColumnKind): void {
  if (value === undefined) {
    builder.appendDefault();
    return;
  }
  if (typeof value === 'number' && builder instanceof NumberBuilder) builder.append(value);
  else if (typeof value === 'number' && builder instanceof WideBuilder && kind !== 'id') builder.append(value);
  else if (typeof value === 'bigint' && builder instanceof WideBuilder) builder.appendBig(value);
  else if (typeof value === 'boolean' && builder instanceof BoolBuilder) builder.append(value);
  else if (typeof value === 'string' && builder instanceof IdBuilder) builder.appendId(value);
  else if (typeof value === 'string' && builder instanceof AddressBuilder) builder.append(value);
  else if (typeof value === 'string' && builder instanceof FixedBuilder) builder.appendHex(value);
  else if (typeof value === 'string' && builder instanceof ChoiceBuilder) builder.append(value);
  else if (typeof value === 'string' && (builder instanceof TextBuilder || builder instanceof LabelBuilder)) {
    builder.append(value);
  } else if (isTexts(value) && builder instanceof TextsBuilder) builder.append(value);
  else if (isTexts(value) && builder instanceof IdsBuilder) builder.append(value);
  else if (isLabels(value) && builder instanceof LabelsBuilder) builder.append(value);
  else throw new TypeError(`a column of kind ${kind} cannot hold ${typeof value}`);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function isLabels(value: unknown): value is Readonly<Record<string, string>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((one) => typeof one === 'string')
  );
}
