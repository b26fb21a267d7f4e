/** In which order rows are given, and the places in it that cursors name. */
import { HttpError } from '../problem.ts';

/** An order: by what as an Int64, then by time, then by a hash of the row, so that no two rows share a place. */
export interface RowOrder {
  readonly by: string;
  readonly descending: boolean;
  /** True where `by` is the time: a span of places is then a span of time, which the store finds without reading all. */
  readonly ofTime: boolean;
  /** True where `by` is a figure of the table's own rows: how far the page reaches is then found before any row is read. */
  readonly ofRow: boolean;
}

const time = 'toInt64(toUnixTimestamp64Nano(time))';
const newest: RowOrder = { by: time, descending: true, ofTime: true, ofRow: false };
const oldest: RowOrder = { by: time, descending: false, ofTime: true, ofRow: false };
const most = (by: string): RowOrder => ({ by, descending: true, ofTime: false, ofRow: false });
const mostOfRow = (by: string): RowOrder => ({ ...most(by), ofRow: true });

export const requestOrders: Readonly<Record<string, RowOrder>> = {
  newest,
  oldest,
  slowest: mostOfRow('latency_ns'),
  largest: mostOfRow('toInt64(request_bytes + response_bytes)'),
};
export const flowOrders: Readonly<Record<string, RowOrder>> = {
  // A connection's time is that of its first row, which is not known before all are put together.
  newest: { ...newest, ofTime: false },
  oldest: { ...oldest, ofTime: false },
  largest: most('toInt64(source_bytes + destination_bytes)'),
  retransmits: most('toInt64(source_retransmits + destination_retransmits)'),
};
export const eventOrders: Readonly<Record<string, RowOrder>> = { newest, oldest };

/** A place between two rows: `by`, time and hash of what comes before it. */
export interface Place {
  readonly by: bigint;
  readonly time: bigint;
  readonly hash: bigint;
}

const least = -(2n ** 63n);
const greatest = 2n ** 63n - 1n;

/** The place before all rows whose `by` is at least this one (descending: at most this one). */
export function placeBefore(order: RowOrder, by: bigint): Place {
  return order.descending
    ? { by: by + 1n, time: least, hash: 0n }
    : { by: by - 1n, time: greatest, hash: 2n ** 64n - 1n };
}

/** What `next` and marks say. */
export function cursorOf({ by, time, hash }: Place): string {
  return Buffer.from(`${by},${time},${hash}`).toString('base64url');
}

/** @throws HttpError where the text is no cursor */
export function placeOf(cursor: string): Place {
  const parts = /^(-?\d{1,19}),(-?\d{1,19}),(\d{1,20})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (parts === null)
    throw new HttpError(400, 'bad_cursor', 'this is no cursor', {
      next: 'give what "next" of the page before said, or a mark of the index',
    });
  return { by: BigInt(parts[1]), time: BigInt(parts[2]), hash: BigInt(parts[3]) };
}

/** Conditions over row_by, row_time and row_hash that hold between two places, with their values. */
export function betweenSql(
  order: RowOrder,
  after: Place | undefined,
  until: Place | undefined,
): { readonly sql: string; readonly parameters: Readonly<Record<string, bigint>> } {
  const conditions: string[] = [];
  const parameters: Record<string, bigint> = {};
  const add = (place: Place | undefined, name: string, sign: string): void => {
    if (place === undefined) return;
    conditions.push(
      `(row_by, row_time, row_hash) ${sign} ({${name}By:Int64}, {${name}Time:Int64}, {${name}Hash:UInt64})`,
    );
    parameters[`${name}By`] = place.by;
    parameters[`${name}Time`] = place.time;
    parameters[`${name}Hash`] = place.hash;
  };
  add(after, 'after', order.descending ? '<' : '>');
  add(until, 'until', order.descending ? '>=' : '<=');
  return { sql: conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`, parameters };
}

/** The part of a span in which rows between two places lie. */
export function narrowed(
  order: RowOrder,
  span: { readonly from: bigint; readonly to: bigint },
  after: Place | undefined,
  until: Place | undefined,
): { readonly from: bigint; readonly to: bigint } {
  if (!order.ofTime) return span;
  const [early, late] = order.descending ? [until, after] : [after, until];
  const from = early === undefined || early.by < span.from ? span.from : early.by;
  const to = late === undefined || late.by + 1n > span.to ? span.to : late.by + 1n;
  return to > from ? { from, to } : { from, to: from };
}
