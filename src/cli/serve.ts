import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { WirelightError } from '../base/errors.ts';
import type { IngestListen } from '../server/ingest/receiver.ts';
import type { StoreOptions } from '../store/index.ts';
import { newCommand, type OutputFormat, outputOption } from './command.ts';
import type { Io } from './io.ts';
import { bytesOf } from './option-values.ts';
import { stopOnSignals, waitFor } from './stop-signal.ts';
import { become, giveTo, placesIn, serverAccount, usualDataDirectory } from './up/data-directory.ts';
import { tellReady, whenAlone } from './up/supervise.ts';
import { version } from './version.ts';

/** Options of the server, which `up` passes on. */
export interface ServeOptions {
  readonly data?: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly user?: string;
  readonly name: readonly string[];
  readonly store?: string;
  readonly storeUser?: string;
  readonly storePasswordFile?: string;
  readonly storeCluster?: string;
  readonly diskBudget?: number;
  readonly memory?: number;
  readonly retention: Readonly<Record<string, number>>;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly behindTls?: boolean;
  readonly oidc?: string;
  readonly ingestListen?: { readonly host: string; readonly port: number };
  readonly ingestTokenFile?: string;
  readonly ingestClientCa?: string;
}

/** `wirelight serve`: the server alone, for agents on this and other hosts. */
export function serveCommand(io: Io): Command {
  const command = addServeOptions(
    newCommand([
      [
        'The server alone; agents on this host find it by its data directory',
        'wirelight serve --data /var/lib/wirelight',
      ],
      [
        'For agents on other hosts as well',
        'wirelight serve --ingest-listen 0.0.0.0:7576 --tls-cert cert.pem --tls-key key.pem --ingest-token-file token',
      ],
    ]),
  ).description('Runs the server: takes in what agents see, remembers it, and serves pages and the API.');
  command.addOption(outputOption(['table', 'json']));
  return command.action(async (options: ServeOptions & { readonly output: OutputFormat }) => {
    await serve(options, io);
  });
}

/** Adds the server's options. */
export function addServeOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'directory of everything that is kept (/var/lib/wirelight)')
    .addOption(
      new Option('--listen <host:port>', 'where pages and API are served')
        .argParser(addressOf)
        .default({ host: '127.0.0.1', port: 7575 }, '127.0.0.1:7575'),
    )
    .option('--user <name>', 'user that the server becomes when started by root')
    .addOption(
      new Option('--name <name>', 'a further name under which browsers may address it; repeatable')
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--store <url>', 'a ClickHouse server to keep everything in, instead of the data directory')
    .option('--store-user <name>', 'user there')
    .option('--store-password-file <file>', 'file with its password')
    .option('--store-cluster <name>', 'name of the cluster there: tables become replicated and distributed')
    .option('--disk-budget <size>', 'bytes on disk that the store may take', bytesOf('--disk-budget', 100_000_000))
    .option(
      '--memory <size>',
      'bytes of memory that the embedded store may take (2GB)',
      bytesOf('--memory', 500_000_000),
    )
    .addOption(
      new Option('--retention <table=days>', 'keep a table for so many days; repeatable')
        .argParser(retentionOf)
        .default({}, 'see docs/server.md'),
    )
    .option('--tls-cert <file>', 'certificate for browsers and agents (PEM)')
    .option('--tls-key <file>', 'its key (PEM)')
    .option('--behind-tls', 'a proxy before the server speaks TLS with browsers')
    .option('--oidc <file>', 'how people log in with OpenID Connect (YAML; docs/server.md)')
    .option('--ingest-listen <host:port>', 'take blocks from agents on other hosts here (TLS)', addressOf)
    .option('--ingest-token-file <file>', 'file with the token that these agents must say')
    .option('--ingest-client-ca <file>', 'authority of the certificates that these agents must have (PEM)');
}

