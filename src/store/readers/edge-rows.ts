/** Sums over edges in any span, put together from roll-ups and, at the ends, from rows. The one statement all figures come from. */
import {
  type EdgeMeasure,
  type edgeKey,
  edgeMeasures,
  flowMeasures,
  mergeExpression,
  noRtt,
  type RollupName,
  requestMeasures,
} from '../../model/tables/index.ts';
import { coverSpan, levels, type Piece, type Span, spanSql } from './span.ts';

/** Columns that an edge's rows can be told apart by. */
export type EdgeKey = keyof typeof edgeKey;

/** What is asked of edges. */
export interface EdgeQuestion {
  readonly span: Span;
  readonly measures: readonly EdgeMeasure[];
  /** Keys to tell rows apart by; the others are summed over. */
  readonly keys: readonly EdgeKey[];
  /** Condition over the keys, with placeholders; '' for all edges. */
  readonly where: string;
  /** Tells rows apart by time too, in steps of so many nanoseconds: column `point`, in seconds since the epoch. */
  readonly bucket?: bigint;
  /** The coarsest roll-up that may be read: buckets must not be longer than the steps. */
  readonly coarsest?: RollupName;
}

/** A SELECT that gives a row for each combination of the keys. To be run with {@link edgeRowsSettings}. */
export function edgeRowsSql(question: EdgeQuestion): string {
  const first = levels.findIndex(({ table }) => table === question.coarsest);
  const pieces = coverSpan(question.span, Math.max(0, first));
  const sources = [...new Set(pieces.map(({ source }) => source))];
  const selects =
    pieces.length === 0
      ? [emptyPiece(question)]
      : sources.flatMap((source) =>
          sourceSql(
            source,
            pieces.filter((piece) => piece.source === source),
            question,
          ),
        );
  const { measures } = question;
  const keys = keyColumns(question);
  const columns = [...keys, ...measures.map((measure) => `${mergeExpression(measure)} AS ${measure}`)];
  const group = keys.length === 0 ? '' : ` GROUP BY ${keys.join(', ')}`;
  return `SELECT ${columns.join(', ')} FROM (${selects.join(' UNION ALL ')})${group}`;
}

/** Sums are named like what they sum. */
export const edgeRowsSettings = { prefer_column_name_to_alias: 1 } as const;

/** What is read from one source: all its pieces by one statement, as planning a statement costs more than reading a piece. */
function sourceSql(source: Piece['source'], pieces: readonly Piece[], question: EdgeQuestion): string[] {
  const { keys, measures } = question;
  const when = pieces.map((piece) => `(${spanSql(piece)})`).join(' OR ');
  const where = [`(${when})`, ...(question.where === '' ? [] : [`(${question.where})`])].join(' AND ');
  if (source !== 'rows') {
    return [`SELECT ${[...keys, ...point(question), ...measures].join(', ')} FROM ${source} WHERE ${where}`];
  }
  const selects: string[] = [];
  if (measures.some((measure) => requestMeasures[measure] !== undefined && measure !== 'rtt_min')) {
    selects.push(rowsSql('requests', requestMeasures, where, question));
  }
  if (measures.some((measure) => flowMeasures[measure] !== undefined)) {
    selects.push(rowsSql('flows', flowMeasures, where, question));
  }
  return selects;
}

function rowsSql(
  table: string,
  expressions: Readonly<Partial<Record<EdgeMeasure, string>>>,
  where: string,
  question: EdgeQuestion,
): string {
  const { measures } = question;
  const keys = keyColumns(question);
  const columns = measures.map((measure) => `${expressions[measure] ?? nothing(measure)} AS ${measure}`);
  const group = keys.length === 0 ? '' : ` GROUP BY ${keys.join(', ')}`;
  const having = keys.length === 0 ? ' HAVING count() > 0' : '';
  return `SELECT ${[...question.keys, ...point(question), ...columns].join(', ')} FROM ${table} WHERE ${where}${group}${having}`;
}

/** The value of a measure of which nothing was seen. */
function nothing(measure: EdgeMeasure): string {
  const { type, merge } = edgeMeasures[measure];
  if (merge === 'histogram') return `CAST(map(), '${type.clickhouse}')`;
  if (merge === 'min') return `toInt64(${noRtt})`;
  return 'toUInt64(0)';
}

function keyColumns(question: EdgeQuestion): string[] {
  return question.bucket === undefined ? [...question.keys] : [...question.keys, 'point'];
}

function point({ bucket }: EdgeQuestion): string[] {
  if (bucket === undefined) return [];
  const seconds = bucket / 1_000_000_000n;
  return [`intDiv(toUnixTimestamp(time), ${seconds}) * ${seconds} AS point`];
}

function emptyPiece(question: EdgeQuestion): string {
  return `SELECT ${[...question.keys, ...point(question), ...question.measures].join(', ')} FROM edges_1h WHERE 0`;
}
