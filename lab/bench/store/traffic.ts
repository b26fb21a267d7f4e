/**
 * Traffic as it is in a cluster of some hundred services: many edges of very different rates, keep-alive connections and
 * short ones, HTTP with ids in its paths, SQL, Redis, DNS, gRPC, Kafka, some requests with trace context, errors, both sides
 * seen where both hosts have an agent. Made from a seed, so that every run has the same.
 */
import { type CaptureTime, NEVER } from '../../../src/base/units.ts';
import type { Connection, Endpoint } from '../../../src/model/connection.ts';
import { addressOnly, type EndpointName, type Names } from '../../../src/model/names.ts';
import { newRequestFields, Outcome, type RequestFields, RequestFlag } from '../../../src/model/request.ts';

/** How much there is of it. */
export interface TrafficShape {
  readonly services: number;
  readonly hosts: number;
  readonly edges: number;
  /** Requests made ready beforehand; they come again with other times. */
  readonly pool: number;
}

export const clusterShape: TrafficShape = { services: 200, hosts: 20, edges: 1000, pool: 400_000 };

/** A generator of numbers that is the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

interface Operation {
  readonly method: string;
  readonly target: string;
  /** How a path or statement with its values comes from the template: its `#` becomes a number, its `@` a UUID. */
  readonly raw: string;
  readonly weight: number;
  /** Logarithm of the median of work in ns, and its spread. */
  readonly work: number;
  readonly spread: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly contentType: string;
}

interface Pod {
  readonly host: number;
  readonly ip: string;
  readonly pid: number;
  readonly name: EndpointName;
}

interface Edge {
  readonly from: readonly Pod[];
  readonly to: readonly Pod[];
  readonly protocol: string;
  readonly port: number;
  /** Draws one of its operations. */
  readonly operation: () => Operation;
  readonly weight: number;
  readonly errorRate: number;
  readonly traced: number;
  readonly short: number;
  readonly userAgent: string;
  readonly authority: string;
  readonly tls: boolean;
  readonly connections: PooledConnection[];
}

interface PooledConnection {
  readonly id: number;
  readonly from: Pod;
  readonly to: Pod;
  readonly port: number;
}

/** Requests that are ready to be told, as columns: filling one in costs little beside encoding it. */
export interface Traffic {
  readonly names: Names;
  /** Hosts, each with an agent. */
  readonly hosts: number;
  readonly size: number;
  /** Fills the one reused request and connection from the pool. */
  fill(index: number, start: number): { readonly request: RequestFields; readonly connection: Connection };
  /** Which pool entries the agent of a host sees. */
  seenBy(host: number): Uint32Array;
}

/** Makes traffic ready. */
export function makeTraffic(shape: TrafficShape = clusterShape, seed = 1): Traffic {
  const random = randomFrom(seed);
  const names = new Map<string, EndpointName>();
  const pods = Array.from({ length: shape.services }, (_, i) => makePods(i, shape, random, names));
  const external = Array.from({ length: 20 }, (_, i) => makeExternal(i, names));
  const edges = Array.from({ length: shape.edges }, (_, i) => makeEdge(i, pods, external, random));
  return new Pool(shape, edges, random, names);
}

const stack = ['go', 'node', 'python', 'java', 'rust'];

function makePods(service: number, shape: TrafficShape, random: () => number, names: Map<string, EndpointName>): Pod[] {
  const workload = `${['cart', 'checkout', 'search', 'users', 'orders', 'billing', 'stock', 'mail'][service % 8]}-${service}`;
  const replicas = 1 + Math.floor(random() ** 2 * 8);
  return Array.from({ length: replicas }, (_, replica) => {
    const host = Math.floor(random() * shape.hosts);
    const ip = `10.${42 + host}.${service % 250}.${10 + replica}`;
    const pod = `${workload}-${Math.floor(random() * 36 ** 9).toString(36)}`;
    const name: EndpointName = {
      ...addressOnly(ip, 'private'),
      name: workload,
      kind: 'workload',
      workload,
      process: stack[service % stack.length],
      executable: `/app/${workload}`,
      command: `/app/${workload} --serve`,
      user: 'app',
      container: workload,
      containerId: pod,
      containerRuntime: 'containerd',
      pod,
      namespace: ['shop', 'platform', 'data'][service % 3],
    };
    names.set(ip, name);
    return { host, ip, pid: 1000 + Math.floor(random() * 60_000), name };
  });
}

function makeExternal(index: number, names: Map<string, EndpointName>): Pod[] {
  const domain = `api${index}.partner.example`;
  const ip = `203.0.113.${index + 1}`;
  const name: EndpointName = { ...addressOnly(ip, 'public'), name: domain, kind: 'domain', domain };
  names.set(ip, name);
  return [{ host: -1, ip, pid: 0, name }];
}

