import { ChoiceData } from '../../wire/block/column-data.ts';
import type { TableBlock } from '../../wire/block/validate.ts';

/**
 * Puts the first word of a choice, which says least, in place of words that only newer agents know: otherwise the store would
 * refuse the block for one of them. In the block's bytes and in what was read of them.
 * @returns how many values there were
 */
export function forgetNewWords(block: TableBlock): number {
  let count = 0;
  for (const name of block.known) {
    const column = block.columns.get(name);
    const { choices } = block.table.columns[name].type;
    if (column === undefined || !(column.data instanceof ChoiceData) || column.data.words.size <= choices.length)
      continue;
    const { values } = column.data.numbers;
    for (let row = 0; row < block.rows; row++) {
      if (values[row] < choices.length) continue;
      count++;
      values[row] = 0;
      // Enum8: a byte a value.
      block.bytes[column.start + row] = 0;
    }
  }
  return count;
}