/** Runs the server until it is stopped. */
export async function serve(options: ServeOptions & { readonly output?: OutputFormat }, io: Io): Promise<void> {
  using stop = stopOnSignals();
  whenAlone(() => stop.stop());
  const data = options.data ?? usualDataDirectory(io.env);
  const places = placesIn(data);
  // All code and all files that somebody without rights may not reach are read before the rights are given up.
  const [{ startServer }, { readStaticFiles }, { loadChdb }, { readOidcSettings }] = await Promise.all([
    import('../server/server.ts'),
    import('../server/http/static-files.ts'),
    import('../store/embedded/chdb-library.ts'),
    import('../server/access/oidc-settings.ts'),
    import('../store/embedded/embedded-engine.ts'),
    import('../store/remote/remote-engine.ts'),
  ]);
  if (options.store === undefined) loadChdb();
  const files = readStaticFiles(webDirectory());
  const running = version();
  const tls = tlsOf(options);
  const ingest = ingestOf(options, places.socket, tls);
  const store = storeOf(options, places.server, running);
  const oidc = options.oidc === undefined ? undefined : readOidcSettings(options.oidc);
  const account = serverAccount(options.user, io.env);
  giveTo(places.server, account);
  if (account !== undefined) become(account);
  const server = await startServer({
    data: places.server,
    store,
    host: options.listen.host,
    port: options.listen.port,
    ingest,
    tls,
    behindTls: options.behindTls === true,
    names: options.name,
    ...(oidc === undefined ? {} : { oidc }),
    files,
    version: running,
    retentionDays: options.retention,
    log: (line) => io.stderr.write(`wirelight server: ${line}\n`),
  });
  // Commands on this host find the server by it; the token lies beside, for those who may read it.
  writeFileSync(places.address, `${server.url.split('?')[0]}\n`, { mode: 0o644 });
  try {
    const ready = { url: server.url, port: server.port };
    if (process.send === undefined) {
      io.stdout.write(options.output === 'json' ? `${JSON.stringify(ready)}\n` : `${server.url}\n`);
    }
    tellReady(ready);
    await waitFor(stop.signal);
  } finally {
    rmSync(places.address, { force: true });
    await server.stop();
  }
}

/** Where the built UI lies. */
function webDirectory(): string {
  return join(import.meta.dirname, '../../build/web');
}

function storeOf(options: ServeOptions, directory: string, running: string): StoreOptions {
  const common = {
    version: running,
    guest: { seconds: 20 },
    retentionDays: options.retention,
    ...(options.diskBudget === undefined ? {} : { diskBudget: options.diskBudget }),
  };
  if (options.store === undefined) {
    return {
      kind: 'embedded',
      directory,
      ...common,
      ...(options.memory === undefined ? {} : { memory: options.memory }),
    };
  }
  return {
    kind: 'remote',
    url: options.store,
    ...common,
    ...(options.storeUser === undefined ? {} : { user: options.storeUser }),
    ...(options.storePasswordFile === undefined
      ? {}
      : { password: readFileSync(options.storePasswordFile, 'utf8').trim() }),
    ...(options.storeCluster === undefined ? {} : { cluster: options.storeCluster }),
  };
}

type Pems = { readonly cert: Uint8Array; readonly key: Uint8Array };

function tlsOf(options: ServeOptions): Pems | undefined {
  if (options.tlsCert === undefined && options.tlsKey === undefined) return undefined;
  if (options.tlsCert === undefined || options.tlsKey === undefined) {
    throw new WirelightError('bad_option', '--tls-cert and --tls-key go together', { exitCode: 2 });
  }
  return { cert: readFileSync(options.tlsCert), key: readFileSync(options.tlsKey) };
}

function ingestOf(options: ServeOptions, socket: string, tls: Pems | undefined): IngestListen[] {
  const listens: IngestListen[] = [{ kind: 'unix', path: socket }];
  if (options.ingestListen === undefined) return listens;
  if (tls === undefined) {
    throw new WirelightError('no_tls', 'agents on other hosts are only listened to over TLS', {
      next: 'give --tls-cert and --tls-key',
      exitCode: 2,
    });
  }
  if (options.ingestTokenFile === undefined && options.ingestClientCa === undefined) {
    throw new WirelightError('no_authentication', 'agents on other hosts have to prove who they are', {
      next: 'give --ingest-token-file or --ingest-client-ca',
      exitCode: 2,
    });
  }
  const token = options.ingestTokenFile === undefined ? '' : readFileSync(options.ingestTokenFile, 'utf8').trim();
  if (options.ingestTokenFile !== undefined && token.length < 16) {
    throw new WirelightError('weak_token', `the token in ${options.ingestTokenFile} is too short`, {
      next: 'make one with: openssl rand -hex 32',
      exitCode: 2,
    });
  }
  listens.push({
    kind: 'tls',
    ...options.ingestListen,
    certificate: tls.cert,
    key: tls.key,
    token,
    ...(options.ingestClientCa === undefined ? {} : { clientCa: readFileSync(options.ingestClientCa) }),
  });
  return listens;
}

/** Reads `HOST:PORT`, `[IPv6]:PORT`, `:PORT` or `PORT`. */
export function addressOf(text: string): { host: string; port: number } {
  const match = /^(?:(?:\[([^\]]+)\]|([^:]*)):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) throw new InvalidArgumentError('write HOST:PORT, for example 127.0.0.1:7575');
  const host = match[1] ?? match[2] ?? '';
  return { host: host === '' ? '127.0.0.1' : host, port };
}

function collect(text: string, before: readonly string[]): string[] {
  return [...before, text];
}

function retentionOf(text: string, before: Readonly<Record<string, number>>): Record<string, number> {
  const match = /^([a-z0-9_]+)=(\d+(?:\.\d+)?)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('write TABLE=DAYS, for example requests=7');
  return { ...before, [match[1]]: Number(match[2]) };
}
