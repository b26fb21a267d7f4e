import type { ServerParts } from './server-parts.ts';

/** Our own numbers in Prometheus' text format (version 0.0.4). */
export async function metricsText(parts: ServerParts): Promise<string> {
  const { ingest, quarantine, agents, liveRecords, liveGraphStream, liveGraph, bothEnds, entities, store } = parts;
  const lines: string[] = [];
  const metric = (
    name: string,
    type: 'counter' | 'gauge',
    help: string,
    values: readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[],
  ): void => {
    lines.push(`# HELP wirelight_${name} ${help}`, `# TYPE wirelight_${name} ${type}`);
    for (const [labels, value] of values) lines.push(`wirelight_${name}${labelText(labels)} ${value}`);
  };
  const one = (value: number) => [[{}, value]] as const;
  const { blocks, rows, bytes, repeated } = ingest.counters;
  metric('build_info', 'gauge', 'The version that runs.', [[{ version: parts.version }, 1]]);
  metric('ingest_blocks_total', 'counter', 'Blocks stored.', one(blocks));
  metric('ingest_rows_total', 'counter', 'Rows stored.', one(rows));
  metric('ingest_bytes_total', 'counter', 'Bytes of stored blocks.', one(bytes));
  metric('ingest_repeated_blocks_total', 'counter', 'Blocks that had been stored before.', one(repeated));
  metric(
    'ingest_quarantined_blocks_total',
    'counter',
    'Blocks that were refused and put aside.',
    one(quarantine.count),
  );
  metric(
    'ingest_unknown_words_total',
    'counter',
    'Values of newer agents that this version has no word for.',
    one(ingest.counters.unknownWords),
  );
  metric('live_subscribers', 'gauge', 'Readers of live streams.', one(liveRecords.size + liveGraphStream.readers));
  metric('live_dropped_records_total', 'counter', 'Records that a reader was too slow for.', one(liveRecords.dropped));
  metric(
    'requests_joined_total',
    'counter',
    'Requests of which both sides were seen, by different agents.',
    one(bothEnds.counters.joined),
  );
  metric(
    'requests_unjoinable_total',
    'counter',
    'Requests whose other side could not be looked for, as too many waited.',
    one(bothEnds.counters.forgotten),
  );
  metric('live_edges', 'gauge', 'Edges of the live graph.', one(liveGraph.size));
  metric('entities_cached', 'gauge', 'Entities in memory.', one(entities.size));
  metric('process_resident_memory_bytes', 'gauge', 'Resident memory of the server.', one(process.memoryUsage.rss()));
  const cpu = process.cpuUsage();
  metric('process_cpu_seconds_total', 'counter', 'Processor time of the server.', one((cpu.user + cpu.system) / 1e6));
  const list = agents.list();
  const each = (value: (agent: (typeof list)[number]) => number) =>
    list.map((agent) => [{ agent: agent.id, host: agent.host }, value(agent)] as const);
  metric(
    'agent_connected',
    'gauge',
    'Whether an agent was heard of lately.',
    each((agent) => (agent.connected ? 1 : 0)),
  );
  metric(
    'agent_lag_seconds',
    'gauge',
    'Age of the newest row on arrival.',
    each((agent) => agent.lag_ms / 1000),
  );
  metric(
    'agent_clock_ahead_seconds',
    'gauge',
    'How far its clock is ahead.',
    each((agent) => agent.clock_ahead_ms / 1000),
  );
  metric(
    'agent_spool_bytes',
    'gauge',
    'Bytes that wait on its disk.',
    each((agent) => agent.spool.bytes),
  );
  metric(
    'agent_cpu_ratio',
    'gauge',
    'Processors that it uses.',
    each((agent) => agent.cpu_ratio),
  );
  metric(
    'agent_resident_memory_bytes',
    'gauge',
    'Its resident memory.',
    each((agent) => agent.rss),
  );
  metric(
    'agent_lost_total',
    'counter',
    'What each place lost since the agent started.',
    list.flatMap((agent) =>
      Object.entries(agent.losses).map(
        ([place, count]) => [{ agent: agent.id, host: agent.host, place }, count] as const,
      ),
    ),
  );
  const stats = await store.stats();
  metric(
    'store_bytes',
    'gauge',
    'Bytes on disk, by table.',
    Object.entries(stats.tables).map(([table, { bytes: size }]) => [{ table }, size] as const),
  );
  metric(
    'store_rows',
    'gauge',
    'Rows, by table.',
    Object.entries(stats.tables).map(([table, { rows: count }]) => [{ table }, count] as const),
  );
  metric('store_disk_free_bytes', 'gauge', 'Room that is left on its disk.', one(stats.disk.free));
  return `${lines.join('\n')}\n`;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
