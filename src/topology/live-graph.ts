/**
 * The service graph of the last minutes, in memory: for each edge what was measured in each ten seconds. Fed with blocks as
 * they come in, before the store has them, and filled from the store's roll-ups after a restart. Latencies are in the same
 * buckets as the store's, so both give the same quantiles.
 */
import { latencyBucket } from '../model/tables/index.ts';
import { asId, asNumber, asText } from '../store/answer.ts';
import type { Store } from '../store/store.ts';
import {
  BoolData,
  ChoiceData,
  type ColumnData,
  LabelData,
  NumberData,
  TimeData,
  WideData,
} from '../wire/block/column-data.ts';
import type { TableBlock } from '../wire/block/validate.ts';
import { EdgeTable } from './edge-table.ts';
import { type SumName, Tally, tallyReader } from './tally.ts';

/** Length of a bucket, milliseconds: that of the finest roll-up. */
export const bucketMilliseconds = 10_000;

/** An edge with what was measured of it in a window. */
export interface LiveEdge {
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly port: number;
  readonly tally: Tally;
}

/** An edge with what was measured of it, ten seconds by ten seconds. */
export interface KeptEdge {
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly port: number;
  /** By the bucket's number since the epoch; few, as quiet edges have none. */
  readonly buckets: Map<number, Tally>;
  last: number;
  /** Counts what was added to it, and what of that to a bucket before the last but one. */
  touched: number;
  late: number;
}

export class LiveGraph {
  readonly #keepBuckets: number;
  readonly #now: () => number;
  #table = new EdgeTable();
  #edges: KeptEdge[] = [];
  readonly #protocols = new Map<string, number>();
  #sweptAt = 0;
  #current = 0;
  #waiting: (() => void)[] = [];

  /** @param minutes that are kept */
  constructor(minutes = 15, now: () => number = Date.now) {
    // A minute more, so that sliding windows see what falls out of them.
    this.#keepBuckets = Math.ceil(((minutes + 1) * 60_000) / bucketMilliseconds);
    this.#now = now;
  }

  /** Edges that are known. */
  get size(): number {
    return this.#edges.length;
  }

  /** All edges that are kept. */
  get kept(): readonly KeptEdge[] {
    return this.#edges;
  }

