import { column, id, u32 } from './column.ts';
import { defineTable } from './table.ts';

/** The number by which `request_traces` knows a trace id. @param expression FixedString(16) */
export function traceHash(expression: string): string {
  return `toUInt32(cityHash64(${expression}))`;
}

/**
 * Where to look for a trace: filled from `requests` as its blocks come in. An index within `requests` would take as much room
 * as the ids themselves, or be read as a whole for each question.
 */
export const request_traces = defineTable({
  name: 'request_traces',
  doc: 'In which minutes and at whom requests of a trace arrived.',
  columns: {
    trace: column(u32, 'Hash of the trace id: several traces may share it.', { codec: 'Delta(4), ZSTD(1)' }),
    minute: column(u32, 'Minutes since the epoch.', { codec: 'T64, ZSTD(1)' }),
    destination: column(id, 'Entity that was asked.'),
  },
  orderBy: ['trace', 'minute', 'destination'],
  partitionSeconds: 86_400,
  retention: { by: "toDateTime64(minute * 60, 0, 'UTC')", days: 14, as: 'requests' },
  settings: { index_granularity: 1024 },
  shardBy: 'destination',
});

/** How its rows are made from those of `requests`. */
export const requestTraces = [
  `SELECT ${traceHash('trace_id')} AS trace, toUInt32(intDiv(toUnixTimestamp(time), 60)) AS minute, destination`,
  "FROM {requests} WHERE trace_id != toFixedString('', 16) GROUP BY trace, minute, destination",
].join('\n');
