/** Requests, connections and events page by page. */
import type {
  Events,
  Flows,
  RequestDetail,
  Requests,
  Span,
  StoredConnection,
  StoredEvent,
  StoredRequest,
} from '../../model/api.ts';
import type { Answer } from '../../store/answer.ts';
import type { Span as NanoSpan } from '../../store/readers/span.ts';
import type { Store } from '../../store/store.ts';
import type { Block } from '../../wire/block/native-reader.ts';
import type { EntityDirectory } from '../entities.ts';
import { HttpError } from '../problem.ts';
import { BlockRows, rowHashSql } from './block-rows.ts';
import { readOtherSides } from './other-side.ts';
import { relationOf } from './relation.ts';
import {
  betweenSql,
  cursorOf,
  eventOrders,
  flowOrders,
  narrowed,
  type Place,
  placeOf,
  type RowOrder,
  requestOrders,
} from './row-order.ts';
import { nanoSpan } from './span.ts';

interface PageQuestion {
  readonly span: Span;
  readonly filter: string;
  readonly order: string;
  readonly cursor: string | undefined;
  /** A mark of the index: only what comes before it. */
  readonly until?: string | undefined;
  /** Rows to pass over after the cursor. */
  readonly skip?: number;
  /** True: a row for each request, and not for each side that saw it. */
  readonly once?: boolean;
  readonly limit: number;
  /** Names of fields, undefined for all. */
  readonly fields: readonly string[] | undefined;
  readonly signal?: AbortSignal;
}

/** What is selected from, given the span that can hold the page. */
type RelationIn = (
  span: NanoSpan,
  /** A further condition over the table's own columns, '' for none. */
  more: string,
) => { sql: string; parameters: Readonly<Record<string, string | number>> };

export async function readRequests(store: Store, entities: EntityDirectory, question: PageQuestion): Promise<Requests> {
  const relation: RelationIn = (span, more) => {
    const conditions = [onceSql(question.once), more].filter((one) => one !== '').join(' AND ');
    return relationOf('requests', span, question.filter, conditions);
  };
  const page = await readPage(store, entities, question, relation, rowHashSql.requests, requestOrders);
  const { fields, signal } = question;
  const wanted = fields === undefined || fields.includes('sides');
  const otherLatency = wanted ? await readOtherSides(store, page.blocks, signal) : () => undefined;
  const rows = new BlockRows(entities);
  const items = collect(page.blocks, (block, row) => {
    rows.readRequest(block, row);
    return selected(rows.requestRecord(otherLatency(block, row)), fields);
  });
  return { span: question.span, items: items as StoredRequest[], next: page.next(items.length) };
}

/** Connections with what they did in the span: their rows put together. */
export async function readFlows(store: Store, entities: EntityDirectory, question: PageQuestion): Promise<Flows> {
  const page = await readPage(
    store,
    entities,
    question,
    (span) => {
      const relation = relationOf('flows', span, question.filter);
      return { sql: `(${connectionsSql(relation.sql)})`, parameters: relation.parameters };
    },
    'cityHash64(agent, connection, source_port)',
    flowOrders,
  );
  const rows = new BlockRows(entities);
  const items = collect(page.blocks, (block, row) => {
    const change = rows.readFlow(block, row);
    return selected(rows.connectionRecord(change), question.fields);
  });
  return { span: question.span, items: items as StoredConnection[], next: page.next(items.length) };
}

export async function readEvents(store: Store, entities: EntityDirectory, question: PageQuestion): Promise<Events> {
  const relation: RelationIn = (span, more) => relationOf('events', span, question.filter, more);
  const page = await readPage(store, entities, question, relation, rowHashSql.events, eventOrders);
  const rows = new BlockRows(entities);
  const items = collect(page.blocks, (block, row) => {
    rows.readEvent(block, row);
    return selected(rows.eventRecord(), question.fields);
  });
  return { span: question.span, items: items as StoredEvent[], next: page.next(items.length) };
}