const protocols: readonly (readonly [protocol: string, port: number, share: number])[] = [
  ['http', 8080, 0.46],
  ['postgresql', 5432, 0.14],
  ['redis', 6379, 0.2],
  ['dns', 53, 0.11],
  ['grpc', 50051, 0.06],
  ['kafka', 9092, 0.03],
];

function protocolAt(draw: number): (typeof protocols)[number] {
  let rest = draw;
  for (const one of protocols) {
    rest -= one[2];
    if (rest < 0) return one;
  }
  return protocols[0];
}

function makeEdge(index: number, pods: readonly Pod[][], external: readonly Pod[][], random: () => number): Edge {
  const [protocol, port] = protocolAt(random());
  const from = pods[Math.floor(random() * pods.length)];
  const outside = protocol === 'http' && random() < 0.05;
  const to = outside ? external[Math.floor(random() * external.length)] : pods[Math.floor(random() * pods.length)];
  const count = protocol === 'http' ? 3 + Math.floor(random() * 15) : 2 + Math.floor(random() * 8);
  const edge: Edge = {
    from,
    to,
    protocol,
    port: outside ? 443 : port,
    operation: weighted(
      Array.from({ length: count }, (_, i) => makeOperation(protocol, i, index, random)),
      random,
    ),
    weight: 1 / (1 + index) ** 0.9,
    errorRate: random() < 0.1 ? 0.05 : 0.002,
    traced: protocol === 'http' || protocol === 'grpc' ? (random() < 0.35 ? 1 : 0) : 0,
    short: protocol === 'dns' ? 1 : random() < 0.15 ? 1 : 0,
    userAgent:
      protocol === 'http'
        ? ['Go-http-client/1.1', 'node-fetch/3', 'python-requests/2.31', 'okhttp/4.12'][index % 4]
        : '',
    authority: protocol === 'http' || protocol === 'grpc' ? to[0].name.name : protocol === 'postgresql' ? 'shop' : '',
    tls: outside,
    connections: [],
  };
  let id = index * 1000 + 1;
  for (const a of from) {
    for (const b of to) {
      const many = 1 + Math.floor(random() * 6);
      for (let i = 0; i < many; i++) {
        edge.connections.push({ id: id++, from: a, to: b, port: 32768 + Math.floor(random() * 28_000) });
      }
    }
  }
  return edge;
}

const nouns = ['orders', 'users', 'carts', 'items', 'invoices', 'sessions', 'stock', 'prices'];

function makeOperation(protocol: string, i: number, edge: number, random: () => number): Operation {
  const noun = nouns[(i + edge) % nouns.length];
  const base = {
    weight: 1 / (1 + i),
    spread: 0.3 + random() * 0.6,
    requestBytes: 80 + Math.floor(random() * 900),
    responseBytes: 120 + Math.floor(random() ** 3 * 40_000),
    contentType: '',
  };
  switch (protocol) {
    case 'http': {
      const kind = random();
      const template =
        kind < 0.45 ? `/api/v1/${noun}/{id}` : kind < 0.5 ? `/api/v1/${noun}/{uuid}` : `/api/v1/${noun}/list${i}`;
      const raw = template.replace('{id}', '#').replace('{uuid}', '@');
      const method = random() < 0.75 ? 'GET' : 'POST';
      return {
        ...base,
        method,
        target: template,
        raw,
        work: Math.log(3e6) + random() * 2.5,
        contentType: 'application/json',
      };
    }
    case 'postgresql': {
      const method = random() < 0.7 ? 'SELECT' : 'UPDATE';
      const raw = `${method} id, name, price FROM ${noun} WHERE id = ? AND kind${i} = ? LIMIT ?`;
      return { ...base, method, target: noun, raw, work: Math.log(6e5) + random() * 2 };
    }
    case 'redis': {
      const method = ['GET', 'SET', 'HGETALL', 'EXPIRE'][i % 4];
      return {
        ...base,
        method,
        target: `${noun}:{id}`,
        raw: `${noun}:#`,
        work: Math.log(1.2e5) + random(),
        responseBytes: 60,
      };
    }
    case 'dns':
      return {
        ...base,
        method: i % 2 === 0 ? 'A' : 'AAAA',
        target: `${noun}.shop.svc.cluster.local`,
        raw: '',
        work: Math.log(3e5),
        requestBytes: 50,
        responseBytes: 98,
      };
    case 'grpc':
      return { ...base, method: 'POST', target: `/shop.${noun}/Get${i}`, raw: '', work: Math.log(2e6) + random() };
    default:
      return {
        ...base,
        method: i % 2 === 0 ? 'produce' : 'fetch',
        target: `${noun}-events`,
        raw: '',
        work: Math.log(2e6),
      };
  }
}

