import { isoTime } from '../../base/iso-time.ts';
import type { EpochNanos } from '../../base/units.ts';
import type { Health } from '../../model/api.ts';
import type { ServerParts } from '../server-parts.ts';

type Problem = Health['problems'][number];

/** How everything is. */
export async function readHealth(parts: ServerParts): Promise<Health> {
  const { agents, ingest, quarantine, liveRecords, liveGraph, entities, store, retention } = parts;
  const { blocks, rows, bytes, repeated } = ingest.counters;
  const stats = await store.stats();
  const problems: Problem[] = [];
  const warn = (severity: Problem['severity'], code: string, what: string, next: string): void => {
    problems.push({ code, severity, what, next });
  };
  const list = agents.list();
  const connected = list.filter((agent) => agent.connected);
  if (list.length === 0)
    warn(
      'warning',
      'no_agents',
      'no agent has sent anything since the server started',
      'start one: wirelight up, or wirelight agent --server URL',
    );
  for (const agent of list.filter((one) => !one.connected)) {
    warn(
      'critical',
      'agent_silent',
      `agent ${agent.host || agent.id} has not been heard of since ${agent.last_seen}`,
      'see whether it still runs on its host',
    );
  }
  for (const agent of connected) {
    if (agent.clock_ahead_ms !== 0)
      warn(
        'warning',
        'clock_off',
        `the clock of ${agent.host || agent.id} is ${Math.abs(agent.clock_ahead_ms) / 1000} s ${agent.clock_ahead_ms > 0 ? 'ahead' : 'behind'}; the times of its rows are set right`,
        'let it synchronise its clock (chrony, systemd-timesyncd)',
      );
    if (agent.spool.lost_rows > 0)
      warn(
        'critical',
        'spool_full',
        `agent ${agent.host || agent.id} lost ${agent.spool.lost_rows} rows, as its spool was full`,
        'see why the server did not take them; give the agent a larger spool',
      );
  }
  if (quarantine.count > 0)
    warn(
      'warning',
      'quarantined',
      `${quarantine.count} blocks were refused and put aside`,
      'look into quarantine/ of the data directory: a file beside each says why',
    );
  if (retention.state === 'over')
    warn('critical', 'disk_full', retention.message, 'give the store more room, or a smaller budget');
  if (retention.state === 'near')
    warn('warning', 'disk_near', retention.message, 'give the store more room, or keep less');
  if (parts.audit.lost > 0)
    warn(
      'warning',
      'audit_lost',
      `${parts.audit.lost} entries of the audit could not be stored`,
      'see the log of the server',
    );
  const oldest = Object.values(stats.tables)
    .map((table) => table.from)
    .filter((from) => from > 0n);
  return {
    status: problems.some((one) => one.severity === 'critical') ? 'failing' : problems.length > 0 ? 'degraded' : 'ok',
    version: parts.version,
    started: new Date(parts.started).toISOString(),
    now: new Date().toISOString(),
    problems,
    agents: { known: list.length, connected: connected.length },
    store: {
      kind: stats.kind,
      bytes: stats.bytes,
      rows: stats.rows,
      disk_free: stats.disk.free,
      disk_total: stats.disk.total,
      budget: stats.disk.budget === 0 ? null : stats.disk.budget,
      oldest: oldest.length === 0 ? null : iso(oldest.reduce((a, b) => (a < b ? a : b))),
      tables: Object.entries(stats.tables).map(([name, table]) => ({
        name,
        rows: table.rows,
        bytes: table.bytes,
        oldest: table.from === 0n ? null : iso(table.from),
      })),
    },
    ingest: { blocks, rows, bytes, repeated, quarantined: quarantine.count, rate: parts.ingestRate() },
    live: {
      subscribers: liveRecords.size + parts.liveGraphStream.readers,
      dropped: liveRecords.dropped,
      edges: liveGraph.size,
      entities: entities.size,
    },
    memory: { rss: process.memoryUsage.rss(), heap: process.memoryUsage().heapUsed },
  };
}

function iso(time: bigint): string {
  return isoTime(time as EpochNanos);
}
