/**
 * Traffic as it is in a cluster of some hundred services: many edges of very different rates, keep-alive connections and
 * short ones, HTTP with ids in its paths, SQL, Redis, DNS, gRPC, Kafka, some requests with trace context, errors, both sides
 * seen where both hosts have an agent. Made from a seed, so that every run has the same.
 */

import type { EntityNames } from '../../../src/agent/types.ts';
import { type CaptureTime, NEVER } from '../../../src/base/units.ts';
import type { Connection, Endpoint } from '../../../src/model/connection.ts';
import { type EntityRef, entityId } from '../../../src/model/entity.ts';
import { addressOnly, type EndpointName } from '../../../src/model/names.ts';
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
  readonly names: EntityNames;
  /** Hosts, each with an agent. */
  readonly hosts: number;
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

/** One request as one side sees it: what {@link Traffic.fill} fills in. All of a host's stand together in memory. */
interface Sight {
  readonly edge: Edge;
  readonly operation: Operation;
  readonly connection: Connection;
  /** Number of the connection among those that stay open. */
  readonly stream: number;
  readonly atServer: boolean;
  readonly onOneHost: boolean;
  readonly outcome: Outcome;
  readonly resource: string;
  /** Without their first eight digits; '' where it carried none. */
  readonly traceId: string;
  readonly spanId: string;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Nanoseconds: on the way to and fro, sending the request, waiting, working, sending the response. */
  readonly way: number;
  readonly received: number;
  readonly waited: number;
  readonly worked: number;
  readonly sent: number;
}

class Pool implements Traffic {
  readonly names: EntityNames;
  readonly hosts: number;
  readonly #request = newRequestFields();
  readonly #sights: Sight[] = [];
  readonly #seen: Uint32Array[] = [];
  /** Where each connection's client is in its stream. */
  readonly #streams: Uint32Array;
  readonly #roundRandom = randomFrom(11);
  #filled = 0;
  #round = '';

  constructor(
    shape: TrafficShape,
    edges: readonly Edge[],
    random: () => number,
    names: ReadonlyMap<string, EndpointName>,
  ) {
    const nobody = addressOnly('0.0.0.0', 'unspecified');
    const refs = new Map([...names].map(([ip, name]) => [ip, refOf(name)]));
    const nobodyRef = refOf(nobody);
    this.names = { nameOf: (end) => names.get(end.ip) ?? nobody, name: (end) => refs.get(end.ip) ?? nobodyRef };
    this.hosts = shape.hosts;
    const bell = normals(random);
    const normal = () => bell[Math.floor(random() * bell.length)];
    const pick = weighted(edges, random);
    const byHost: Sight[][] = Array.from({ length: shape.hosts }, () => []);
    const connections = new Map<PooledConnection, Connection>();
    const streams = new Map<PooledConnection, number>();
    for (let i = 0; i < shape.pool; i++) {
      const edge = pick();
      const pooled = edge.connections[Math.floor(random() * edge.connections.length)];
      let connection = edge.short === 0 ? connections.get(pooled) : undefined;
      if (connection === undefined) {
        connection = connectionFor(edge, pooled, random, i);
        connections.set(pooled, connection);
      }
      const stream = streams.get(pooled) ?? streams.size;
      streams.set(pooled, stream);
      const sight = { ...makeSight(edge, edge.operation(), connection, pooled, random, normal), stream };
      // One record stands for both ends where they are on one host; else each host's agent has one.
      if (pooled.to.host >= 0) byHost[pooled.to.host].push(sight);
      if (pooled.from.host !== pooled.to.host) byHost[pooled.from.host].push({ ...sight, atServer: false });
    }
    this.#streams = Uint32Array.from({ length: streams.size }, () => random() * 2 ** 32);
    for (const sights of byHost) {
      const first = this.#sights.length;
      this.#sights.push(...sights);
      this.#seen.push(Uint32Array.from(sights, (_, i) => first + i));
    }
  }

  seenBy(host: number): Uint32Array {
    return this.#seen[host];
  }