/** One request by its id, with its connection and what went over it before and after. */
export async function readRequest(store: Store, entities: EntityDirectory, id: string): Promise<RequestDetail> {
  const match = /^([0-9a-f]{1,16})-([0-9a-f]{1,16})$/.exec(id);
  if (match === null) throw new HttpError(400, 'bad_id', 'this is no id of a request');
  const time = BigInt(`0x${match[1]}`);
  const hash = BigInt(`0x${match[2]}`);
  // Records of the live stream have no hash yet.
  const where = hash === 0n ? '1' : `${rowHashSql.requests} = {hash:UInt64}`;
  const columns = `*, ${rowHashSql.requests} AS row_hash`;
  const at = { from: time, to: time + 1n };
  const answer = await store.query(`SELECT ${columns} FROM ${relationOf('requests', at, '', where).sql} LIMIT 1`, {
    parameters: { hash },
  });
  const block = answer.blocks.find((one) => one.rows > 0);
  if (block === undefined)
    throw new HttpError(404, 'not_found', 'there is no such request', {
      why: 'it may have been dropped, as old rows are',
    });
  const agent = block.columns.get('agent')?.data.get(0) as bigint;
  const connection = block.columns.get('connection')?.data.get(0) as bigint;
  const own = { agent, connection };
  const around = { from: time - 86_400_000_000_000n, to: time + 86_400_000_000_000n };
  const same = 'agent = {agent:UInt64} AND connection = {connection:UInt64}';
  const nearby = relationOf('requests', around, '', same).sql;
  const [before, after, flows, events] = await Promise.all([
    store.query(
      `SELECT ${columns} FROM ${nearby} WHERE toUnixTimestamp64Nano(time) <= {time:Int64} AND row_hash != {hash:UInt64} ORDER BY time DESC LIMIT 20`,
      { parameters: { ...own, time, hash: rowHashOf(block) } },
    ),
    store.query(
      `SELECT ${columns} FROM ${nearby} WHERE toUnixTimestamp64Nano(time) > {time:Int64} ORDER BY time LIMIT 20`,
      { parameters: { ...own, time } },
    ),
    store.query(
      `SELECT *, cityHash64(agent, connection, source_port) AS row_hash FROM (${connectionsSql(relationOf('flows', around, '', same).sql)})`,
      { parameters: own },
    ),
    store.query(
      `SELECT *, ${rowHashSql.events} AS row_hash FROM ${relationOf('events', around, '', same).sql} ORDER BY time LIMIT 100`,
      { parameters: own },
    ),
  ]);
  const all = [answer, before, after, flows, events].flatMap((one) => one.blocks);
  await entities.want(all.flatMap((one) => [...BlockRows.idsIn(one)]));
  const otherLatency = await readOtherSides(store, [block, ...before.blocks, ...after.blocks], undefined);
  const rows = new BlockRows(entities);
  const requestsOf = (blocks: readonly Block[]) =>
    collect(blocks, (one, row) => {
      rows.readRequest(one, row);
      return rows.requestRecord(otherLatency(one, row));
    });
  const connections = collect(flows.blocks, (one, row) => rows.connectionRecord(rows.readFlow(one, row)));
  return {
    request: requestsOf([block])[0],
    connection: connections[0] ?? null,
    neighbours: [...requestsOf(before.blocks).toReversed(), ...requestsOf(after.blocks)],
    events: collect(events.blocks, (one, row) => {
      rows.readEvent(one, row);
      return rows.eventRecord();
    }),
  };
}

function rowHashOf(block: Block): bigint {
  return (block.columns.get('row_hash')?.data.get(0) as bigint | undefined) ?? 0n;
}

/** A row for each connection: what its rows say together. */
function connectionsSql(from: string): string {
  const last = (column: string) => `argMax(${column}, time) AS ${column}_`;
  const total = (column: string) => `sum(${column}) AS ${column}_`;
  const lasts = [
    'source',
    'destination',
    'source_instance',
    'destination_instance',
    'side',
    'transport',
    'protocol',
    'source_ip',
    'source_port',
    'source_pid',
    'source_tid',
    'source_netns',
    'destination_ip',
    'destination_port',
    'destination_pid',
    'destination_tid',
    'destination_netns',
    'connection_start',
    'beginning_seen',
    'state',
    'errno',
    'rtt_ns',
    'send_queue_bytes',
    'receive_queue_bytes',
    'cluster',
    'host',
    'block',
  ];
  const sums = [
    'source_bytes',
    'destination_bytes',
    'source_segments',
    'destination_segments',
    'source_retransmits',
    'destination_retransmits',
    'out_of_order',
    'zero_window',
  ];
  const names = [...lasts, ...sums, 'time', 'opened', 'ended', 'connect_ns', 'rtt_min_ns', 'duration_ns'];
  const inner = [
    'agent',
    'connection',
    ...lasts.map(last),
    ...sums.map(total),
    'min(time) AS time_',
    'max(opened) AS opened_',
    'max(ended) AS ended_',
    'max(connect_ns) AS connect_ns_',
    'if(minIf(rtt_min_ns, rtt_min_ns >= 0) = 0, -1, minIf(rtt_min_ns, rtt_min_ns >= 0)) AS rtt_min_ns_',
    'toInt64(max(toUnixTimestamp64Nano(time) + duration_ns) - min(toUnixTimestamp64Nano(time))) AS duration_ns_',
  ];
  return `SELECT agent, connection, ${names.map((name) => `${name}_ AS ${name}`).join(', ')} FROM (SELECT ${inner.join(', ')} FROM ${from} GROUP BY agent, connection)`;
}