/** Standard normal numbers, drawn once. */
function normals(random: () => number): Float32Array {
  return Float32Array.from(
    { length: 8192 },
    () => Math.sqrt(-2 * Math.log(random() || 1e-9)) * Math.cos(2 * Math.PI * random()),
  );
}

class Pool implements Traffic {
  readonly names: Names;
  readonly hosts: number;
  readonly size: number;
  readonly #request = newRequestFields();
  readonly #connections: Connection[] = [];
  readonly #connectionOf: Uint32Array;
  readonly #operationOf: Operation[] = [];
  readonly #edgeOf: Edge[] = [];
  readonly #times: Float64Array;
  readonly #sizes: Float64Array;
  readonly #outcomes: Uint8Array;
  readonly #resources: string[] = [];
  readonly #traces: string[] = [];
  readonly #spans: string[] = [];
  readonly #seen: Uint32Array[];

  constructor(
    shape: TrafficShape,
    edges: readonly Edge[],
    random: () => number,
    names: ReadonlyMap<string, EndpointName>,
  ) {
    const nobody = addressOnly('0.0.0.0', 'unspecified');
    this.names = { nameOf: (end) => names.get(end.ip) ?? nobody };
    this.hosts = shape.hosts;
    this.size = shape.pool;
    this.#connectionOf = new Uint32Array(shape.pool);
    this.#times = new Float64Array(shape.pool * 5);
    this.#sizes = new Float64Array(shape.pool * 2);
    this.#outcomes = new Uint8Array(shape.pool);
    const bell = normals(random);
    const normal = () => bell[Math.floor(random() * bell.length)];
    const pick = weighted(edges, random);
    const seen: number[][] = Array.from({ length: shape.hosts }, () => []);
    const index = new Map<PooledConnection | Edge, number>();
    for (let i = 0; i < shape.pool; i++) {
      const edge = pick();
      const operation = edge.operation();
      const pooled = edge.connections[Math.floor(random() * edge.connections.length)];
      this.#edgeOf.push(edge);
      this.#operationOf.push(operation);
      // One record stands for both ends where they are on one host; else each host's agent has one.
      this.#connectionOf[i] = this.#connectionFor(edge, pooled, random, index);
      this.#fillTimes(i, operation, edge, random, normal);
      this.#outcomes[i] =
        random() < edge.errorRate
          ? random() < 0.6
            ? Outcome.serverError
            : random() < 0.7
              ? Outcome.clientError
              : Outcome.timeout
          : Outcome.ok;
      const { raw } = operation;
      this.#resources.push(
        raw.includes('#')
          ? raw.replace('#', String(Math.floor(random() * 1e6)))
          : raw.includes('@')
            ? raw.replace('@', uuid(random))
            : raw,
      );
      const traced = edge.traced > 0;
      this.#traces.push(traced ? hex(random, 32) : '');
      this.#spans.push(traced ? hex(random, 16) : '');
      if (pooled.to.host >= 0) seen[pooled.to.host].push(i * 2 + 1);
      if (pooled.from.host !== pooled.to.host) seen[pooled.from.host].push(i * 2);
    }
    this.#seen = seen.map((list) => Uint32Array.from(list));
  }

  seenBy(host: number): Uint32Array {
    return this.#seen[host];
  }

  fill(index: number, start: number): { request: RequestFields; connection: Connection } {
    const i = index >>> 1;
    const atServer = (index & 1) === 1;
    const r = this.#request;
    const edge = this.#edgeOf[i];
    const operation = this.#operationOf[i];
    const connection = this.#connections[this.#connectionOf[i]];
    const { client, server } = connection;
    const onOneHost = edge.to[0].host >= 0 && hostOf(client.ip) === hostOf(server.ip);
    client.local = !atServer || onOneHost;
    server.local = atServer;
    const t = this.#times;
    // The client sees the way to and fro besides.
    const way = atServer ? 0 : t[i * 5];
    r.protocol = edge.protocol;
    r.method = operation.method;
    r.target = operation.target;
    r.resource = this.#resources[i];
    r.authority = edge.authority;
    r.outcome = this.#outcomes[i] as Outcome;
    r.code = codeOf(edge.protocol, r.outcome);
    r.codeText = edge.protocol === 'dns' ? 'NOERROR' : '';
    r.requestBytes = this.#sizes[i * 2];
    r.responseBytes = this.#sizes[i * 2 + 1];
    r.start = start as CaptureTime;
    r.requestEnd = (start + t[i * 5 + 1]) as CaptureTime;
    r.readAt = (atServer ? start + t[i * 5 + 1] + t[i * 5 + 2] : NEVER) as CaptureTime;
    if (r.outcome === Outcome.timeout) {
      r.responseStart = r.end = NEVER;
    } else {
      r.responseStart = (start + t[i * 5 + 1] + t[i * 5 + 2] + t[i * 5 + 3] + way) as CaptureTime;
      r.end = (r.responseStart + t[i * 5 + 4]) as CaptureTime;
    }
    r.flags = (edge.tls ? RequestFlag.tls : 0) | (onOneHost ? RequestFlag.bothSides : 0);
    r.traceId = this.#traces[i];
    r.parentSpanId = this.#spans[i];
    r.userAgent = edge.userAgent;
    r.contentType = operation.contentType;
    return { request: r, connection };
  }

  #fillTimes(i: number, operation: Operation, edge: Edge, random: () => number, normal: () => number): void {
    const t = this.#times;
    const small = operation.requestBytes < 1400;
    t[i * 5] = Math.round(Math.exp(Math.log(2.5e5) + 0.3 * normal()));
    t[i * 5 + 1] = small ? 0 : Math.round(Math.exp(Math.log(3e4) + 0.5 * normal()));
    t[i * 5 + 2] = Math.round(Math.exp(Math.log(2.5e4) + 0.7 * normal()));
    t[i * 5 + 3] = Math.round(Math.exp(operation.work + operation.spread * normal()));
    const responseBytes = Math.round(operation.responseBytes * Math.exp(0.15 * normal() * (random() < 0.6 ? 0 : 1)));
    t[i * 5 + 4] = responseBytes < 1400 ? 0 : Math.round(responseBytes * 0.8 * (1 + 0.2 * Math.abs(normal())));
    this.#sizes[i * 2] = operation.requestBytes + (edge.protocol === 'http' ? Math.floor(random() * 12) : 0);
    this.#sizes[i * 2 + 1] = responseBytes;
  }

  #connectionFor(
    edge: Edge,
    pooled: PooledConnection,
    random: () => number,
    index: Map<PooledConnection | Edge, number>,
  ): number {
    const known = edge.short === 0 ? index.get(pooled) : undefined;
    if (known !== undefined) return known;
    const port = edge.short === 0 ? pooled.port : 32768 + Math.floor(random() * 28_000);
    const id = edge.short === 0 ? pooled.id : 10_000_000 + this.#connections.length;
    const at = this.#connections.length;
    this.#connections.push(makeConnection(id, edge, pooled, port));
    index.set(pooled, at);
    return at;
  }
}

