import type { Connection } from '../../model/connection.ts';
import { seenAt } from '../../model/judgement.ts';
import type { RequestFields } from '../../model/request.ts';
import { tables } from '../../model/tables/index.ts';
import { latencyOf, receivedOf, sentOf, waitedOf } from '../../model/timing.ts';
import { BlockBuilder } from '../../wire/block/block-builder.ts';
import type { EntityRows } from './entity-rows.ts';
import { appendEndpoints, appendEntities, type Origin } from './shared-rows.ts';
import { Targets } from './targets.ts';

/** Rows of `requests`: each request is appended to columns, and nothing is made of it besides. */
export class RequestRows {
  readonly block = new BlockBuilder(tables.requests);
  readonly #entities: EntityRows;
  readonly #origin: Origin;
  readonly #targets = new Targets();

  constructor(entities: EntityRows, origin: Origin) {
    this.#entities = entities;
    this.#origin = origin;
  }

  /** Requests whose target was one too many to be told by its name. */
  get foldedTargets(): number {
    return this.#targets.folded;
  }

  append(r: Readonly<RequestFields>, connection: Readonly<Connection>): void {
    const { columns } = this.block;
    const source = this.#entities.idsOf(connection.client);
    const destination = this.#entities.idsOf(connection.server);
    columns.time.appendCapture(r.start);
    appendEntities(columns, source, destination);
    columns.side.append(seenAt(connection));
    columns.counted.append(true);
    columns.protocol.append(r.protocol);
    columns.method.append(r.method);
    const target = this.#targets.of(r.target);
    columns.target.append(target);
    columns.resource.append(
      r.resource === target ? '' : r.resource === '' && target !== r.target ? r.target : r.resource,
    );
    columns.authority.append(r.authority);
    columns.outcome.appendNumber(r.outcome);
    columns.code.append(r.code);
    columns.code_text.append(r.codeText);
    columns.latency_ns.append(whole(latencyOf(r)));
    columns.received_ns.append(whole(receivedOf(r)));
    columns.waited_ns.append(whole(waitedOf(r)));
    columns.sent_ns.append(whole(sentOf(r)));
    columns.request_bytes.append(r.requestBytes);
    columns.response_bytes.append(r.responseBytes);
    columns.flags.append(r.flags);
    columns.request_messages.append(r.requestMessages);
    columns.response_messages.append(r.responseMessages);
    columns.connection.append(this.#origin.connectionBase + connection.id);
    columns.transport.append(connection.transport);
    appendEndpoints(columns, connection);
    columns.trace_id.appendHex(r.traceId);
    columns.parent_span_id.appendHex(r.parentSpanId);
    columns.correlation_id.append(r.correlationId);
    columns.sequence.append(r.sequence);
    columns.user_agent.append(r.userAgent);
    columns.content_type.append(r.contentType);
    if (r.attributes.length === 0) columns.attributes.appendDefault();
    else columns.attributes.appendFlat(r.attributes);
    this.block.endRow();
  }
}

/** Whole nanoseconds, -1 where there are none. */
function whole(nanos: number): number {
  return Number.isNaN(nanos) ? -1 : Math.round(nanos);
}
