/** The moments of a block: read, and moved where the agent's clock is off. */
import { TimeData, WideData } from '../../wire/block/column-data.ts';
import type { TableBlock } from '../../wire/block/validate.ts';

/** Columns of moments on the agent's clock. */
const moments = ['time', 'connection_start', 'first_seen', 'last_seen'];

/** Earliest and latest moment of a block, epoch milliseconds; undefined where it has none. */
export function timesOf(block: TableBlock): { first: number; last: number } | undefined {
  const column = block.columns.get('time') ?? block.columns.get('last_seen');
  if (column === undefined || !(column.data instanceof TimeData) || !(column.data.ticks instanceof WideData))
    return undefined;
  const { ticks } = column.data;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < block.rows; row++) {
    const time = ticks.number(row);
    if (time < first) first = time;
    if (time > last) last = time;
  }
  return block.rows === 0 ? undefined : { first: first / 1e6, last: last / 1e6 };
}

/** When the last of what a block tells ended, epoch milliseconds: a request is told when it is over. */
export function lastEnd(block: TableBlock): number | undefined {
  const time = block.columns.get('time')?.data;
  const latency = block.columns.get('latency_ns')?.data;
  if (!(time instanceof TimeData) || !(time.ticks instanceof WideData) || !(latency instanceof WideData))
    return undefined;
  let last = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < block.rows; row++) {
    last = Math.max(last, time.ticks.number(row) + Math.max(0, latency.number(row)));
  }
  return block.rows === 0 ? undefined : last / 1e6;
}

/** Moves all moments of a block by so many milliseconds, in its bytes and in what was read of them. */
export function moveTimes(block: TableBlock, milliseconds: number): void {
  const shift = BigInt(Math.round(milliseconds)) * 1_000_000n;
  for (const name of moments) {
    const column = block.columns.get(name);
    if (column === undefined || !(column.data instanceof TimeData) || !(column.data.ticks instanceof WideData))
      continue;
    const { ticks } = column.data;
    const view = new DataView(block.bytes.buffer, block.bytes.byteOffset, block.bytes.byteLength);
    for (let row = 0; row < block.rows; row++) {
      const moved = BigInt.asUintN(64, ticks.get(row) + shift);
      ticks.halves[row * 2] = Number(moved & 0xffff_ffffn);
      ticks.halves[row * 2 + 1] = Number(moved >> 32n);
      view.setBigUint64(column.start + row * 8, moved, true);
    }
  }
}
