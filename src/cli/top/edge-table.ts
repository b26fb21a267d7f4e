import type { CaptureSink } from '../../capture/sink.ts';
import type { Connection, ConnectionChange } from '../../model/connection.ts';
import type { EventFields } from '../../model/event.ts';
import type { Predicate } from '../../model/filter/index.ts';
import { connectionVerdict } from '../../model/judgement.ts';
import type { EndpointName, Names } from '../../model/names.ts';
import type { RequestFields } from '../../model/request.ts';
import type { RecordCounts } from '../records/record-printer.ts';
import { Edge } from './edge.ts';

/** Most edges that are kept: beyond, new ones are counted and not shown. */
const mostEdges = 20_000;
/** Seconds after which an edge without connections is forgotten. */
const forgetAfter = 300;

/** What is remembered of an open connection. */
interface Known {
  edge: Edge | undefined;
  /** The names under which the edge was found: others mean another edge. */
  source: EndpointName | undefined;
  destination: EndpointName | undefined;
  protocol: string;
  /** Bytes of its requests; bytes of it that were added to edges, of requests or counters, whichever knew more. */
  requestBytes: number;
  addedBytes: number;
  /** Retransmits by events, and those that were added to edges, by events or counters. */
  eventRetransmits: number;
  addedRetransmits: number;
}

/** Sums up by edges what a capture finds and a filter passes. */
export class EdgeTable implements CaptureSink {
  readonly #names: Names;
  readonly #now: () => number;
  readonly #seconds: number;
  readonly #edges = new Map<string, Edge>();
  readonly #connections = new Map<number, Known>();
  readonly counts: RecordCounts = { requests: 0, connections: 0, events: 0, matched: 0 };
  #predicate: Predicate;
  /** Connections whose edge was not kept because there are too many. */
  edgesRefused = 0;

  /**
   * @param seconds length of the window that can be asked for
   * @param now the running second
   */
  constructor(names: Names, predicate: Predicate, seconds: number, now: () => number) {
    this.#names = names;
    this.#predicate = predicate;
    this.#seconds = seconds;
    this.#now = now;
  }

  /** Uses another filter from now on, and begins anew. */
  filter(predicate: Predicate): void {
    this.#predicate = predicate;
    this.#edges.clear();
    this.#connections.clear();
  }

  /** Every edge that is remembered. */
  edges(): Iterable<Edge> {
    this.#forget(this.#now());
    return this.#edges.values();
  }

  request(r: Readonly<RequestFields>, connection: Readonly<Connection>): void {
    this.counts.requests++;
    if (!this.#predicate.request(r, connection)) return;
    this.counts.matched++;
    const known = this.#known(connection);
    const edge = this.#edgeOf(known, connection, r.protocol);
    if (edge === undefined) return;
    const second = this.#now();
    edge.request(r, second);
    known.requestBytes += r.requestBytes + r.responseBytes;
    this.#addBytes(known, edge, known.requestBytes, second);
  }

  connection(connection: Readonly<Connection>, change: ConnectionChange): void {
    if (change === 'opened') this.counts.connections++;
    const known = this.#connections.get(connection.id);
    // Requests may pass a filter that their connection does not: then only they count.
    const passes = this.#predicate.connection(connection, change);
    if (known === undefined && !passes) return;
    if (passes && (change === 'updated' || change === 'closed')) {
      this.#count(known ?? this.#known(connection), connection, change);
    }
    if (change !== 'closed') return;
    const closed = this.#connections.get(connection.id);
    if (closed?.edge !== undefined) closed.edge.connections--;
    this.#connections.delete(connection.id);
  }

  event(event: Readonly<EventFields>): void {
    this.counts.events += event.count;
    if (event.kind !== 'retransmit' || event.connection === undefined) return;
    const known = this.#connections.get(event.connection.id);
    if (known?.edge === undefined) return;
    known.eventRetransmits += event.count;
    this.#addRetransmits(known, known.edge, known.eventRetransmits, this.#now());
  }

  #count(known: Known, connection: Readonly<Connection>, change: ConnectionChange): void {
    const { counters } = connection;
    const bytes = Math.max(0, counters.clientBytes) + Math.max(0, counters.serverBytes);
    const failed = change === 'closed' && connectionVerdict(connection.end) === 'failed';
    if (bytes === 0 && !failed && known.edge === undefined) return;
    const edge = this.#edgeOf(known, connection, connection.protocol || connection.transport);
    if (edge === undefined) return;
    const second = this.#now();
    this.#addBytes(known, edge, bytes, second);
    const retransmits = Math.max(0, counters.clientRetransmits) + Math.max(0, counters.serverRetransmits);
    this.#addRetransmits(known, edge, retransmits, second);
    if (failed) edge.failedConnection(second);
  }

  #addBytes(known: Known, edge: Edge, bytes: number, second: number): void {
    if (bytes <= known.addedBytes) return;
    edge.bytes(bytes - known.addedBytes, second);
    known.addedBytes = bytes;
  }

  #addRetransmits(known: Known, edge: Edge, segments: number, second: number): void {
    if (segments <= known.addedRetransmits) return;
    edge.retransmits(segments - known.addedRetransmits, second);
    known.addedRetransmits = segments;
  }

  #known(connection: Readonly<Connection>): Known {
    let known = this.#connections.get(connection.id);
    if (known === undefined) {
      known = {
        edge: undefined,
        source: undefined,
        destination: undefined,
        protocol: '',
        requestBytes: 0,
        addedBytes: 0,
        eventRetransmits: 0,
        addedRetransmits: 0,
      };
      this.#connections.set(connection.id, known);
    }
    return known;
  }

  /** The edge of a connection: looked up anew only where the name of an end or the protocol has changed. */
  #edgeOf(known: Known, connection: Readonly<Connection>, protocol: string): Edge | undefined {
    const source = this.#names.nameOf(connection.client);
    const destination = this.#names.nameOf(connection.server);
    if (known.source === source && known.destination === destination && known.protocol === protocol) return known.edge;
    known.source = source;
    known.destination = destination;
    known.protocol = protocol;
    const edge = this.#find(source, destination, connection.server.port, protocol);
    if (edge !== known.edge) {
      if (known.edge !== undefined) known.edge.connections--;
      if (edge !== undefined) edge.connections++;
      known.edge = edge;
    }
    return edge;
  }

  #find(source: EndpointName, destination: EndpointName, port: number, protocol: string): Edge | undefined {
    const id = `${source.kind}\0${source.name}\0${destination.kind}\0${destination.name}\0${port}\0${protocol}`;
    let edge = this.#edges.get(id);
    if (edge !== undefined) return edge;
    if (this.#edges.size >= mostEdges) {
      this.edgesRefused++;
      return undefined;
    }
    const key = {
      source: source.name,
      sourceKind: source.kind,
      destination: destination.name,
      destinationKind: destination.kind,
      port,
      protocol,
    };
    edge = new Edge(key, this.#seconds);
    this.#edges.set(id, edge);
    return edge;
  }

  #forget(second: number): void {
    for (const [id, edge] of this.#edges) {
      if (edge.connections <= 0 && edge.lastSecond < second - forgetAfter) this.#edges.delete(id);
    }
  }
}