interface Page {
  readonly blocks: readonly Block[];
  next(count: number): string | null;
}

async function readPage(
  store: Store,
  entities: EntityDirectory,
  question: PageQuestion,
  relationIn: RelationIn,
  hash: string,
  orders: Readonly<Record<string, RowOrder>>,
): Promise<Page> {
  const order = orders[question.order] ?? orders.newest;
  const direction = order.descending ? 'DESC' : 'ASC';
  const whole = nanoSpan(question.span);
  const until = question.until === undefined ? undefined : placeOf(question.until);
  const options = question.signal === undefined ? {} : { signal: question.signal };
  const select = (what: string, after: Place | undefined, span = narrowed(order, whole, after, until), more = '') => {
    const relation = relationIn(span, more);
    const between = betweenSql(order, after, until);
    return {
      sql: `SELECT ${what}${order.by} AS row_by, toInt64(toUnixTimestamp64Nano(time)) AS row_time, ${hash} AS row_hash FROM ${relation.sql} ${between.sql} ORDER BY row_by ${direction}, row_time ${direction}, row_hash ${direction}`,
      parameters: { ...relation.parameters, ...between.parameters },
    };
  };
  /** A condition that all rows of the first page pass, and few others: one column is read to find it, instead of all. */
  const reach = async (): Promise<string> => {
    const relation = relationIn(whole, '');
    const found = await store.query(
      `SELECT ${order.by} AS row_by FROM ${relation.sql} ORDER BY row_by DESC LIMIT 1 OFFSET {last:UInt32}`,
      { parameters: { ...relation.parameters, last: question.limit - 1 }, ...options },
    );
    const least = found.first()?.row_by;
    return typeof least === 'bigint' ? `${order.by} >= ${least}` : '';
  };
  let after = question.cursor === undefined ? undefined : placeOf(question.cursor);
  const skip = question.skip ?? 0;
  if (skip > 0) {
    // Places alone are sorted first: whole rows are only read of the page itself.
    const place = select('', after);
    const found = await store.query(`${place.sql} LIMIT 1 OFFSET {skip:UInt32}`, {
      parameters: { ...place.parameters, skip: skip - 1 },
      ...options,
    });
    const last = found.blocks.find((block) => block.rows > 0);
    if (last === undefined) return { blocks: [], next: () => null };
    after = placeIn(last, 0);
  }
  const page = async (span?: NanoSpan, more?: string): Promise<Answer> => {
    const { sql, parameters } = select('*, ', after, span, more);
    return await store.query(`${sql} LIMIT {limit:UInt32}`, {
      parameters: { ...parameters, limit: question.limit },
      ...options,
    });
  };
  let answer: Answer | undefined;
  for (const span of order.ofTime && question.filter.trim() === ''
    ? nearest(order, narrowed(order, whole, after, until))
    : []) {
    answer = await page(span);
    if (answer.rows === question.limit) break;
    answer = undefined;
  }
  answer ??= await page(undefined, order.ofRow && after === undefined ? await reach() : '');
  await entities.want(answer.blocks.flatMap((block) => [...BlockRows.idsIn(block)]));
  return {
    blocks: answer.blocks,
    next: (count) => {
      const block = answer.blocks.findLast((one) => one.rows > 0);
      return count < question.limit || block === undefined ? null : cursorOf(placeIn(block, block.rows - 1));
    },
  };
}

/** Parts of a span in which the first rows in an order of time may already be enough for a page. */
function nearest(order: RowOrder, { from, to }: NanoSpan): NanoSpan[] {
  return [10n, 600n]
    .map((seconds) => seconds * 1_000_000_000n)
    .filter((length) => to - from > 2n * length)
    .map((length) => (order.descending ? { from: to - length, to } : { from, to: from + length }));
}

function placeIn(block: Block, row: number): Place {
  const value = (name: string) => BigInt(block.columns.get(name)?.data.get(row) as bigint | number);
  return { by: value('row_by'), time: value('row_time'), hash: value('row_hash') };
}

/** A condition that keeps one row of each request, or none. */
export function onceSql(once: boolean | undefined): string {
  return once === true ? 'counted' : '';
}

function collect<T>(blocks: readonly Block[], make: (block: Block, row: number) => T): T[] {
  const items: T[] = [];
  for (const block of blocks) for (let row = 0; row < block.rows; row++) items.push(make(block, row));
  return items;
}

/** Only the fields asked for, and those that name the record. */
function selected<T extends object>(record: T, fields: readonly string[] | undefined): T {
  if (fields === undefined) return record;
  const kept = new Set(['id', 'time', 'type', ...fields]);
  return Object.fromEntries(Object.entries(record).filter(([name]) => kept.has(name))) as T;
}
