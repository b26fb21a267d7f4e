import type { Insert } from './engine.ts';
import { quoteText } from './parameters.ts';

/** The statement that a block is inserted by. */
export function insertStatement(insert: Insert): string {
  const columns = insert.columns.map((name) => `\`${name}\``).join(', ');
  const settings = [
    `insert_deduplication_token = ${quoteText(insert.token)}`,
    'insert_deduplicate = 1',
    'deduplicate_blocks_in_dependent_materialized_views = 1',
    'async_insert = 0',
    'max_partitions_per_insert_block = 1000',
    ...(insert.skipUnknown ? ['input_format_skip_unknown_fields = 1'] : []),
  ];
  return `INSERT INTO \`${insert.database}\`.\`${insert.table}\` (${columns}) SETTINGS ${settings.join(', ')}`;
}
