import { choice, column, hex8, hex16, id, label, labels, n64, s64, text } from './column.ts';
import { originColumns, smallNumberCodec, startColumn } from './shared-columns.ts';
import { defineTable } from './table.ts';

/** How a span came to have its parent. */
export const spanLinks = ['root', 'context', 'thread', 'connection', 'sequence', 'time', 'sdk'] as const;

/** Requests that were linked into traces, and spans that others told us. Few: a request alone stays in `requests`. */
export const spans = defineTable({
  name: 'spans',
  doc: 'One step of a trace.',
  columns: {
    time: startColumn('When it began.'),
    trace_id: column(hex16, 'Trace, 32 hex digits in rows.'),
    span_id: column(hex8, 'This step, 16 hex digits in rows.'),
    parent_span_id: column(hex8, "The step that caused it; '' for the first."),
    duration_ns: column(s64, 'How long it took, -1 where it did not end.', { unit: 'ns', codec: smallNumberCodec }),
    name: column(label, 'What was done.'),
    kind: column(choice(['internal', 'client', 'server', 'producer', 'consumer']), "OpenTelemetry's span kind."),
    entity: column(id, 'Who did it.'),
    instance: column(id, 'The very pod or process that did it.'),
    peer: column(id, 'The other end, 0 where there is none.'),
    protocol: column(label, 'Application protocol.'),
    outcome: column(choice(['unset', 'ok', 'client_error', 'server_error', 'timeout', 'aborted']), 'How it ended.'),
    code: column(label, "The protocol's code as text."),
    link: column(choice(spanLinks), 'How its parent is known.'),
    confidence: column(n64, 'How sure that is, in percent.', { unit: '%', codec: smallNumberCodec }),
    connection: column(n64, "The agent's number of the connection; with agent and time it finds the request."),
    attributes: column(labels, 'OpenTelemetry attributes.'),
    resource: column(text, 'Path or statement with its values, redacted.', { codec: 'ZSTD(3)' }),
    ...originColumns,
  },
  orderBy: ['toStartOfTenMinutes(time)', 'trace_id', 'time'],
  primaryKeyLength: 2,
  partitionSeconds: 14_400,
  retention: { by: 'time', days: 14 },
  indexes: [{ name: 'by_trace', expression: 'trace_id', type: 'bloom_filter(0.001)', granularity: 4 }],
  ingested: true,
  shardBy: 'trace_id',
});
