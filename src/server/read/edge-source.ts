/** Rows of measures by whatever they are told apart by: from roll-ups where these can tell, from single rows otherwise. */
import {
  type EdgeMeasure,
  edgeMeasures,
  flowMeasures,
  mergeExpression,
  noRtt,
  requestMeasures,
} from '../../model/tables/index.ts';
import type { Answer } from '../../store/answer.ts';
import { type EdgeKey, edgeRowsSettings, edgeRowsSql } from '../../store/readers/edge-rows.ts';
import { floorsOf } from '../../store/readers/floors.ts';
import { answerable, type Floors, resolutionOf, type Span } from '../../store/readers/span.ts';
import type { Store } from '../../store/store.ts';
import { edgeFilter } from './edge-filter.ts';
import { relationOf } from './relation.ts';

const allMeasures = Object.keys(edgeMeasures) as EdgeMeasure[];

/** What is asked. */
export interface MeasureQuestion {
  readonly span: Span;
  readonly filter: string;
  /** Keys to tell rows apart by: `source`, `destination`, `protocol`, `port`, `side`, `cluster`. */
  readonly keys: readonly EdgeKey[];
  /** Instances instead of entities at the ends. */
  readonly instances?: boolean;
  /** Condition over `source`, `destination`, `protocol`, `port`, `side`, `counted`, with placeholders; '' for none. */
  readonly where: string;
  readonly parameters?: Readonly<Record<string, string | number | bigint>>;
  readonly measures?: readonly EdgeMeasure[];
  readonly signal?: AbortSignal;
}

/** What was measured, and from what. */
export interface Measured {
  /** Rows of the keys and the measures. */
  readonly answer: Answer;
  /** What was counted: the span asked for, its ends moved to where there are buckets or rows to count. */
  readonly span: Span;
  /** Seconds of the shortest buckets that were counted, 0 where single rows were. */
  readonly resolution: number;
}

/** Measures in a span: from roll-ups where these can tell, and from rows at its ends or where the filter asks for more. */
export async function measure(store: Store, question: MeasureQuestion): Promise<Measured> {
  const { keys, where, measures = allMeasures, signal, instances = false } = question;
  const settings = edgeRowsSettings;
  const options = { settings, ...(signal === undefined ? {} : { signal }) };
  const floors = await floorsOf(store);
  const edges = instances ? undefined : await edgeFilter(store, question.filter);
  if (edges !== undefined) {
    const span = answerable(question.span, floors);
    const both = [where, edges.sql].filter((part) => part !== '' && part !== '1').join(' AND ');
    const answer = await store.query(edgeRowsSql({ span, keys, where: both, measures }), {
      ...options,
      parameters: { ...question.parameters, ...edges.parameters },
    });
    return { answer, span, resolution: resolutionOf(span) };
  }
  const span = withRows(question.span, floors);
  const more = instances ? where.replaceAll(/\b(source|destination)\b/g, '$1_instance') : where;
  const requests = relationOf('requests', span, question.filter, more, 'r');
  const flows = relationOf('flows', span, question.filter, more, 'c');
  const select = (from: string, expressions: Readonly<Partial<Record<EdgeMeasure, string>>>): string => {
    const columns = measures.map((measure) => `${expressions[measure] ?? nothing(measure)} AS ${measure}`);
    const names = keys.map((key) =>
      instances && (key === 'source' || key === 'destination') ? `${key}_instance AS ${key}` : key,
    );
    const group = keys.map((key) =>
      instances && (key === 'source' || key === 'destination') ? `${key}_instance` : key,
    );
    return `SELECT ${[...names, ...columns].join(', ')} FROM ${from}${group.length === 0 ? ' HAVING count() > 0' : ` GROUP BY ${group.join(', ')}`}`;
  };
  const columns = [...keys, ...measures.map((measure) => `${mergeExpression(measure)} AS ${measure}`)];
  const sql = `SELECT ${columns.join(', ')} FROM (${select(requests.sql, requestMeasures)} UNION ALL ${select(flows.sql, flowMeasures)})${
    keys.length === 0 ? '' : ` GROUP BY ${keys.join(', ')}`
  }`;
  const answer = await store.query(sql, {
    ...options,
    parameters: { ...question.parameters, ...requests.parameters, ...flows.parameters },
  });
  return { answer, span, resolution: 0 };
}

/** The part of a span of which there are still rows. */
export function withRows(span: Span, floors: Floors): Span {
  const from = span.from < floors.rows ? floors.rows : span.from;
  return { from, to: span.to > from ? span.to : from };
}

/** The value of a measure of which nothing was seen. */
export function nothing(measure: EdgeMeasure): string {
  const { type, merge } = edgeMeasures[measure];
  if (merge === 'histogram') return `CAST(map(), '${type.clickhouse}')`;
  if (merge === 'min') return `toInt64(${noRtt})`;
  return 'toUInt64(0)';
}
