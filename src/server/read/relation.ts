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
  const conditions = [span === undefined ? '' : spanSql(span), more].filter((part) => part !== '');
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const rows = `(SELECT ${columns} FROM ${table}${where})`;
  if (filter.trim() === '') return { sql: rows, parameters: {} };
  const condition = filterToSql(parseFilter(filter), columnsOf[table], prefix);
  return {
    sql: `(SELECT rows.* FROM ${rows} AS rows${joins(condition.sql)} WHERE ${condition.sql})`,
    parameters: condition.parameters,
  };
}

/** Names are joined only where the filter asks for them. */
function joins(condition: string): string {
  return [
    ['fs_', 'source'],
    ['fsi_', 'source_instance'],
    ['fd_', 'destination'],
    ['fdi_', 'destination_instance'],
  ]
    .filter(([prefix]) => condition.includes(prefix))
    .map(
      ([prefix, column]) =>
        ` ANY LEFT JOIN (SELECT id AS ${prefix}id, name AS ${prefix}name, toString(kind) AS ${prefix}kind, namespace AS ${prefix}namespace, details AS ${prefix}details FROM entities FINAL) AS ${prefix}entities ON rows.${column} = ${prefix}entities.${prefix}id`,
    )
    .join('');
}