  fill(index: number, start: number): { request: RequestFields; connection: Connection } {
    const sight = this.#sights[index];
    const r = this.#request;
    const { edge, operation, connection, outcome } = sight;
    connection.client.local = !sight.atServer || sight.onOneHost;
    connection.server.local = sight.atServer;
    r.protocol = edge.protocol;
    r.method = operation.method;
    r.target = operation.target;
    r.resource = sight.resource;
    r.authority = edge.authority;
    r.outcome = outcome;
    r.code = codeOf(edge.protocol, outcome);
    r.codeText = edge.protocol === 'dns' ? 'NOERROR' : '';
    r.requestBytes = sight.requestBytes;
    r.responseBytes = sight.responseBytes;
    r.start = start as CaptureTime;
    r.requestEnd = (start + sight.received) as CaptureTime;
    r.readAt = (sight.atServer ? r.requestEnd + sight.waited : NEVER) as CaptureTime;
    if (outcome === Outcome.timeout) {
      r.responseStart = r.end = NEVER;
    } else {
      // The client sees the way to and fro besides.
      const way = sight.atServer ? 0 : sight.way;
      r.responseStart = (r.requestEnd + sight.waited + sight.worked + way) as CaptureTime;
      r.end = (r.responseStart + sight.sent) as CaptureTime;
    }
    r.flags = (edge.tls ? RequestFlag.tls : 0) | (sight.onOneHost ? RequestFlag.bothSides : 0);
    // The pool comes again and again; traces do not.
    if (this.#filled++ % this.#sights.length === 0) this.#round = hex(this.#roundRandom, 8);
    r.traceId = sight.traceId === '' ? '' : this.#round + sight.traceId;
    r.parentSpanId = sight.traceId === '' ? '' : this.#round + sight.spanId;
    // Requests of a connection follow one another in its client's stream; a short one begins anywhere.
    if (connection.transport === 'udp') r.sequence = 0;
    else if (edge.short === 1) r.sequence = Math.imul(this.#filled, 0x9e3779b1) >>> 0;
    else r.sequence = this.#streams[sight.stream] += sight.requestBytes;
    r.userAgent = edge.userAgent;
    r.contentType = operation.contentType;
    return { request: r, connection };
  }
}

function makeSight(
  edge: Edge,
  operation: Operation,
  connection: Connection,
  pooled: PooledConnection,
  random: () => number,
  normal: () => number,
): Omit<Sight, 'stream'> {
  const small = operation.requestBytes < 1400;
  const responseBytes = Math.round(operation.responseBytes * Math.exp(0.15 * normal() * (random() < 0.6 ? 0 : 1)));
  const traced = edge.traced > 0;
  return {
    edge,
    operation,
    connection,
    atServer: true,
    onOneHost: pooled.to.host >= 0 && pooled.from.host === pooled.to.host,
    outcome: drawOutcome(edge.errorRate, random),
    resource: rawOf(operation.raw, random),
    traceId: traced ? hex(random, 24) : '',
    spanId: traced ? hex(random, 8) : '',
    requestBytes: operation.requestBytes + (edge.protocol === 'http' ? Math.floor(random() * 12) : 0),
    responseBytes,
    way: Math.round(Math.exp(Math.log(2.5e5) + 0.3 * normal())),
    received: small ? 0 : Math.round(Math.exp(Math.log(3e4) + 0.5 * normal())),
    waited: Math.round(Math.exp(Math.log(2.5e4) + 0.7 * normal())),
    worked: Math.round(Math.exp(operation.work + operation.spread * normal())),
    sent: responseBytes < 1400 ? 0 : Math.round(responseBytes * 0.8 * (1 + 0.2 * Math.abs(normal()))),
  };
}

function drawOutcome(errorRate: number, random: () => number): Outcome {
  if (random() >= errorRate) return Outcome.ok;
  if (random() < 0.6) return Outcome.serverError;
  return random() < 0.7 ? Outcome.clientError : Outcome.timeout;
}

function rawOf(raw: string, random: () => number): string {
  if (raw.includes('#')) return raw.replace('#', String(Math.floor(random() * 1e6)));
  return raw.includes('@') ? raw.replace('@', uuid(random)) : raw;
}

function connectionFor(edge: Edge, pooled: PooledConnection, random: () => number, index: number): Connection {
  if (edge.short === 0) return makeConnection(pooled.id, edge, pooled, pooled.port);
  return makeConnection(10_000_000 + index, edge, pooled, 32768 + Math.floor(random() * 28_000));
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

function refOf({ kind, namespace, name }: EndpointName): EntityRef {
  return { id: entityId('prod', kind, namespace, name), kind, cluster: 'prod', namespace, name };
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
