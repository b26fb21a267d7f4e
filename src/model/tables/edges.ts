/**
 * Roll-ups of edges: what went over (source, destination, protocol, port) in each 10 seconds, minute, 10 minutes and hour.
 * One declaration, four tables: each is filled from the finer one as its blocks come in, so that all agree at any moment.
 */
import { bool, choice, column, histogram, id, label, n64, s64, time, u16 } from './column.ts';
import { latencyBucketSql } from './latency-buckets.ts';
import { latencyCounts } from './requests.ts';
import { sides } from './shared-columns.ts';
import { defineTable, type Table } from './table.ts';

const count = (doc: string) => column(n64, doc, { unit: '1', codec: 'T64, ZSTD(1)', merge: 'sum' });
const size = (doc: string) => column(n64, doc, { unit: 'By', codec: 'T64, ZSTD(1)', merge: 'sum' });
const nanos = (doc: string) => column(n64, doc, { unit: 'ns', codec: 'T64, ZSTD(1)', merge: 'sum' });

/** What makes an edge's row: within a bucket of time there is one row of each. */
export const edgeKey = {
  cluster: column(label, "The cluster's name."),
  source: column(id, 'Entity that asked or connected.'),
  destination: column(id, 'Entity that was asked.'),
  protocol: column(label, "Application protocol, '' where unknown."),
  port: column(u16, "The destination's port."),
  side: column(choice(sides), 'At which end it was seen. Both sides have rows of their own.'),
  counted: column(bool, "Whether it stands for what it tells in counts: false where the other end's row does."),
} as const;

/** What is measured of an edge. All of it adds up, over time and over edges. */
export const edgeMeasures = {
  requests: count('Requests.'),
  client_errors: count("Requests that failed by the asker's fault."),
  server_errors: count("Requests that failed by the answerer's fault."),
  timeouts: count('Requests without an answer in time.'),
  aborted: count('Requests whose connection ended before the answer was complete.'),
  waits: count('Requests that wait on purpose or stream: they are not in the latencies.'),
  request_bytes: size('Bytes of requests.'),
  response_bytes: size('Bytes of responses.'),
  latency_count: count('Requests in the latencies.'),
  latency_sum: nanos('Sum of their latencies.'),
  latency_max: column(n64, 'The longest of them.', { unit: 'ns', codec: 'T64, ZSTD(1)', merge: 'max' }),
  latency: column(histogram, 'Their latencies as a histogram: bucket → count.', { merge: 'histogram' }),
  received_sum: nanos('Sum of the times from first to last byte of the request.'),
  waited_count: count('Requests of which the time of reading was seen.'),
  waited_sum: nanos('Sum of the times they waited in the socket.'),
  worked_sum: nanos('Sum of the times the process worked on them.'),
  sent_sum: nanos('Sum of the times from first to last byte of the response, over those in the latencies.'),
  opened: count('Connections opened.'),
  ended: count('Connections ended.'),
  failed: count('Connections refused, timed out, unreachable or otherwise never established.'),
  resets: count('Connections ended by a reset.'),
  connect_count: count('Connections of which the time to establish is known.'),
  connect_sum: nanos('Sum of those times.'),
  source_bytes: size('Payload bytes that left the client.'),
  destination_bytes: size('Payload bytes that left the server.'),
  source_segments: count('Segments that left the client.'),
  destination_segments: count('Segments that left the server.'),
  source_retransmits: count('Segments that the client sent again.'),
  destination_retransmits: count('Segments that the server sent again.'),
  out_of_order: count('Segments that came out of order.'),
  zero_window: count('Times a zero window was announced.'),
  rtt_count: count('Rows of flows that knew a round-trip time.'),
  rtt_sum: nanos('Sum of those smoothed round-trip times.'),
  rtt_min: column(s64, 'The least round-trip time seen, the greatest Int64 where none was.', {
    unit: 'ns',
    codec: 'T64, ZSTD(1)',
    merge: 'min',
  }),
} as const;

export type EdgeMeasure = keyof typeof edgeMeasures;

/** Where no round-trip time is known. */
export const noRtt = '9223372036854775807';

/** How many seconds each roll-up's buckets are long, by the table's name, finest first. */
export const rollupSeconds = { edges_10s: 10, edges_1m: 60, edges_10m: 600, edges_1h: 3600 } as const;

export type RollupName = keyof typeof rollupSeconds;

const days = { edges_10s: 3, edges_1m: 30, edges_10m: 90, edges_1h: 400 } as const;
/** Rows of an edge lie together within these many seconds: long enough to read series fast, short enough for graphs. */
const togetherSeconds = { edges_10s: 60, edges_1m: 600, edges_10m: 3600, edges_1h: 21_600 } as const;
const partition = { edges_10s: 14_400, edges_1m: 86_400, edges_10m: 2_592_000, edges_1h: 2_592_000 } as const;

