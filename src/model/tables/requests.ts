import { outcomeNames } from '../request.ts';
import { choice, column, hex8, hex16, i32, label, labels, n64, s64, text, u16, u32 } from './column.ts';
import {
  endpointColumns,
  entityColumns,
  originColumns,
  sideColumns,
  smallNumberCodec,
  startColumn,
  transports,
} from './shared-columns.ts';
import { defineTable } from './table.ts';

const duration = (doc: string) => column(s64, doc, { unit: 'ns', codec: smallNumberCodec, absent: '-1' });

/** L7 requests with their responses. Follows `RequestFields` and docs/records.md; moments other than the first are durations. */
export const requests = defineTable({
  name: 'requests',
  doc: 'One L7 request with its response, as one side saw it.',
  columns: {
    time: startColumn('When the first byte of the request passed.'),
    ...entityColumns,
    ...sideColumns,
    protocol: column(label, "Application protocol: 'http', 'dns', 'postgresql'."),
    method: column(label, "The verb: 'GET', 'SELECT', 'HGETALL'."),
    target: column(label, 'What it acts on, normalised: route template, table, topic, domain.'),
    resource: column(text, "The target with its values, redacted; '' where it equals `target` or was not kept.", {
      codec: 'ZSTD(3)',
    }),
    authority: column(label, 'Whom it addresses: Host header, database, virtual host, SNI.'),
    outcome: column(choice(outcomeNames), 'How it ended, whatever the protocol.'),
    code: column(i32, "The protocol's numeric code, -1 where there is none.", { absent: '-1' }),
    code_text: column(label, "The protocol's textual code: SQLSTATE, gRPC status, rcode."),
    latency_ns: duration('From the first byte of the request to the last of the response; -1 where there was none.'),
    received_ns: duration('From the first to the last byte of the request; -1 where its end was not seen.'),
    waited_ns: duration("From the request's last byte until the serving process read it; -1 where that was not seen."),
    sent_ns: duration('From the first to the last byte of the response; -1 where there was none.'),
    request_bytes: column(n64, 'Bytes of the request on the wire, above TCP or UDP.', {
      unit: 'By',
      codec: smallNumberCodec,
    }),
    response_bytes: column(n64, 'Bytes of the response on the wire, above TCP or UDP.', {
      unit: 'By',
      codec: smallNumberCodec,
    }),
    flags: column(
      u16,
      'Bits: 1 partial, 2 wait, 4 streaming, 8 tls, 16 one way, 32 retry, 64 both sides, 128 upgrade.',
    ),
    request_messages: column(u32, 'Messages of a streaming call that the client sent.', { unit: '1' }),
    response_messages: column(u32, 'Messages of a streaming call that the server sent.', { unit: '1' }),
    connection: column(n64, "The agent's number of the connection it went over.", { codec: 'ZSTD(1)' }),
    transport: column(choice(transports), 'Transport protocol.'),
    ...endpointColumns,
    trace_id: column(hex16, "Trace id that it carried, 32 hex digits in rows; '' where none."),
    parent_span_id: column(hex8, "Span id that it carried, 16 hex digits in rows; '' where none."),
    correlation_id: column(text, "Another id to follow it by (x-request-id); '' where none."),
    user_agent: column(label, "User agent or client library; '' where unknown."),
    sequence: column(
      u32,
      "Where it began in the client's TCP stream: the sequence number of the piece that brought its first byte, plus its number within it. The same at both ends; 0 where it is not known.",
      { unit: '1', codec: 'Delta(4), ZSTD(1)' },
    ),
    content_type: column(label, "Media type of the response; '' where unknown."),
    attributes: column(labels, 'Further attributes by OpenTelemetry name.'),
    ...originColumns,
  },
  aliases: {
    port: { clickhouse: 'UInt16', expression: 'destination_port', doc: "The server's port, named as in the roll-ups." },
    worked_ns: {
      clickhouse: 'Int64',
      expression:
        'if(least(latency_ns, received_ns, waited_ns, sent_ns) < 0, -1, greatest(0, latency_ns - received_ns - waited_ns - sent_ns))',
      doc: 'From the moment when the process had read the request to the first byte of its response, ns; -1 where not known.',
    },
    first_byte_ns: {
      clickhouse: 'Int64',
      expression: 'if(least(latency_ns, sent_ns) < 0, -1, latency_ns - sent_ns)',
      doc: 'From the first byte of the request to the first of the response, ns; -1 where there was none.',
    },
    operation: {
      clickhouse: 'String',
      expression: "if(method = '' OR target = '', concat(method, target), concat(method, ' ', target))",
      doc: "What was done: 'GET /orders/{id}'.",
    },
    error: {
      clickhouse: 'Bool',
      expression: "outcome NOT IN ('unset', 'ok')",
      doc: 'Whether something went wrong, on whichever side.',
    },
    failure: {
      clickhouse: 'Bool',
      expression: "outcome IN ('server_error', 'timeout', 'aborted')",
      doc: "Whether it failed and not by the asker's fault: what error rates count.",
    },
  },
  // The minute first: any span of time is a few ranges. Then the edge and the connection: what stands next to each other is
  // alike, so that most columns compress to nothing.
  orderBy: ['toStartOfMinute(time)', 'destination', 'source', 'protocol', 'side', 'connection', 'time'],
  primaryKeyLength: 4,
  partitionSeconds: 14_400,
  retention: { by: 'time', days: 14 },
  // Parts are merged less often, and never all into one: a merge costs as much as storing the rows did.
  settings: { merge_selector_base: 10, max_bytes_to_merge_at_max_space_in_pool: 2_000_000_000 },
  ingested: true,
  shardBy: 'destination',
});

/** Which rows count for latency: answered, and neither a wait on purpose nor a stream. */
export const latencyCounts = 'latency_ns >= 0 AND bitAnd(flags, 6) = 0';
