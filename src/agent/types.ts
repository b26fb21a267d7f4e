import type { CaptureClock } from '../base/units.ts';
import type { CaptureSink } from '../capture/sink.ts';
import type { Endpoint } from '../model/connection.ts';
import type { EntityRef } from '../model/entity.ts';
import type { Names } from '../model/names.ts';

/** Names with the entities behind them. */
export interface EntityNames extends Names {
  /** Who is at an endpoint: the same object for the same entity. */
  name(endpoint: Readonly<Endpoint>): EntityRef;
}

/** What a person may choose about a live capture. */
export interface AgentOptions {
  /** Path of the cgroup (below the cgroup2 mount, or absolute) whose processes are watched. Everything by default. */
  readonly scope?: string;
  /** Bytes kept of the head of each message. 512 by default. */
  readonly captureBytes?: number;
  /** Longest pause between two readings of the rings, in milliseconds. Shorter is fresher, longer is cheaper. */
  readonly pollMilliseconds?: number;
  /** Keep query strings, statements with their values and keys; secrets are redacted all the same. Off by default. */
  readonly keepRaw?: boolean;
  /**
   * Whose TLS is looked into: everybody's, or that of processes by name (program, workload, container, pod, unit; `*` stands
   * for anything). Nobody's by default.
   */
  readonly tls?: 'all' | readonly string[];
  /** Share of one CPU that looking into one TLS library or program may cost all who use it. 0.5 by default. */
  readonly tlsBudget?: number;
  /** Size of the ring that carries records out of the kernel, a power of two. 8 MiB by default. */
  readonly ringBytes?: number;
}

/** Makes the sink of a capture, once its clock runs and its names can be asked. */
export type SinkMaker = (agent: Pick<Agent, 'clock' | 'names'>) => CaptureSink;

/** A running live capture. Stopping it (or disposing of it) detaches everything; records that are in flight still arrive. */
export interface Agent extends AsyncDisposable {
  readonly clock: CaptureClock;
  readonly names: EntityNames;
  /** Every place that can lose, by name, with what it lost since the start. Zeros included. */
  losses(): ReadonlyMap<string, number>;
  /** Everything else that is counted, by name, since the start. */
  counters(): ReadonlyMap<string, number>;
  /** Parts of the kernel side that this kernel does not offer, and what is not seen because of it. */
  readonly missing: readonly { readonly concern: string; readonly lost: string; readonly why: string }[];
  stop(): Promise<void>;
}
