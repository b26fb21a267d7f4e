/** What an answer can be drawn as. Pure. */
import type { SqlAnswer, SqlValue } from '../../../src/model/api.ts';
import { sqlText } from './csv.ts';

export const views = ['table', 'chart', 'graph'] as const;
export type AnswerView = (typeof views)[number];

export const isNumber = (type: string): boolean => /^(?:Nullable\()?(?:U?Int|Float|Decimal)/.test(type);
const isText = (type: string): boolean => /^(?:LowCardinality\(|Nullable\()*(?:String|FixedString|Enum)/.test(type);
const isTime = (type: string): boolean => type.startsWith('DateTime');

/** Numbers over time: the first column is a time, each moment once. */
export interface TimeLines {
  readonly times: readonly number[];
  readonly lines: readonly { readonly label: string; readonly values: readonly (number | null)[] }[];
}

export function linesOf(of: SqlAnswer): TimeLines | undefined {
  if (of.rows.length < 2 || !isTime(of.columns[0]?.type ?? '')) return undefined;
  const times = of.rows.map((row) => Date.parse(momentText(sqlText(row[0] ?? null))));
  if (times.some((time, i) => Number.isNaN(time) || (i > 0 && time <= (times[i - 1] ?? 0)))) return undefined;
  const lines = of.columns.flatMap(({ name, type }, i) =>
    i > 0 && isNumber(type) ? [{ label: name, values: of.rows.map((row) => numberOf(row[i])) }] : [],
  );
  return lines.length === 0 ? undefined : { times, lines: lines.slice(0, 6) };
}

/** Rows as bars: texts name them, a column of numbers says how long they are. */
export interface Bars {
  readonly measures: readonly { readonly name: string; readonly at: number }[];
  readonly rows: readonly { readonly label: string; readonly values: readonly (number | null)[] }[];
}

const mostBars = 40;

export function barsOf(of: SqlAnswer): Bars | undefined {
  const measures = of.columns.flatMap(({ name, type }, at) =>
    isNumber(type) && name !== 'port' ? [{ name, at }] : [],
  );
  const texts = of.columns.flatMap(({ type }, at) => (isText(type) ? [at] : []));
  if (measures.length === 0 || texts.length === 0 || of.rows.length === 0) return undefined;
  return {
    measures,
    rows: of.rows.slice(0, mostBars).map((row) => ({
      label: texts
        .slice(0, 3)
        .map((at) => sqlText(row[at] ?? null))
        .filter((text) => text !== '')
        .join(' · '),
      values: measures.map(({ at }) => numberOf(row[at])),
    })),
  };
}

/** Who with whom: two columns of names, with a column of numbers for how much. */
export interface Flows {
  readonly from: string;
  readonly to: string;
  readonly measure: string;
  readonly links: readonly {
    readonly from: string;
    readonly to: string;
    readonly value: number;
    readonly bad: number;
  }[];
}

const pairs = [
  ['client', 'service'],
  ['client', 'server'],
  ['client', 'resolver'],
  ['client', 'broker'],
  ['client', 'database'],
  ['consumer', 'topic'],
  ['service', 'client'],
] as const;

export function flowsOf(of: SqlAnswer): Flows | undefined {
  const at = (name: string): number => of.columns.findIndex((column) => column.name === name);
  const pair = pairs.find(([a, b]) => at(a) >= 0 && at(b) >= 0);
  const measure = of.columns.findIndex(({ name, type }) => isNumber(type) && name !== 'port');
  if (pair === undefined || measure < 0 || of.rows.length === 0) return undefined;
  const failed = at('failed');
  const links = new Map<string, { from: string; to: string; value: number; bad: number }>();
  for (const row of of.rows) {
    const from = sqlText(row[at(pair[0])] ?? null) || '(unknown)';
    const to = sqlText(row[at(pair[1])] ?? null) || '(unknown)';
    const key = JSON.stringify([from, to]);
    const link = links.get(key) ?? { from, to, value: 0, bad: 0 };
    link.value += numberOf(row[measure]) ?? 0;
    link.bad += failed < 0 ? 0 : (numberOf(row[failed]) ?? 0);
    links.set(key, link);
  }
  const sorted = [...links.values()].toSorted((a, b) => b.value - a.value).slice(0, 60);
  return { from: pair[0], to: pair[1], measure: of.columns[measure]?.name ?? '', links: sorted };
}

/** As what an answer is shown where nobody chose. */
export function usualView(of: SqlAnswer): AnswerView {
  return linesOf(of) === undefined ? 'table' : 'chart';
}

/** What an answer can be shown as. */
export function possibleViews(of: SqlAnswer): readonly AnswerView[] {
  const charts = linesOf(of) !== undefined || barsOf(of) !== undefined;
  return ['table', ...(charts ? (['chart'] as const) : []), ...(flowsOf(of) === undefined ? [] : (['graph'] as const))];
}

function numberOf(value: SqlValue | undefined): number | null {
  if (value === null || value === undefined) return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

/** Moments without a zone are of UTC. */
function momentText(text: string): string {
  return /Z$|[+-]\d\d:?\d\d$/.test(text) ? text : `${text.replace(' ', 'T')}Z`;
}
