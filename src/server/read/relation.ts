/** The rows of a table that a span and a filter choose, as something to select from. */
import { filterToSql, parseFilter, type SqlColumns } from '../../model/filter/index.ts';
import { type Table, tables } from '../../model/tables/index.ts';
import { type Span, spanSql } from '../../store/readers/span.ts';
import { eventFilterColumns, flowFilterColumns, requestFilterColumns } from './filter-columns.ts';

export type FilteredTable = 'requests' | 'flows' | 'events';

const columnsOf: Readonly<Record<FilteredTable, SqlColumns>> = {
  requests: requestFilterColumns,
  flows: flowFilterColumns,
  events: eventFilterColumns,
};

/** SQL to put behind FROM, with the values of its placeholders. */
export interface Relation {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, string | number>>;
}

/**
 * Rows of a table in a span that pass a filter. Columns that are computed are there as well.
 *
 * @param more a further condition over the table's own columns, with placeholders of its own; '' for none
 * @param prefix begins the names of placeholders
 */
export function relationOf(
  table: FilteredTable,
  span: Span | undefined,
  filter: string,
  more = '',
  prefix = 'f',
): Relation {
  const columns = ['*', ...Object.keys((tables[table] as Table).aliases)].join(', ');
  const condition = filterToSql(parseFilter(filter), columnsOf[table], prefix);
  const conditions = [span === undefined ? '' : spanSql(span), more, condition.sql].filter(
    (part) => part !== '' && part !== '1',
  );
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.map((part) => `(${part})`).join(' AND ')}`;
  return { sql: `(SELECT ${columns} FROM ${table}${where})`, parameters: condition.parameters };
}
