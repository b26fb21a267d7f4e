/**
 * What two agents saw of one and the same thing, one at the client's end and one at the server's, put together.
 *
 * A request is the same where its client's TCP stream had the same sequence number when it began: address translation in
 * between changes addresses and ports, but not that. Of both rows one counts, the server's where both are there in time, and
 * both say who asked and who was asked: each agent knows only its own end by name. A connection's intervals are counted by one
 * of its ends, from the first to the last.
 *
 * Rows are settled some seconds after they came. What comes later than that is still counted once, but the row that was
 * there before keeps the address by which its agent knew the other end.
 */

import type { Answer } from '../store/answer.ts';
import type { BlockSettler, IncomingBlock } from '../store/index.ts';
import type { TableBlock } from '../wire/block/validate.ts';
import { type End, OneSidedRows } from './one-sided-rows.ts';
import { Connections, type SeenConnection } from './seen-connections.ts';

/** Rows wait so long for those of other agents: these come every two seconds. */
const holdMilliseconds = 2_500;
/** A request is looked for among those of so long before. */
const windowMilliseconds = 60_000;
/** Clocks of hosts differ; beyond this an agent's times are set right on arrival. */
const clockTolerance = 6_000;
const mostWaiting = 300_000;
const mostBlocks = 256;
/** Bytes that a sender hands to the network at once. */
const mostAtOnce = 65_536;
/** Requests of an end of a connection that wait for others in the same place of its stream. */
const mostLeft = 4096;
/** An agent of which nothing came for so long is not there. */
const silentAfter = 30_000;

/** A request as one side saw it. */
export interface SeenRequest {
  readonly agent: string;
  readonly end: End;
  readonly connection: SeenConnection;
  /** Epoch milliseconds. */
  readonly time: number;
  readonly at: number;
  readonly bytes: number;
  readonly sequence: number;
  /** Protocol and method, as a number. */
  readonly kind: number;
  readonly latency: number;
  /** Its own end: entity and instance, low and high halves. */
  readonly ids: readonly [number, number, number, number];
  other: SeenRequest | undefined;
  counted: boolean | undefined;
  next: SeenRequest | undefined;
}

/** What a row is of: a request, or an interval of the connection with this number. */
type Seen = SeenRequest | number | undefined;

/** How it went since the start. */
export interface BothEndsCounters {
  /** Requests of which both sides were seen. */
  joined: number;
  /** Requests that could not be looked for, as too many waited at the same time. */
  forgotten: number;
}

/** Who is there, also where it has nothing to tell of connections. */
export interface Presence {
  readonly connected: number;
  isConnected(agent: string): boolean;
}

const nobody: Presence = { connected: 0, isConnected: () => false };

export class BothEnds implements BlockSettler {
  readonly counters: BothEndsCounters = { joined: 0, forgotten: 0 };
  readonly #now: () => number;
  readonly #presence: Presence;
  readonly #connections = new Connections();
  /** Requests without their other side, by what both sides have in common; the oldest first. */
  readonly #waiting = new Map<number, SeenRequest>();
  readonly #rows = new WeakMap<TableBlock, readonly Seen[]>();
  /** Rows of the last blocks, by agent and number, as a block may be given again. */
  readonly #blocks = new Map<string, readonly Seen[]>();
  /** When each agent was heard of last. */
  readonly #agents = new Map<string, number>();

  /** @param now milliseconds, of any clock that goes on evenly */
  constructor(now: () => number = Date.now, presence: Presence = nobody) {
    this.#now = now;
    this.#presence = presence;
  }