  /** Takes in a block that came from an agent. */
  block(block: TableBlock): void {
    this.#current = Math.floor(this.#now() / bucketMilliseconds);
    if (block.table.name === 'requests') this.#requests(block);
    else if (block.table.name === 'flows') this.#flows(block);
    else return;
    this.#sweep();
    for (const tell of this.#waiting.splice(0)) tell();
  }

  /** Resolves when something comes in, or when the signal is aborted. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      this.#waiting.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Fills it with what the store has of the time that is kept. */
  async restore(store: Store): Promise<void> {
    const from = (Math.floor(this.#now() / bucketMilliseconds) - this.#keepBuckets) * bucketMilliseconds;
    const answer = await store.query(
      'SELECT toUnixTimestamp64Milli(time) AS at, source, destination, protocol, port, * EXCEPT (time, source, destination, protocol, port, cluster, side, counted) FROM edges_10s WHERE counted AND time >= fromUnixTimestamp64Milli({from:Int64})',
      { parameters: { from } },
    );
    for (const block of answer.blocks) {
      if (block.rows === 0) continue;
      const column = (name: string): ColumnData | undefined => block.columns.get(name)?.data;
      const [at, source, destination, protocol, port] = ['at', 'source', 'destination', 'protocol', 'port'].map(column);
      const read = tallyReader(block);
      if (!(source instanceof WideData) || !(destination instanceof WideData)) continue;
      for (let row = 0; row < block.rows; row++) {
        const edge = this.#edge(source, destination, row, asText(protocol?.get(row)), asNumber(port?.get(row)));
        read(row, this.#bucket(edge, Math.floor(asNumber(at?.get(row)) / bucketMilliseconds)));
      }
    }
  }

  /** What was measured since `from`, in whole buckets; edges without anything are left out. */
  edges(from: number): LiveEdge[] {
    const first = Math.floor(from / bucketMilliseconds);
    const found: LiveEdge[] = [];
    for (const { source, destination, protocol, port, buckets, last } of this.#edges) {
      if (last < first) continue;
      let tally: Tally | undefined;
      for (const [number, one] of buckets) {
        if (number < first) continue;
        tally ??= new Tally();
        tally.merge(one);
      }
      if (tally !== undefined) found.push({ source, destination, protocol, port, tally });
    }
    return found;
  }

  #requests(block: TableBlock): void {
    const c = columnsOf(block);
    if (c === undefined) return;
    const outcome = choice(block, 'outcome');
    const numbers = readers(block, [
      'flags',
      'latency_ns',
      'received_ns',
      'waited_ns',
      'sent_ns',
      'request_bytes',
      'response_bytes',
    ]);
    const [flags, latency, received, waited, sent, requestBytes, responseBytes] = numbers;
    for (let row = 0; row < block.rows; row++) {
      if (!c.counted(row)) continue;
      const edge = this.#edge(c.source, c.destination, row, c.protocol(row), c.port(row));
      const tally = this.#bucket(edge, c.bucket(row));
      tally.add('requests', 1);
      const failed = failures[outcome(row)];
      if (failed !== undefined) tally.add(failed, 1);
      tally.add('request_bytes', requestBytes(row));
      tally.add('response_bytes', responseBytes(row));
      const nanos = latency(row);
      const waits = (flags(row) & 6) !== 0;
      if (waits) tally.add('waits', 1);
      if (waits || nanos < 0) continue;
      tally.add('latency_count', 1);
      tally.add('latency_sum', nanos);
      tally.add('latency_max', nanos);
      tally.addLatency(latencyBucket(nanos), 1);
      if (received(row) >= 0) tally.add('received_sum', received(row));
      if (sent(row) >= 0) tally.add('sent_sum', sent(row));
      if (waited(row) < 0) continue;
      tally.add('waited_count', 1);
      tally.add('waited_sum', waited(row));
      tally.add('worked_sum', Math.max(0, nanos - received(row) - waited(row) - sent(row)));
    }
  }

  #flows(block: TableBlock): void {
    const c = columnsOf(block);
    if (c === undefined) return;
    const state = choice(block, 'state');
    const opened = bool(block, 'opened');
    const ended = bool(block, 'ended');
    const sums: SumName[] = [
      'source_bytes',
      'destination_bytes',
      'source_segments',
      'destination_segments',
      'source_retransmits',
      'destination_retransmits',
      'out_of_order',
      'zero_window',
    ];
    const values = readers(block, sums);
    const [connect, rtt, rttMin] = readers(block, ['connect_ns', 'rtt_ns', 'rtt_min_ns']);
    for (let row = 0; row < block.rows; row++) {
      if (!c.counted(row)) continue;
      const edge = this.#edge(c.source, c.destination, row, c.protocol(row), c.port(row));
      const tally = this.#bucket(edge, c.bucket(row));
      for (let i = 0; i < sums.length; i++) tally.add(sums[i], values[i](row));
      if (opened(row)) tally.add('opened', 1);
      if (ended(row)) {
        tally.add('ended', 1);
        const how = endings[state(row)];
        if (how !== undefined) tally.add(how, 1);
      }
      if (connect(row) >= 0) {
        tally.add('connect_count', 1);
        tally.add('connect_sum', connect(row));
      }
      if (rtt(row) >= 0) {
        tally.add('rtt_count', 1);
        tally.add('rtt_sum', rtt(row));
      }
      if (rttMin(row) >= 0) tally.add('rtt_min', rttMin(row));
    }
  }

  #edge(source: WideData, destination: WideData, row: number, protocol: string, port: number): KeptEdge {
    let service = this.#protocols.get(protocol);
    if (service === undefined) {
      service = this.#protocols.size;
      this.#protocols.set(protocol, service);
    }
    const at = row * 2;
    const number = this.#table.number(
      source.halves[at],
      source.halves[at + 1],
      destination.halves[at],
      destination.halves[at + 1],
      service * 65_536 + port,
    );
    if (number < this.#edges.length) return this.#edges[number];
    const edge: KeptEdge = {
      source: asId(source.get(row)),
      destination: asId(destination.get(row)),
      protocol,
      port,
      buckets: new Map(),
      last: 0,
      touched: 0,
      late: 0,
    };
    this.#edges.push(edge);
    return edge;
  }

  #bucket(edge: KeptEdge, number: number): Tally {
    edge.touched++;
    if (number < this.#current - 1) edge.late++;
    let tally = edge.buckets.get(number);
    if (tally === undefined) {
      tally = new Tally();
      edge.buckets.set(number, tally);
      if (number > edge.last) edge.last = number;
    }
    return tally;
  }

  /** Lets go of what is too old; edges that were quiet all the time go as well. */
  #sweep(): void {
    const now = Math.floor(this.#now() / bucketMilliseconds);
    if (now - this.#sweptAt < 6) return;
    this.#sweptAt = now;
    const oldest = now - this.#keepBuckets;
    let quiet = 0;
    for (const edge of this.#edges) {
      for (const number of edge.buckets.keys()) if (number < oldest) edge.buckets.delete(number);
      if (edge.buckets.size === 0) quiet++;
    }
    if (quiet * 2 > this.#edges.length && quiet > 1000) this.#rebuild();
  }

  #rebuild(): void {
    const kept = this.#edges.filter((edge) => edge.buckets.size > 0);
    this.#table = new EdgeTable();
    this.#edges = [];
    for (const edge of kept) {
      const [sourceHigh, sourceLow] = halvesOf(edge.source);
      const [destinationHigh, destinationLow] = halvesOf(edge.destination);
      const service = (this.#protocols.get(edge.protocol) ?? 0) * 65_536 + edge.port;
      this.#table.number(sourceLow, sourceHigh, destinationLow, destinationHigh, service);
      this.#edges.push(edge);
    }
  }
}

const failures: Readonly<Record<string, SumName>> = {
  client_error: 'client_errors',
  server_error: 'server_errors',
  timeout: 'timeouts',
  aborted: 'aborted',
};
const endings: Readonly<Record<string, SumName>> = {
  refused: 'failed',
  timed_out: 'failed',
  unreachable: 'failed',
  failed: 'failed',
  reset: 'resets',
  aborted: 'resets',
};

function halvesOf(id: string): [high: number, low: number] {
  return [Number.parseInt(id.slice(0, 8), 16), Number.parseInt(id.slice(8), 16)];
}

/** The columns that both tables have; undefined where the block lacks them. */
function columnsOf(block: TableBlock) {
  const data = (name: string): ColumnData | undefined => block.columns.get(name)?.data;
  const [time, source, destination, protocol, port, counted] = [
    'time',
    'source',
    'destination',
    'protocol',
    'destination_port',
    'counted',
  ].map(data);
  if (!(time instanceof TimeData) || !(time.ticks instanceof WideData)) return undefined;
  if (!(source instanceof WideData) || !(destination instanceof WideData)) return undefined;
  const { ticks } = time;
  return {
    source,
    destination,
    bucket: (row: number) => Math.floor(ticks.number(row) / (bucketMilliseconds * 1e6)),
    protocol:
      protocol instanceof LabelData
        ? (row: number) => protocol.dictionary[protocol.indexes[row]] as string
        : (row: number) => asText(protocol?.get(row)),
    port: port instanceof NumberData ? (row: number) => port.values[row] : (row: number) => asNumber(port?.get(row)),
    // Blocks that do not say it are of agents that count everything.
    counted: counted instanceof BoolData ? (row: number) => counted.values[row] !== 0 : () => true,
  };
}

function readers(block: TableBlock, names: readonly string[]): ((row: number) => number)[] {
  return names.map((name) => {
    const data = block.columns.get(name)?.data;
    if (data instanceof WideData) return (row) => data.number(row);
    if (data instanceof NumberData) return (row) => data.values[row];
    return () => (name.endsWith('_ns') ? -1 : 0);
  });
}

function bool(block: TableBlock, name: string): (row: number) => boolean {
  const data = block.columns.get(name)?.data;
  return data instanceof BoolData ? (row) => data.values[row] !== 0 : () => false;
}

function choice(block: TableBlock, name: string): (row: number) => string {
  const data = block.columns.get(name)?.data;
  return data instanceof ChoiceData ? (row) => data.get(row) : () => '';
}
