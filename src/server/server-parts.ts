import type { Config } from '../model/api.ts';
import type { RetentionReport, Store } from '../store/store.ts';
import type { BothEnds, LiveGraph } from '../topology/index.ts';
import type { Audit } from './access/audit.ts';
import type { EntityDirectory } from './entities.ts';
import type { Gate } from './http/gate.ts';
import type { Agents } from './ingest/agents.ts';
import type { Ingest } from './ingest/ingest.ts';
import type { Quarantine } from './ingest/quarantine.ts';
import type { LiveGraphStream } from './live/live-graph-stream.ts';
import type { LiveRecords } from './live/live-records.ts';

/** What a running server is made of, as its API sees it. */
export interface ServerParts {
  readonly store: Store;
  readonly entities: EntityDirectory;
  readonly agents: Agents;
  readonly ingest: Ingest;
  readonly quarantine: Quarantine;
  readonly liveGraph: LiveGraph;
  readonly liveRecords: LiveRecords;
  readonly liveGraphStream: LiveGraphStream;
  readonly bothEnds: BothEnds;
  readonly gate: Gate;
  readonly audit: Audit;
  readonly version: string;
  /** Epoch milliseconds. */
  readonly started: number;
  /** What looking after the disk found last. */
  readonly retention: Pick<RetentionReport, 'state' | 'message'>;
  /** Rows a second over the last minute. */
  ingestRate(): number;
  config(): Config;
}