  get hold(): number {
    if (this.#presence.connected > 1) return holdMilliseconds;
    let there = 0;
    for (const agent of this.#agents.keys()) if (this.#isThere(agent)) there++;
    return there > 1 ? holdMilliseconds : 0;
  }

  /** Requests that wait for their other side. */
  get waiting(): number {
    return this.#waiting.size;
  }

  async restore(query: (sql: string) => Promise<Answer>): Promise<void> {
    const oneSided = "side IN ('client', 'server')";
    for (const [table, seconds] of [
      ['flows', 600],
      ['requests', windowMilliseconds / 1000],
    ] as const) {
      const answer = await query(
        `SELECT * FROM ${table} WHERE ${oneSided} AND time >= now() - INTERVAL ${seconds} SECOND ORDER BY time LIMIT 200000`,
      );
      for (const block of answer.blocks) {
        if (block.rows === 0) continue;
        const rows = OneSidedRows.of(table, block);
        if (rows === undefined) continue;
        for (let row = 0; row < block.rows; row++) {
          const agent = rows.agent(row);
          this.#agents.set(agent, this.#now());
          // A request that does not count has its other side already.
          if (table === 'requests' && !rows.counted(row)) continue;
          const seen = this.#take(rows, row, agent);
          if (typeof seen === 'object') seen.counted = rows.counted(row);
          else if (seen !== undefined && rows.counted(row))
            this.#connections.at(seen, this.#now()).counts = rows.end(row);
        }
      }
    }
  }

  see({ agent, sequence, block }: IncomingBlock): void {
    this.#agents.set(agent, this.#now());
    const { name } = block.table;
    if (name !== 'requests' && name !== 'flows') return;
    const key = `${agent}/${sequence}`;
    const again = this.#blocks.get(key);
    if (again !== undefined) {
      this.#rows.set(block, again);
      return;
    }
    const rows = OneSidedRows.of(name, block);
    if (rows === undefined) return;
    this.#forgetOld();
    const seen: Seen[] = new Array(block.rows);
    for (let row = 0; row < block.rows; row++) {
      // What its agent counts elsewhere stays so.
      seen[row] = rows.counted(row) ? this.#take(rows, row, agent) : undefined;
    }
    this.#matchInPieces(seen);
    this.#rows.set(block, seen);
    this.#blocks.set(key, seen);
    if (this.#blocks.size > mostBlocks)
      for (const oldest of this.#blocks.keys()) return void this.#blocks.delete(oldest);
  }

  settle(block: TableBlock, bytes: Uint8Array): void {
    const seen = this.#rows.get(block);
    if (seen === undefined) return;
    const rows = OneSidedRows.of(block.table.name, block);
    if (rows === undefined) return;
    for (let row = 0; row < block.rows; row++) {
      const one = seen[row];
      if (one === undefined) continue;
      const end = rows.end(row);
      if (end === undefined) continue;
      if (typeof one === 'object') {
        if (one.counted === undefined) decide(one);
        rows.setCounted(row, one.counted === true, bytes);
        const ids = one.other?.ids ?? one.connection.ids[otherEnd(end)];
        if (ids !== undefined) rows.setIds(row, otherEnd(end), ids, bytes);
      } else {
        const connection = this.#connections.at(one, this.#now());
        rows.setCounted(row, this.#counts(connection, end), bytes);
        const ids = connection.ids[otherEnd(end)];
        if (ids !== undefined) rows.setIds(row, otherEnd(end), ids, bytes);
      }
    }
  }

  /** Nanoseconds that the other side measured for a request; undefined where that was not seen, -1 where it had no answer. */
  otherLatency(block: TableBlock, row: number): number | undefined {
    const one = this.#rows.get(block)?.[row];
    return typeof one === 'object' ? one.other?.latency : undefined;
  }

  #take(rows: OneSidedRows, row: number, agent: string): Seen {
    const end = rows.end(row);
    if (end === undefined) return undefined;
    const now = this.#now();
    const tuple = rows.tuple(row);
    const connection = this.#connections.at(tuple, now);
    const ids = rows.ids(row, end);
    connection.agents[end] = agent;
    connection.ids[end] = ids;
    if (rows.table === 'flows') return tuple;
    const request: SeenRequest = {
      agent,
      end,
      connection,
      time: rows.time(row),
      at: now,
      bytes: rows.requestBytes(row),
      sequence: rows.sequence(row),
      kind: rows.kind(row),
      latency: rows.latency(row),
      ids,
      other: undefined,
      counted: undefined,
      next: undefined,
    };
    this.#match(request, rows.requestKey(row), tuple);
    return request;
  }

  #match(request: SeenRequest, key: number, tuple: number): void {
    let before: SeenRequest | undefined;
    let one = this.#waiting.get(key);
    for (; one !== undefined; before = one, one = one.next) {
      if (one.end === request.end || one.agent === request.agent || request.at - one.at > windowMilliseconds) continue;
      // Of several that began in one piece the ends may have seen the answers in different order.
      if (one.bytes !== request.bytes) continue;
      if (one.connection === request.connection) break;
      // Addresses were translated in between: then more has to agree.
      if (Math.abs(one.time - request.time) < clockTolerance) break;
    }
    if (one === undefined) {
      this.#wait(request, key);
      return;
    }
    if (before !== undefined) before.next = one.next;
    else if (one.next !== undefined) this.#waiting.set(key, one.next);
    else this.#waiting.delete(key);
    one.next = undefined;
    this.#join(one, request);
    if (one.connection !== request.connection) this.#connections.same(tuple, one.connection, request.connection);
  }

  /**
   * A request that began in the middle of what its sender sent at once has another number where that came in pieces. Of a
   * connection both ends show such requests in the same order.
   */
  #matchInPieces(seen: readonly Seen[]): void {
    const tidied = new Set<SeenConnection>();
    for (const request of seen) {
      if (typeof request !== 'object' || request.other !== undefined || request.sequence === 0) continue;
      const { connection, end } = request;
      if (!tidied.has(connection)) {
        tidied.add(connection);
        // Perhaps nobody watches the other end: then they are kept no longer than rows wait.
        const both = connection.agents[0] !== undefined && connection.agents[1] !== undefined;
        const since = this.#now() - (both ? windowMilliseconds : 2 * holdMilliseconds);
        for (const one of [0, 1] as const) connection.left[one] = stillLeft(connection.left[one], since);
      }
      const other = connection.left[otherEnd(end)].find(
        (one) =>
          one.other === undefined &&
          one.agent !== request.agent &&
          one.kind === request.kind &&
          one.bytes === request.bytes &&
          Math.abs((one.sequence - request.sequence) | 0) < mostAtOnce,
      );
      if (other === undefined) connection.left[end].push(request);
      else this.#join(other, request);
    }
  }

  #join(one: SeenRequest, request: SeenRequest): void {
    one.other = request;
    request.other = one;
    this.counters.joined++;
  }

  #wait(request: SeenRequest, key: number): void {
    const first = this.#waiting.get(key);
    if (first === undefined) {
      this.#waiting.set(key, request);
      return;
    }
    let last = first;
    let length = 1;
    for (; last.next !== undefined; last = last.next) length++;
    // Many that look alike cannot be told apart anyway.
    if (length < 64) last.next = request;
    else this.counters.forgotten++;
  }