function makeConnection(id: number, edge: Edge, pooled: PooledConnection, port: number): Connection {
  const start = 1 as CaptureTime;
  return {
    id,
    transport: edge.protocol === 'dns' ? 'udp' : 'tcp',
    client: endpoint(pooled.from, port),
    server: endpoint(pooled.to, edge.port),
    beginningSeen: true,
    start,
    established: start,
    ended: NEVER,
    end: 'open',
    errno: 0,
    protocol: edge.protocol,
    counters: {
      clientBytes: 0,
      serverBytes: 0,
      clientSegments: 0,
      serverSegments: 0,
      clientRetransmits: 0,
      serverRetransmits: 0,
      outOfOrder: 0,
      zeroWindow: 0,
      rttSmoothed: 120_000,
      rttMin: 80_000,
      sendQueue: 0,
      receiveQueue: 0,
    },
  };
}

function endpoint(pod: Pod, port: number): Endpoint {
  const known = pod.host >= 0;
  return {
    ip: pod.ip,
    port,
    pid: pod.pid,
    tid: 0,
    comm: pod.name.process,
    netns: known ? 4_026_531_840 + pod.pid : 0,
    cgroup: 0,
    local: known,
  };
}

function hostOf(ip: string): string {
  return ip.slice(0, ip.indexOf('.', 3));
}

function codeOf(protocol: string, outcome: Outcome): number {
  if (protocol !== 'http') return outcome === Outcome.ok ? 0 : 1;
  return outcome === Outcome.ok
    ? 200
    : outcome === Outcome.clientError
      ? 404
      : outcome === Outcome.serverError
        ? 500
        : -1;
}

function weighted<T extends { readonly weight: number }>(list: readonly T[], random: () => number): () => T {
  const sums: number[] = [];
  let total = 0;
  for (const one of list) {
    total += one.weight;
    sums.push(total);
  }
  return () => {
    const draw = random() * total;
    let low = 0;
    let high = sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] < draw) low = middle + 1;
      else high = middle;
    }
    return list[low];
  };
}

function hex(random: () => number, digits: number): string {
  let text = '';
  while (text.length < digits)
    text += Math.floor(random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  return text;
}

function uuid(random: () => number): string {
  const digits = hex(random, 32);
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
}
