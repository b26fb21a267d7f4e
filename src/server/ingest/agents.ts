import type { AgentInfo } from '../../model/api.ts';
import type { AgentStatus } from '../../wire/transport/protocol.ts';

/** An agent that is not heard of for so long is not connected. */
const silentAfter = 15_000;
/** What a clock is off by within this is the time of travel. */
export const clockTolerance = 5_000;

interface Known {
  status: AgentStatus | undefined;
  lastSeen: number;
  clockAhead: number;
  lag: number;
  blocks: number;
  rows: number;
}

/** The agents that a server has heard of since it started. */
export class Agents {
  readonly #known = new Map<string, Known>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  get size(): number {
    return this.#known.size;
  }

  /** How many are connected. */
  get connected(): number {
    let count = 0;
    for (const known of this.#known.values()) if (this.#now() - known.lastSeen < silentAfter) count++;
    return count;
  }

  /** Whether it was heard of lately. */
  isConnected(agent: string): boolean {
    return this.#now() - (this.#known.get(agent)?.lastSeen ?? Number.NEGATIVE_INFINITY) < silentAfter;
  }

  /** A block arrived. @param clock epoch milliseconds on the agent's clock when it sent it, NaN where it did not say */
  block(agent: string, clock: number, rows: number): void {
    const known = this.#get(agent);
    known.lastSeen = this.#now();
    if (Number.isFinite(clock)) known.clockAhead = clock - known.lastSeen;
    known.blocks++;
    known.rows += rows;
  }

  /** The newest row of a stored block was so old when it arrived. */
  lag(agent: string, milliseconds: number): void {
    this.#get(agent).lag = milliseconds;
  }

  status(status: AgentStatus): void {
    const known = this.#get(status.id);
    known.status = status;
    known.lastSeen = this.#now();
    known.clockAhead = status.now - known.lastSeen;
  }

  /** By how many milliseconds an agent's clock is ahead, 0 within the tolerance. */
  clockAhead(agent: string): number {
    const ahead = this.#known.get(agent)?.clockAhead ?? 0;
    return Math.abs(ahead) <= clockTolerance ? 0 : ahead;
  }

  /** What each told of itself last. */
  statuses(): AgentStatus[] {
    return [...this.#known.values()].flatMap(({ status }) => (status === undefined ? [] : [status]));
  }

  list(): AgentInfo[] {
    return [...this.#known].map(([id, known]) => infoOf(id, known, this.#now() - known.lastSeen < silentAfter));
  }

  #get(id: string): Known {
    let known = this.#known.get(id);
    if (known === undefined) {
      known = { status: undefined, lastSeen: 0, clockAhead: 0, lag: 0, blocks: 0, rows: 0 };
      this.#known.set(id, known);
    }
    return known;
  }
}

function infoOf(id: string, known: Known, connected: boolean): AgentInfo {
  const { status } = known;
  return {
    id,
    host: status?.host ?? '',
    cluster: status?.cluster ?? '',
    version: status?.version ?? '',
    started: new Date(status?.started ?? 0).toISOString(),
    last_seen: new Date(known.lastSeen).toISOString(),
    connected,
    kernel: status?.kernel ?? '',
    architecture: status?.architecture ?? '',
    lag_ms: Math.max(0, Math.round(known.lag)),
    clock_ahead_ms: Math.abs(known.clockAhead) <= clockTolerance ? 0 : Math.round(known.clockAhead),
    missing: status?.missing ?? [],
    losses: status?.losses ?? {},
    counters: status?.counters ?? {},
    spool: status?.spool ?? { blocks: 0, bytes: 0, lost_rows: 0 },
    blocks: known.blocks,
    rows: known.rows,
    cpu_ratio: status?.cpu_ratio ?? 0,
    rss: status?.rss ?? 0,
  };
}
