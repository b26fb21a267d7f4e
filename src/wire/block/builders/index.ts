import type { Column, ColumnKind } from '../../../model/tables/column.ts';
import type { ColumnBuilder } from './column-builder.ts';
import { AddressBuilder, FixedBuilder } from './fixed-builders.ts';
import { IdsBuilder, LabelsBuilder, TextsBuilder } from './nested-builders.ts';
import { BoolBuilder, ChoiceBuilder, NumberBuilder } from './number-builders.ts';
import { LabelBuilder, TextBuilder } from './text-builders.ts';
import { IdBuilder, TimeBuilder, WideBuilder } from './wide-builders.ts';

export type { ColumnBuilder } from './column-builder.ts';

/** The builder of each kind of column. */
export interface BuilderByKind<T = unknown> {
  u8: NumberBuilder<Uint8Array>;
  u16: NumberBuilder<Uint16Array>;
  u32: NumberBuilder<Uint32Array>;
  i32: NumberBuilder<Int32Array>;
  f64: NumberBuilder<Float64Array>;
  n64: WideBuilder;
  s64: WideBuilder;
  bool: BoolBuilder;
  choice: ChoiceBuilder<T extends string ? T : string>;
  id: IdBuilder;
  time: TimeBuilder;
  ip: AddressBuilder;
  hex16: FixedBuilder;
  hex8: FixedBuilder;
  text: TextBuilder;
  label: LabelBuilder;
  texts: TextsBuilder;
  ids: IdsBuilder;
  labels: LabelsBuilder;
  /** Histograms are made by the store and never sent. */
  histogram: never;
}

/** The builder of a column. */
export type BuilderOf<C extends Column> =
  C extends Column<infer T, infer Kind> ? BuilderByKind<T>[Kind] : ColumnBuilder;

const makers: Readonly<Record<ColumnKind, (choices: readonly string[]) => ColumnBuilder>> = {
  u8: () => new NumberBuilder((length) => new Uint8Array(length)),
  u16: () => new NumberBuilder((length) => new Uint16Array(length)),
  u32: () => new NumberBuilder((length) => new Uint32Array(length)),
  i32: () => new NumberBuilder((length) => new Int32Array(length)),
  f64: () => new NumberBuilder((length) => new Float64Array(length)),
  n64: () => new WideBuilder(),
  s64: () => new WideBuilder(),
  bool: () => new BoolBuilder(),
  choice: (choices) => new ChoiceBuilder(choices),
  id: () => new IdBuilder(),
  time: () => new TimeBuilder(),
  ip: () => new AddressBuilder(),
  hex16: () => new FixedBuilder(16),
  hex8: () => new FixedBuilder(8),
  text: () => new TextBuilder(),
  label: () => new LabelBuilder(),
  texts: () => new TextsBuilder(),
  ids: () => new IdsBuilder(),
  labels: () => new LabelsBuilder(),
  histogram: () => {
    throw new Error('histograms are made by the store and never sent');
  },
};

/** An empty builder for a column. */
export function builderFor(column: Column): ColumnBuilder {
  return makers[column.type.kind](column.type.choices);
}
