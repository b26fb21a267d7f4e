/** The server: takes blocks in, stores them, keeps the live graph, and serves API, live streams and pages. */
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { WirelightError } from '../base/errors.ts';
import type { Config } from '../model/api.ts';
import { type Table, tables } from '../model/tables/index.ts';
import { asId, asNumber } from '../store/answer.ts';
import { openStore, type StoreOptions } from '../store/index.ts';
import type { RetentionReport, Store } from '../store/store.ts';
import { StoreError } from '../store/store-error.ts';
import { BothEnds, LiveGraph } from '../topology/index.ts';
import { Audit } from './access/audit.ts';
import { Oidc } from './access/oidc.ts';
import type { OidcSettings } from './access/oidc-settings.ts';
import { Sessions } from './access/sessions.ts';
import { secretIn } from './access/token-file.ts';
import { Users } from './access/users.ts';
import { newHandlers, newStreamHandlers } from './api/handlers.ts';
import { EntityDirectory } from './entities.ts';
import { newApp } from './http/app.ts';
import { Gate } from './http/gate.ts';
import type { StaticFile } from './http/static-files.ts';
import { Agents } from './ingest/agents.ts';
import { Ingest } from './ingest/ingest.ts';
import { Quarantine } from './ingest/quarantine.ts';
import { type IngestListen, Receiver } from './ingest/receiver.ts';
import { LiveGraphStream } from './live/live-graph-stream.ts';
import { LiveRecords } from './live/live-records.ts';
import { metricsText } from './metrics.ts';
import type { ServerParts } from './server-parts.ts';

/** How a server is set up. */
export interface ServerOptions {
  /** Directory of everything that it keeps. */
  readonly data: string;
  readonly store: StoreOptions;
  /** Where browsers and programs reach it. */
  readonly host: string;
  /** 0 for any. */
  readonly port: number;
  readonly ingest: readonly IngestListen[];
  /** PEMs of the certificate for browsers; undefined without TLS. */
  readonly tls: { readonly cert: Uint8Array; readonly key: Uint8Array } | undefined;
  /** True where a proxy before us speaks TLS with the browsers. */
  readonly behindTls: boolean;
  /** Names under which it may be addressed besides those of the loopback. */
  readonly names: readonly string[];
  /** How people log in with OpenID Connect; absent where they do not. */
  readonly oidc?: OidcSettings;
  /** The UI's files. */
  readonly files: ReadonlyMap<string, StaticFile>;
  readonly version: string;
  readonly retentionDays?: Readonly<Record<string, number>>;
  readonly log: (line: string) => void;
}

/** A running server. */
export interface Server extends AsyncDisposable {
  readonly port: number;
  /** What opens it in a browser: with the token where that is how to get in. */
  readonly url: string;
  readonly token: string | undefined;
  readonly parts: ServerParts;
  /** Ports of the ingest listeners, 0 for unix sockets. */
  readonly ingestPorts: readonly number[];
  stop(): Promise<void>;
}

const retainEvery = 60_000;
/** Milliseconds that a store may still be locked. */
const lockPatience = 5_000;
/** Milliseconds that live rows wait for those of other agents, while these come every 0.2 s. */
const watchedPatience = 400;

/** True where only this machine can reach it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

/**
 * Starts a server.
 * @throws WirelightError `no_authentication` where others could reach it and nobody would be asked who they are;
 *   StoreError where the store does not open
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const users = new Users(join(options.data, 'users.json'));
  const local = isLoopback(options.host);
  checkAccess(options, local, users.any);
  const agents = new Agents();
  const bothEnds = new BothEnds(Date.now, agents);
  const store = await openSoon({ ...options.store, settler: bothEnds });
  try {
    return await run(options, store, agents, bothEnds, users, local);
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Opens the store, with some patience for a server that was killed a moment ago: its lock goes with the last of its memory. */
async function openSoon(options: StoreOptions): Promise<Store> {
  for (const deadline = Date.now() + lockPatience; ; await new Promise((go) => setTimeout(go, 200))) {
    try {
      return await openStore(options);
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'store_locked') || Date.now() > deadline) throw error;
    }
  }
}

function checkAccess(options: ServerOptions, local: boolean, anyUsers: boolean): void {
  if (local) return;
  if (!anyUsers && options.oidc === undefined) {
    throw new WirelightError('no_authentication', `nobody may listen on ${options.host} without authentication`, {
      why: 'others can reach this address, and there are no users',
      next: 'add one with: wirelight user add NAME --role admin; give --oidc FILE; or listen on 127.0.0.1',
    });
  }
  if (options.tls === undefined && !options.behindTls) {
    throw new WirelightError('no_tls', `passwords must not cross the network in the clear`, {
      why: `${options.host} can be reached by others, and there is no TLS`,
      next: 'give --tls-cert and --tls-key, or --behind-tls where a proxy before it speaks TLS',
    });
  }
}