function rollup(name: RollupName) {
  const seconds = rollupSeconds[name];
  return defineTable({
    name,
    doc: `What went over an edge in ${seconds} seconds, as one side saw it.`,
    columns: {
      time: column(time, 'Beginning of the bucket.', { unit: 'ns', codec: 'DoubleDelta, ZSTD(1)' }),
      ...edgeKey,
      ...edgeMeasures,
    },
    engine: { kind: 'rollup' },
    orderBy: [
      `toStartOfInterval(time, INTERVAL ${togetherSeconds[name]} SECOND)`,
      'destination',
      'source',
      'protocol',
      'port',
      'side',
      'counted',
      'cluster',
      'time',
    ],
    primaryKeyLength: 3,
    partitionSeconds: partition[name],
    retention: { by: 'time', days: days[name] },
    settings: { index_granularity: 512 },
    shardBy: 'destination',
  });
}

export const edges_10s = rollup('edges_10s');
export const edges_1m = rollup('edges_1m');
export const edges_10m = rollup('edges_10m');
export const edges_1h = rollup('edges_1h');

/** The roll-ups, finest first. */
export const rollups = [edges_10s, edges_1m, edges_10m, edges_1h] as const;

/** How each measure is computed from rows of `requests`. Those that are absent come from flows. */
export const requestMeasures: Readonly<Partial<Record<EdgeMeasure, string>>> = {
  requests: 'count()',
  client_errors: "countIf(outcome = 'client_error')",
  server_errors: "countIf(outcome = 'server_error')",
  timeouts: "countIf(outcome = 'timeout')",
  aborted: "countIf(outcome = 'aborted')",
  waits: 'countIf(bitAnd(flags, 6) != 0)',
  request_bytes: 'sum(request_bytes)',
  response_bytes: 'sum(response_bytes)',
  latency_count: `countIf(${latencyCounts})`,
  latency_sum: `sumIf(toUInt64(latency_ns), ${latencyCounts})`,
  latency_max: `maxIf(toUInt64(latency_ns), ${latencyCounts})`,
  latency: `sumMapIf(map(${latencyBucketSql('latency_ns')}, toUInt64(1)), ${latencyCounts})`,
  received_sum: `sumIf(toUInt64(received_ns), ${latencyCounts} AND received_ns >= 0)`,
  waited_count: `countIf(${latencyCounts} AND waited_ns >= 0)`,
  waited_sum: `sumIf(toUInt64(waited_ns), ${latencyCounts} AND waited_ns >= 0)`,
  worked_sum: `sumIf(toUInt64(worked_ns), ${latencyCounts} AND worked_ns >= 0)`,
  sent_sum: `sumIf(toUInt64(sent_ns), ${latencyCounts} AND sent_ns >= 0)`,
  rtt_min: `toInt64(${noRtt})`,
};

const failedStates = "('refused', 'timed_out', 'unreachable', 'failed')";

/** How each measure is computed from rows of `flows`. Those that are absent come from requests. */
export const flowMeasures: Readonly<Partial<Record<EdgeMeasure, string>>> = {
  opened: 'countIf(opened)',
  ended: 'countIf(ended)',
  failed: `countIf(ended AND state IN ${failedStates})`,
  resets: "countIf(ended AND state IN ('reset', 'aborted'))",
  connect_count: 'countIf(connect_ns >= 0)',
  connect_sum: 'sumIf(toUInt64(connect_ns), connect_ns >= 0)',
  source_bytes: 'sum(source_bytes)',
  destination_bytes: 'sum(destination_bytes)',
  source_segments: 'sum(source_segments)',
  destination_segments: 'sum(destination_segments)',
  source_retransmits: 'sum(source_retransmits)',
  destination_retransmits: 'sum(destination_retransmits)',
  out_of_order: 'sum(out_of_order)',
  zero_window: 'sum(zero_window)',
  rtt_count: 'countIf(rtt_ns >= 0)',
  rtt_sum: 'sumIf(toUInt64(rtt_ns), rtt_ns >= 0)',
  rtt_min: `min(if(rtt_min_ns < 0, toInt64(${noRtt}), rtt_min_ns))`,
};

/** How rows of a finer roll-up become one of a coarser, or of an answer. */
export function mergeExpression(measure: EdgeMeasure): string {
  const column = edgeMeasures[measure];
  switch (column.merge) {
    case 'max':
      return `max(${measure})`;
    case 'min':
      return `min(${measure})`;
    case 'histogram':
      return `sumMap(${measure})`;
    default:
      return `sum(${measure})`;
  }
}

/** A roll-up's type as a plain table. */
export type RollupTable = Table<(typeof edges_10s)['columns']>;
