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
import type { Store } from '../../store/store.ts';
import type { Block } from '../../wire/block/native-reader.ts';
import type { EntityDirectory } from '../entities.ts';
import { HttpError } from '../problem.ts';
import { BlockRows, rowHashSql } from './block-rows.ts';
import { relationOf } from './relation.ts';
import { nanoSpan } from './span.ts';

interface PageQuestion {
  readonly span: Span;
  readonly filter: string;
  readonly order: string;
  readonly cursor: string | undefined;
  readonly limit: number;
  /** Names of fields, undefined for all. */
  readonly fields: readonly string[] | undefined;
  readonly signal?: AbortSignal;
}

/** What rows can be ordered by: the expression as Int64, and whether the greatest is first. */
const requestOrders: Readonly<Record<string, readonly [string, boolean]>> = {
  newest: ['toInt64(toUnixTimestamp64Nano(time))', true],
  oldest: ['toInt64(toUnixTimestamp64Nano(time))', false],
  slowest: ['latency_ns', true],
  largest: ['toInt64(request_bytes + response_bytes)', true],
};
const flowOrders: Readonly<Record<string, readonly [string, boolean]>> = {
  newest: requestOrders.newest,
  oldest: requestOrders.oldest,
  largest: ['toInt64(source_bytes + destination_bytes)', true],
  retransmits: ['toInt64(source_retransmits + destination_retransmits)', true],
};

export async function readRequests(store: Store, entities: EntityDirectory, question: PageQuestion): Promise<Requests> {
  const relation = relationOf('requests', nanoSpan(question.span), question.filter);
  const page = await readPage(store, entities, question, relation, rowHashSql.requests, requestOrders);
  const rows = new BlockRows(entities);
  const items = collect(page.blocks, (block, row) => {
    rows.readRequest(block, row);
    return selected(rows.requestRecord(), question.fields);
  });
  return { span: question.span, items: items as StoredRequest[], next: page.next(items.length) };
}

/** Connections with what they did in the span: their rows put together. */
export async function readFlows(store: Store, entities: EntityDirectory, question: PageQuestion): Promise<Flows> {
  const relation = relationOf('flows', nanoSpan(question.span), question.filter);
  const page = await readPage(
    store,
    entities,
    question,
    { sql: `(${connectionsSql(relation.sql)})`, parameters: relation.parameters },
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
  const relation = relationOf('events', nanoSpan(question.span), question.filter);
  const page = await readPage(store, entities, question, relation, rowHashSql.events, requestOrders);
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
  const rows = new BlockRows(entities);
  const requestsOf = (blocks: readonly Block[]) =>
    collect(blocks, (one, row) => {
      rows.readRequest(one, row);
      return rows.requestRecord();
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
  relation: { sql: string; parameters: Readonly<Record<string, string | number>> },
  hash: string,
  orders: Readonly<Record<string, readonly [string, boolean]>>,
): Promise<Page> {
  const [by, descending] = orders[question.order] ?? orders.newest;
  const direction = descending ? 'DESC' : 'ASC';
  const parameters: Record<string, string | number | bigint> = { ...relation.parameters, limit: question.limit };
  let after = '';
  if (question.cursor !== undefined) {
    const cursor = parseCursor(question.cursor);
    parameters.cursorBy = cursor[0];
    parameters.cursorTime = cursor[1];
    parameters.cursorHash = cursor[2];
    after = `WHERE (row_by, row_time, row_hash) ${descending ? '<' : '>'} ({cursorBy:Int64}, {cursorTime:Int64}, {cursorHash:UInt64})`;
  }
  const sql = `SELECT *, ${by} AS row_by, toInt64(toUnixTimestamp64Nano(time)) AS row_time, ${hash} AS row_hash FROM ${relation.sql} ${after} ORDER BY row_by ${direction}, row_time ${direction}, row_hash ${direction} LIMIT {limit:UInt32}`;
  const answer = await store.query(sql, {
    parameters,
    ...(question.signal === undefined ? {} : { signal: question.signal }),
  });
  await entities.want(answer.blocks.flatMap((block) => [...BlockRows.idsIn(block)]));
  return {
    blocks: answer.blocks,
    next: (count) => {
      const block = answer.blocks.findLast((one) => one.rows > 0);
      if (count < question.limit || block === undefined) return null;
      const value = (name: string) => block.columns.get(name)?.data.get(block.rows - 1);
      return Buffer.from(`${value('row_by')},${value('row_time')},${value('row_hash')}`).toString('base64url');
    },
  };
}

function parseCursor(cursor: string): [bigint, bigint, bigint] {
  const parts = /^(-?\d{1,20}),(-?\d{1,20}),(\d{1,20})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (parts === null)
    throw new HttpError(400, 'bad_cursor', 'this is no cursor', { next: 'give what "next" of the page before said' });
  return [BigInt(parts[1]), BigInt(parts[2]), BigInt(parts[3])];
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