async function run(
  options: ServerOptions,
  store: Store,
  agents: Agents,
  bothEnds: BothEnds,
  users: Users,
  local: boolean,
): Promise<Server> {
  const started = Date.now();
  const stopping = new AbortController();
  const token = local ? secretIn(join(options.data, 'token')) : undefined;
  const audit = new Audit(store);
  const gate = new Gate({
    token,
    users,
    sessions: new Sessions(
      secretIn(join(options.data, 'session.key')),
      Date.now,
      join(options.data, 'ended-sessions.json'),
    ),
    audit,
    hosts:
      local || options.names.length > 0
        ? new Set(['localhost', '127.0.0.1', '[::1]', options.host, ...options.names])
        : undefined,
    secure: options.tls !== undefined || options.behindTls,
    oidc: options.oidc !== undefined,
  });
  const entities = new EntityDirectory(store);
  const liveGraph = new LiveGraph();
  const liveRecords = new LiveRecords(entities, (block, row) => bothEnds.otherLatency(block, row));
  const liveGraphStream = new LiveGraphStream(liveGraph, entities, () => currentLosses(agents));
  const quarantine = new Quarantine(join(options.data, 'quarantine'));
  const watched = (): boolean => liveRecords.size + liveGraphStream.readers > 0;
  const ingest = new Ingest(store, agents, quarantine, [entities, liveGraph, liveRecords], Date.now, {
    settler: bothEnds,
    // Agents send more often while somebody looks.
    patience: () => (watched() ? watchedPatience : Number.POSITIVE_INFINITY),
  });
  await liveGraph.restore(store);
  await entities.restore();
  for (const [agent, block] of await recentBlocks(store)) ingest.known(agent, block);
  let retention: Pick<RetentionReport, 'state' | 'message'> = { state: 'ok', message: '' };
  const rates: number[] = [];
  const parts: ServerParts = {
    store,
    entities,
    agents,
    ingest,
    quarantine,
    liveGraph,
    liveRecords,
    liveGraphStream,
    bothEnds,
    gate,
    audit,
    version: options.version,
    started,
    get retention() {
      return retention;
    },
    ingestRate: () => (rates.length < 2 ? 0 : (rates[rates.length - 1] - rates[0]) / (rates.length - 1)),
    config: () => configOf(options, local, users),
  };
  const receivers: Receiver[] = [];
  const app = await newApp({
    gate,
    oidc: options.oidc === undefined ? undefined : new Oidc(options.oidc),
    handlers: newHandlers(parts),
    streams: newStreamHandlers(parts),
    metrics: () => metricsText(parts),
    files: options.files,
    version: options.version,
    tls: options.tls,
    stopping: stopping.signal,
    log: options.log,
  });
  const retain = async (): Promise<void> => {
    try {
      const report = await store.retain();
      if (report.state !== retention.state && report.message !== '') options.log(report.message);
      retention = report;
    } catch (error) {
      if (stopping.signal.aborted) return;
      options.log(`looking after the disk failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const retainTimer = setInterval(() => void retain(), retainEvery);
  const rateTimer = setInterval(() => {
    rates.push(ingest.counters.rows);
    if (rates.length > 61) rates.shift();
  }, 1000);
  const stop = async (): Promise<void> => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    clearInterval(retainTimer);
    clearInterval(rateTimer);
    for (const receiver of receivers) await receiver[Symbol.asyncDispose]();
    ingest[Symbol.dispose]();
    await app.close();
    await store.close();
  };
  try {
    for (const listen of options.ingest) receivers.push(await Receiver.open(listen, ingest, agents, watched));
    await app.listen({ host: options.host, port: options.port });
  } catch (cause) {
    await stop();
    if ((cause as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      throw new WirelightError('address_in_use', `another program listens on ${options.host}:${options.port} already`, {
        next: 'choose another port with --listen 127.0.0.1:PORT, or stop the other one',
        cause,
      });
    }
    throw cause;
  }
  void retain();
  const port = (app.server.address() as AddressInfo).port;
  const scheme = options.tls === undefined ? 'http' : 'https';
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    port,
    url: `${scheme}://${host}:${port}/${token === undefined ? '' : `?token=${token}`}`,
    token,
    parts,
    ingestPorts: receivers.map((receiver) => receiver.port),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Blocks of the time that the live graph was filled with: they must not be counted there twice. */
async function recentBlocks(store: Store): Promise<[agent: string, block: string][]> {
  const select = (table: string): string =>
    `SELECT agent, block FROM ${table} WHERE time >= now() - INTERVAL 15 MINUTE GROUP BY agent, block`;
  const answer = await store.query(
    `${select('requests')} UNION ALL ${select('flows')} ORDER BY block DESC LIMIT 20000`,
  );
  return [...answer.objects()].map((row) => [asId(row.agent), String(asNumber(row.block))]);
}

function currentLosses(agents: Agents) {
  return agents
    .statuses()
    .flatMap((status) =>
      Object.entries(status.losses).map(([name, count]) => ({ agent: status.id, host: status.host, name, count })),
    )
    .filter((loss) => loss.count > 0);
}

function configOf(options: ServerOptions, local: boolean, users: Users): Config {
  return {
    listen: `${options.host}:${options.port}`,
    data: options.data,
    store: options.store.kind === 'remote' ? options.store.url : 'embedded',
    authentication: [
      ...(local ? (['token'] as const) : []),
      ...(users.any ? (['password'] as const) : []),
      ...(options.oidc === undefined ? [] : (['oidc'] as const)),
    ],
    retention: (Object.values(tables) as Table[])
      .filter((table) => table.retention !== undefined)
      .map((table) => ({ table: table.name, days: options.retentionDays?.[table.name] ?? table.retention?.days ?? 0 })),
    disk_budget: options.store.diskBudget ?? null,
    version: options.version,
  };
}
