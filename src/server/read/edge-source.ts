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
import type { Span } from '../../store/readers/span.ts';
import type { Store } from '../../store/store.ts';
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

/** Rows of the keys and the measures. */
export async function readMeasures(store: Store, question: MeasureQuestion): Promise<Answer> {
  const { span, keys, where, measures = allMeasures, signal, instances = false } = question;
  const settings = edgeRowsSettings;
  const options = { settings, ...(signal === undefined ? {} : { signal }) };
  if (question.filter.trim() === '' && !instances) {
    const sql = edgeRowsSql({ span, keys, where, measures });
    return await store.query(sql, { ...options, parameters: question.parameters ?? {} });
  }
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
  return await store.query(sql, {
    ...options,
    parameters: { ...question.parameters, ...requests.parameters, ...flows.parameters },
  });
}

/** The value of a measure of which nothing was seen. */
export function nothing(measure: EdgeMeasure): string {
  const { type, merge } = edgeMeasures[measure];
  if (merge === 'histogram') return `CAST(map(), '${type.clickhouse}')`;
  if (merge === 'min') return `toInt64(${noRtt})`;
  return 'toUInt64(0)';
}
