/** A mesh of services that exists only as blocks: what many agents would tell of it, given to a real server by its real door. */
import { type TableName, tables } from '../../../src/model/tables/index.ts';
import { BlockBuilder } from '../../../src/wire/block/block-builder.ts';
import { ServerConnection } from '../../../src/wire/transport/connection.ts';

const agent = 'beefbeefbeefbeef';
const protocols = ['http', 'http', 'http', 'grpc', 'grpc', 'postgresql', 'redis', 'kafka'] as const;
const words = ['cart', 'order', 'price', 'stock', 'user', 'mail', 'search', 'pay', 'ship', 'image', 'auth', 'report'];

interface MeshEdge {
  readonly source: number;
  readonly destination: number;
  readonly protocol: string;
  readonly port: number;
  readonly latency: number;
  readonly failing: number;
}

/** Numbers 0..1 that are the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** So many services in namespaces, most calls within them and to a few that everybody asks. */
export class Mesh {
  readonly edges: readonly MeshEdge[];
  readonly #services: number;
  readonly #namespaces: number;
  readonly #random = seeded(7);
  readonly #connection: ServerConnection;
  #sequence = Date.now() * 1000;

  constructor(socket: string, services: number, edges: number) {
    this.#connection = new ServerConnection({ kind: 'unix', path: socket });
    this.#services = services;
    this.#namespaces = Math.max(Math.round(services / 50), 1);
    const made = new Map<string, MeshEdge>();
    const random = this.#random;
    for (let number = 0; made.size < edges; number++) {
      // Everybody is there: the first edges are one for each service.
      const source = number < services ? number : Math.floor(random() * services);
      const away = random();
      const destination =
        away < 0.6
          ? this.#within(source)
          : away < 0.9
            ? Math.floor(random() * services)
            : Math.floor(random() * 12) * this.#namespaces;
      if (destination === source) continue;
      const protocol = protocols[destination % protocols.length];
      made.set(`${source} ${destination}`, {
        source,
        destination,
        protocol,
        port: 1000 + (destination % 50),
        latency: 10 ** (5.5 + random() * 2.5),
        failing: random() < 0.03 ? 0.05 : 0,
      });
    }
    this.edges = [...made.values()];
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }

  /** Tells who there is. */
  async tellNames(): Promise<void> {
    const now = BigInt(Date.now()) * 1_000_000n;
    const rows = Array.from({ length: this.#services }, (_, i) => ({
      id: idOf(i),
      kind: 'workload',
      name: `${words[i % words.length]}-${words[(i * 7) % words.length]}-${i}`,
      namespace: `team-${String(i % this.#namespaces).padStart(2, '0')}`,
      first_seen: now - 86_400_000_000_000n,
      last_seen: now,
    }));
    for (let at = 0; at < rows.length; at += 5000) await this.#give('entities', rows.slice(at, at + 5000));
  }

  /** Tells of one request on each of these edges. @param time epoch milliseconds */
  async tellRequests(edges: readonly MeshEdge[], time = Date.now()): Promise<void> {
    const random = this.#random;
    const rows = edges.map((edge, i) => {
      const latency = Math.round(edge.latency * (0.6 + random()));
      const outcome = random() < edge.failing ? 'server_error' : 'ok';
      return {
        time: BigInt(time) * 1_000_000n,
        ...endsOf(edge),
        protocol: edge.protocol,
        method: 'GET',
        target: '/',
        outcome,
        code: outcome === 'ok' ? 200 : 500,
        latency_ns: latency,
        received_ns: 0,
        waited_ns: Math.round(latency / 20),
        sent_ns: 0,
        request_bytes: 300,
        response_bytes: 4000,
        flags: 64,
        connection: 1 + i,
        agent,
      };
    });
    for (let at = 0; at < rows.length; at += 10_000) await this.#give('requests', rows.slice(at, at + 10_000));
  }

  /** Tells what the connections of these edges carried. */
  async tellFlows(edges: readonly MeshEdge[], time = Date.now()): Promise<void> {
    const rows = edges.map((edge, i) => ({
      time: BigInt(time) * 1_000_000n,
      duration_ns: 10_000_000_000,
      ...endsOf(edge),
      protocol: edge.protocol,
      connection: 1 + i,
      connection_start: BigInt(time) * 1_000_000n,
      opened: true,
      state: 'established',
      connect_ns: 50_000,
      source_bytes: 3000,
      destination_bytes: 40_000,
      source_segments: 20,
      destination_segments: 40,
      rtt_ns: 100_000,
      rtt_min_ns: 90_000,
      agent,
    }));
    for (let at = 0; at < rows.length; at += 10_000) await this.#give('flows', rows.slice(at, at + 10_000));
  }

  #within(source: number): number {
    const steps = Math.floor(this.#services / this.#namespaces);
    return (source % this.#namespaces) + Math.floor(this.#random() * steps) * this.#namespaces;
  }

  async #give(table: TableName, rows: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
    const builder = new BlockBuilder(tables[table] as (typeof tables)['requests']);
    for (const row of rows) builder.append(row);
    const answer = await this.#connection.send({
      agent,
      sequence: this.#sequence++,
      table,
      rows: rows.length,
      bytes: builder.encode().slice(),
    });
    if (answer.kind !== 'stored') throw new Error(`the server did not take ${table}: ${answer.why}`);
  }
}

function endsOf(edge: MeshEdge) {
  return {
    source: idOf(edge.source),
    destination: idOf(edge.destination),
    source_instance: idOf(edge.source),
    destination_instance: idOf(edge.destination),
    side: 'both',
    counted: true,
    transport: 'tcp',
    source_ip: '10.0.0.1',
    source_port: 40_000,
    destination_ip: '10.0.0.2',
    destination_port: edge.port,
  };
}

function idOf(number: number): string {
  return ((BigInt(number + 1) * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn).toString(16).padStart(16, '0');
}
