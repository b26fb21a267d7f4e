import { EntityRows } from '../../../src/agent/rows/entity-rows.ts';
import { RequestRows } from '../../../src/agent/rows/request-rows.ts';
import { fillOrigin, type Origin } from '../../../src/agent/rows/shared-rows.ts';
import type { Columns } from '../../../src/model/tables/index.ts';
import { type Store, StoreError } from '../../../src/store/index.ts';
import type { BlockBuilder } from '../../../src/wire/block/block-builder.ts';
import { readTableBlock, type TableBlock } from '../../../src/wire/block/validate.ts';
import { randomFrom, type Traffic } from './traffic.ts';

/** Rows a second of the traffic's own time, over all hosts. */
const rate = 28_000;
/** How often each agent sends a block, in seconds of that time. */
const interval = 2;

/** What loading took. */
export interface LoadReport {
  readonly rows: number;
  readonly rowsPerSecond: number;
  /** Time of all processors a row, encoding and merges included, making it up not: what says something on a busy machine too. */
  readonly cpuNanos: number;
  /** Time a row: making it up (taken off the rate), encoding it, checking it as the server does. */
  readonly makeNanos: number;
  readonly encodeNanos: number;
  readonly checkNanos: number;
  /** Moments of the first and the last row. */
  readonly from: bigint;
  readonly to: bigint;
  /** Some trace ids that are in it. */
  readonly traceIds: readonly string[];
}

interface HostAgent {
  readonly origin: Origin;
  readonly entities: EntityRows;
  readonly rows: RequestRows;
  readonly seen: Uint32Array;
  readonly rate: number;
  at: number;
  clock: number;
  sequence: number;
  sending: Promise<void>;
}

/** Writes rows as twenty agents would send them, as fast as the store takes them: `total`, or as many as in so many seconds. */
export async function load(
  store: Store,
  traffic: Traffic,
  total: number,
  seconds: number,
  progress: (rows: number, rowsPerSecond: number) => void,
): Promise<LoadReport> {
  const from = BigInt(Date.now()) * 1_000_000n - BigInt(Math.ceil((total / rate) * 1e9));
  const agents = makeAgents(traffic, from);
  const { wall: making, cpu: makingCpu } = costOfMaking(traffic, agents);
  const random = randomFrom(7);
  const traceIds: string[] = [];
  let rows = 0;
  let appending = 0;
  let checking = 0;
  let nextReport = total / 10;
  const cpu = process.cpuUsage();
  const begin = performance.now();
  while (rows < total && performance.now() - begin < seconds * 1000) {
    for (const agent of agents) {
      const count = Math.max(1, Math.round(agent.rate * interval));
      const t0 = performance.now();
      for (let i = 0; i < count; i++) {
        agent.clock += (-Math.log(random() || 1e-9) / agent.rate) * 1e9;
        const { request, connection } = traffic.fill(agent.seen[agent.at++ % agent.seen.length], agent.clock + 1);
        agent.rows.append(request, connection);
        if (request.traceId !== '' && (rows + i) % 9973 === 0) traceIds.push(request.traceId);
      }
      const t1 = performance.now();
      // As agents do: the next block goes out when the one before is acknowledged, whatever other agents do.
      await agent.sending;
      const t2 = performance.now();
      fillOrigin(agent.rows.block, agent.origin, agent.sequence + 1);
      const entities = encoded('entities', agent.entities.block);
      const requests = agent.rows.block.encode();
      const t3 = performance.now();
      const blocks = [entities, readTableBlock('requests', requests)].filter((block) => block !== undefined);
      const t4 = performance.now();
      agent.sending = send(store, agent, blocks);
      agent.rows.block.clear();
      rows += count;
      appending += t1 - t0 + (t3 - t2);
      checking += t4 - t3;
    }
    if (rows >= nextReport) {
      progress(rows, rows / ((performance.now() - begin) / 1000 - rows * making));
      nextReport += total / 10;
    }
  }
  await Promise.all(agents.map((agent) => agent.sending));
  await store.flush();
  const taken = (performance.now() - begin) / 1000 - rows * making;
  const { user, system } = process.cpuUsage(cpu);
  const last = Math.max(...agents.map((agent) => agent.clock));
  return {
    rows,
    rowsPerSecond: rows / taken,
    cpuNanos: ((user + system) * 1000) / rows - makingCpu * 1e9,
    makeNanos: making * 1e9,
    encodeNanos: (appending / rows) * 1e6 - making * 1e9,
    checkNanos: (checking / rows) * 1e6,
    from,
    to: from + BigInt(Math.round(last)),
    traceIds: traceIds.slice(-20),
  };
}

function makeAgents(traffic: Traffic, epoch: bigint): HostAgent[] {
  const seen = Array.from({ length: traffic.hosts }, (_, host) => traffic.seenBy(host));
  const all = seen.reduce((sum, list) => sum + list.length, 0);
  return seen.map((list, host) => {
    const agent = (0xa000_0000 + host).toString(16).padStart(16, '0');
    const origin = { agent, cluster: 'prod', host: `node-${host}`, connectionBase: 2 ** 32 };
    const entities = new EntityRows(traffic.names, origin.host, origin.cluster);
    const rows = new RequestRows(entities, origin);
    rows.block.columns.time.origin = epoch;
    return {
      origin,
      entities,
      rows,
      seen: list,
      rate: (rate * list.length) / all,
      at: 0,
      clock: 0,
      sequence: 0,
      sending: Promise.resolve(),
    };
  });
}

/** Seconds that making up a request takes without encoding it, by the clock and of processors. */
function costOfMaking(traffic: Traffic, agents: readonly HostAgent[]): { wall: number; cpu: number } {
  const random = randomFrom(3);
  const times = 200_000;
  let clock = 0;
  let sum = 0;
  const cpu = process.cpuUsage();
  const begin = performance.now();
  for (let i = 0; i < times; i++) {
    const { seen } = agents[Math.floor(i / 2800) % agents.length];
    clock += -Math.log(random() || 1e-9) * 1e4;
    sum += traffic.fill(seen[i % seen.length], clock + 1).request.end;
  }
  if (sum < 0) throw new Error('time went backwards');
  const wall = (performance.now() - begin) / 1000 / times;
  const { user, system } = process.cpuUsage(cpu);
  return { wall, cpu: (user + system) / 1e6 / times };
}

function encoded<C extends Columns>(table: string, builder: BlockBuilder<C>): TableBlock | undefined {
  if (builder.rows === 0) return undefined;
  const block = readTableBlock(table, builder.encode());
  builder.clear();
  return block;
}

/** Writes blocks in order; what the store has no room for at the moment is sent again, as agents do. */
async function send(store: Store, agent: HostAgent, blocks: readonly TableBlock[]): Promise<void> {
  for (const block of blocks) {
    const incoming = { agent: agent.origin.agent, sequence: ++agent.sequence, block };
    for (;;) {
      try {
        await store.write(incoming);
        break;
      } catch (error) {
        if (!(error instanceof StoreError && error.code === 'store_busy')) throw error;
      }
    }
  }
}
