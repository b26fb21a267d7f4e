import type { CaptureClock } from '../../base/units.ts';
import { NEVER, toEpoch } from '../../base/units.ts';
import type { Connection } from '../../model/connection.ts';
import { seenAt } from '../../model/judgement.ts';
import type { Names } from '../../model/names.ts';
import type { RequestFields } from '../../model/request.ts';
import { tables } from '../../model/tables/index.ts';
import { BlockBuilder } from '../block/block-builder.ts';
import type { AgentPlace, EntityBook } from './entity-book.ts';

const never = -1;

/** Requests as they are handed to sinks, into blocks of `requests`. Nothing is allocated per request. */
export class RequestRows {
  readonly #block = new BlockBuilder(tables.requests);
  readonly #place: AgentPlace;
  readonly #names: Names;
  readonly #book: EntityBook;
  readonly #clock: CaptureClock;
  #time = 0 as RequestFields['start'];
  readonly #now = () => toEpoch(this.#clock, this.#time);

  constructor(place: AgentPlace, clock: CaptureClock, names: Names, book: EntityBook) {
    this.#place = place;
    this.#clock = clock;
    this.#names = names;
    this.#book = book;
    this.#block.columns.time.origin = clock.origin;
  }

  get rows(): number {
    return this.#block.rows;
  }

  append(r: Readonly<RequestFields>, connection: Readonly<Connection>): void {
    const c = this.#block.columns;
    const { client, server } = connection;
    this.#time = r.start;
    const source = this.#book.idsOf(this.#names.nameOf(client), this.#now);
    const destination = this.#book.idsOf(this.#names.nameOf(server), this.#now);
    const answered = r.responseStart !== NEVER && r.end !== NEVER;
    c.time.appendCapture(r.start);
    c.source.appendId(source.entity);
    c.destination.appendId(destination.entity);
    c.source_instance.appendId(source.instance);
    c.destination_instance.appendId(destination.instance);
    c.side.append(seenAt(connection));
    c.counted.append(true);
    c.protocol.append(r.protocol);
    c.method.append(r.method);
    c.target.append(r.target);
    c.resource.append(r.resource === r.target ? '' : r.resource);
    c.authority.append(r.authority);
    c.outcome.appendNumber(r.outcome);
    c.code.append(r.code);
    c.code_text.append(r.codeText);
    c.latency_ns.append(r.end === NEVER ? never : between(r.start, r.end));
    c.received_ns.append(r.requestEnd === NEVER ? never : between(r.start, r.requestEnd));
    c.waited_ns.append(r.readAt === NEVER || r.requestEnd === NEVER ? never : between(r.requestEnd, r.readAt));
    c.sent_ns.append(answered ? between(r.responseStart, r.end) : never);
    c.request_bytes.append(r.requestBytes);
    c.response_bytes.append(r.responseBytes);
    c.flags.append(r.flags);
    c.request_messages.append(r.requestMessages);
    c.response_messages.append(r.responseMessages);
    c.connection.append(connection.id);
    c.transport.append(connection.transport);
    c.source_ip.append(client.ip);
    c.source_port.append(client.port);
    c.source_pid.append(client.pid);
    c.source_tid.append(client.tid);
    c.source_netns.append(client.netns);
    c.destination_ip.append(server.ip);
    c.destination_port.append(server.port);
    c.destination_pid.append(server.pid);
    c.destination_tid.append(server.tid);
    c.destination_netns.append(server.netns);
    c.trace_id.appendHex(r.traceId);
    c.parent_span_id.appendHex(r.parentSpanId);
    c.correlation_id.append(r.correlationId);
    c.user_agent.append(r.userAgent);
    c.content_type.append(r.contentType);
    if (r.attributes.length === 0) c.attributes.appendDefault();
    else c.attributes.appendFlat(r.attributes);
    c.cluster.append(this.#place.cluster);
    c.host.append(this.#place.host);
    c.agent.appendId(this.#place.agent);
    this.#block.endRow();
  }

  /**
   * The block with its number, and an empty one to go on with.
   *
   * @returns a view that is valid until the next call
   */
  encode(sequence: number): Uint8Array {
    const { columns } = this.#block;
    for (let row = 0; row < this.#block.rows; row++) columns.block.append(sequence);
    const bytes = this.#block.encode();
    this.#block.clear();
    return bytes;
  }
}

/** Whole nanoseconds from one moment to a later one, 0 where it is not later. */
function between(from: number, to: number): number {
  return to <= from ? 0 : Math.round(to - from);
}
