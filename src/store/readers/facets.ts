import type { Filter } from '../../model/filter/index.ts';
import { asNumber, asText } from '../answer.ts';
import type { QueryOptions } from '../engine.ts';
import type { Store } from '../store.ts';
import { conditionOf, type RowTable } from './rows.ts';
import { type Span, spanSql } from './span.ts';

/** The values of one column, the most frequent first. */
export interface Facet {
  readonly column: string;
  readonly values: readonly { readonly value: string; readonly count: number }[];
  /** How many different values there are, about. */
  readonly distinct: number;
}

/** Columns whose values can be counted. Ids are given as 16 hex digits. */
export const facetColumns: Readonly<Record<RowTable, readonly string[]>> = {
  requests: [
    'protocol',
    'method',
    'target',
    'authority',
    'outcome',
    'code',
    'code_text',
    'side',
    'source',
    'destination',
    'source_instance',
    'destination_instance',
    'destination_port',
    'user_agent',
    'content_type',
    'transport',
    'host',
    'cluster',
  ],
  flows: ['protocol', 'transport', 'state', 'side', 'source', 'destination', 'destination_port', 'host', 'cluster'],
  events: [
    'kind',
    'reason',
    'transport',
    'protocol',
    'source',
    'destination',
    'process',
    'tcp_state',
    'host',
    'cluster',
  ],
};

const idColumns = new Set(['source', 'destination', 'source_instance', 'destination_instance']);

/** Counts the values of columns over the rows that a filter passes. */
export async function readFacets(
  store: Store,
  question: {
    readonly table: RowTable;
    readonly span: Span;
    readonly filter?: Filter;
    readonly columns: readonly string[];
    /** Values given of each column. */
    readonly values: number;
  },
  options: QueryOptions = {},
): Promise<{ readonly rows: number; readonly facets: readonly Facet[] }> {
  const columns = question.columns.filter((column) => facetColumns[question.table].includes(column));
  const { where, parameters } = conditionOf({
    table: question.table,
    counted: true,
    ...(question.filter === undefined ? {} : { filter: question.filter }),
  });
  const text = (column: string) => (idColumns.has(column) ? `lower(hex(${column}))` : `toString(${column})`);
  const condition = `${spanSql(question.span)}${where === '' ? '' : ` AND ${where}`}`;
  const totals = await store.query(
    `SELECT count() AS rows${columns.map((column, i) => `, uniq(${column}) AS distinct${i}`).join('')}
     FROM ${question.table} WHERE ${condition}`,
    { ...options, parameters },
  );
  const total = totals.first();
  const facets: Facet[] = [];
  for (const [i, column] of columns.entries()) {
    const answer = await store.query(
      `SELECT ${text(column)} AS value, count() AS count FROM ${question.table} WHERE ${condition}
       GROUP BY ${column} ORDER BY count DESC, value LIMIT ${question.values}`,
      { ...options, parameters },
    );
    facets.push({
      column,
      values: [...answer.objects()].map((row) => ({ value: asText(row.value), count: asNumber(row.count) })),
      distinct: asNumber(total?.[`distinct${i}`]),
    });
  }
  return { rows: asNumber(total?.rows), facets };
}
