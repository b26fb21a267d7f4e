import type { Row } from '../../model/tables/index.ts';
import { tables } from '../../model/tables/index.ts';
import type { QueryOptions } from '../engine.ts';
import type { Store } from '../store.ts';
import { rowsOf } from './rows.ts';

/** Which entities. */
export interface EntitiesQuestion {
  /** Those with these ids. */
  readonly ids?: readonly string[];
  /** Those whose name contains this, upper and lower case alike. */
  readonly search?: string;
  readonly kinds?: readonly Row<'entities'>['kind'][];
  readonly parent?: string;
  readonly limit?: number;
}

/** Entities with their names and details as last told, those that were seen last first. */
export async function readEntities(
  store: Store,
  question: EntitiesQuestion,
  options: QueryOptions = {},
): Promise<Row<'entities'>[]> {
  const parameters: Record<string, string | number | readonly (string | bigint)[] | bigint> = {};
  const conditions: string[] = [];
  if (question.ids !== undefined) {
    parameters.ids = question.ids.map((id) => BigInt(`0x${id}`));
    conditions.push('id IN {ids:Array(UInt64)}');
  }
  if (question.search !== undefined) {
    parameters.search = question.search;
    conditions.push('positionCaseInsensitiveUTF8(name, {search:String}) > 0');
  }
  if (question.kinds !== undefined) {
    parameters.kinds = [...question.kinds];
    conditions.push('toString(kind) IN {kinds:Array(String)}');
  }
  if (question.parent !== undefined) {
    parameters.parent = BigInt(`0x${question.parent}`);
    conditions.push('parent = {parent:UInt64}');
  }
  const names = Object.keys(tables.entities.columns);
  const sql = `SELECT ${names.map(newest).join(', ')} FROM entities
    ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
    GROUP BY id ORDER BY last_seen DESC, id LIMIT ${question.limit ?? 10_000}`;
  const answer = await store.query(sql, { ...options, parameters, settings: { prefer_column_name_to_alias: 1 } });
  return answer.blocks.flatMap((block) => rowsOf<'entities'>(block, names)) as Row<'entities'>[];
}

/** How rows of one entity become one: agents tell of it again and again. */
function newest(column: string): string {
  switch (column) {
    case 'id':
      return 'id';
    case 'first_seen':
      return 'min(first_seen) AS first_seen';
    case 'last_seen':
      return 'max(last_seen) AS last_seen';
    default:
      return `argMax(${column}, last_seen) AS ${column}`;
  }
}