  /** Whether an end of a connection is the one that counts. Once said it stays, as long as that end's agent is there. */
  #counts(connection: SeenConnection, end: End): boolean {
    connection.counts ??= connection.agents[1] === undefined ? end : 1;
    if (connection.counts === end) return true;
    const agent = connection.agents[connection.counts];
    if (agent !== undefined && this.#isThere(agent)) return false;
    connection.counts = end;
    return true;
  }

  #isThere(agent: string): boolean {
    return (
      this.#now() - (this.#agents.get(agent) ?? Number.NEGATIVE_INFINITY) < silentAfter ||
      this.#presence.isConnected(agent)
    );
  }

  #forgetOld(): void {
    const now = this.#now();
    for (const [key, request] of this.#waiting) {
      const old = now - request.at > windowMilliseconds;
      if (!old && this.#waiting.size <= mostWaiting) break;
      if (!old) this.counters.forgotten++;
      this.#waiting.delete(key);
    }
    this.#connections.forget(now);
  }
}

/** Those without their other side, that came since then. */
function stillLeft(list: readonly SeenRequest[], since: number): SeenRequest[] {
  return list.filter((one) => one.other === undefined && one.at >= since).slice(-mostLeft);
}

function otherEnd(end: End): End {
  return end === 0 ? 1 : 0;
}

/** Of both sides the server's counts, unless the client's was said to count before the server's came. */
function decide(one: SeenRequest): void {
  const { other } = one;
  if (other === undefined) one.counted = true;
  else if (other.counted !== undefined) one.counted = !other.counted;
  else {
    one.counted = one.end === 1;
    other.counted = !one.counted;
  }
}
