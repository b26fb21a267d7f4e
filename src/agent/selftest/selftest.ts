import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { WirelightError } from '../../base/errors.ts';
import type { Connection } from '../../model/connection.ts';
import { type RequestFields, RequestFlag } from '../../model/request.ts';
import { startAgent } from '../agent.ts';
import { type Made, makeDns, makeHttp, makeShortHttp } from './clients.ts';

/** What one kind of traffic showed. */
export interface SelftestRow {
  readonly scenario: string;
  /** Requests that the client made and got answers to. */
  readonly made: number;
  readonly answered: number;
  /** Requests recorded for the client's side and for the server's; one record may stand for both. */
  readonly seen_client: number;
  readonly seen_server: number;
  /** Of those, requests whose operation and status are the right ones. */
  readonly correct: number;
  /** What the loss counters say was lost meanwhile. */
  readonly lost_counted: number;
  /** True where everything made was seen at each side, or what is missing was counted as lost. */
  readonly ok: boolean;
}

/** How much traffic to make. */
export interface SelftestOptions {
  /** Requests a scenario, about. */
  readonly requests: number;
  readonly signal?: AbortSignal;
  readonly progress?: (scenario: string) => void;
}

interface Seen {
  client: number;
  server: number;
  correct: number;
}

/** Records are read every few milliseconds; this is when the last one has certainly come. */
const SETTLE_MILLISECONDS = 400;

/**
 * Makes traffic on this machine whose amount is known and compares it with what a live capture of it shows.
 * @throws WirelightError as {@link startAgent} does
 */
export async function selftest(options: SelftestOptions): Promise<SelftestRow[]> {
  let seen: Seen = { client: 0, server: 0, correct: 0 };
  let server: TestServer | undefined;
  await using agent = await startAgent(
    {},
    {
      request: (request, connection) => {
        if (server !== undefined) count(seen, server, request, connection);
      },
      connection: () => undefined,
      event: () => undefined,
    },
  );
  server = await startServer();
  try {
    const rows: SelftestRow[] = [];
    const run = async (scenario: string, make: () => Promise<Made>): Promise<void> => {
      if (options.signal?.aborted) return;
      options.progress?.(scenario);
      seen = { client: 0, server: 0, correct: 0 };
      const before = lostRequests(agent.losses());
      const { made, answered } = await make();
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MILLISECONDS));
      const lost = lostRequests(agent.losses()) - before;
      const whole = (side: number) => side === made || (side < made && made - side === lost);
      rows.push({
        scenario,
        made,
        answered,
        seen_client: seen.client,
        seen_server: seen.server,
        correct: seen.correct,
        lost_counted: lost,
        ok: whole(seen.client) && whole(seen.server) && seen.correct === seen.server && answered === made,
      });
    };
    const { port, dns } = server;
    const { requests } = options;
    const share = (connections: number) => Math.max(Math.ceil(requests / connections), 1);
    await run('http keep-alive, IPv4', () =>
      makeHttp({ host: '127.0.0.1', port, connections: 8, requests: share(8), depth: 1 }),
    );
    await run('http keep-alive, IPv6', () =>
      makeHttp({ host: '::1', port, connections: 8, requests: share(8), depth: 1 }),
    );
    await run('http, many connections', () =>
      makeShortHttp({ host: '127.0.0.1', port, connections: 8, requests: Math.ceil(share(8) / 5), depth: 1 }),
    );
    await run('http pipelined', () =>
      makeHttp({ host: '127.0.0.1', port, connections: 4, requests: share(4), depth: 16 }),
    );
    if (dns !== '') await run('dns over UDP', () => makeDns(dns, requests));
    return rows;
  } finally {
    server.stop();
  }
}

function count(
  seen: Seen,
  server: TestServer,
  request: Readonly<RequestFields>,
  connection: Readonly<Connection>,
): void {
  const http = request.protocol === 'http' && connection.server.port === server.port;
  const dns = request.protocol === 'dns' && connection.server.ip === server.dns;
  if (!http && !dns) return;
  const both = (request.flags & RequestFlag.bothSides) !== 0;
  if (both || connection.client.local) seen.client++;
  if (both || connection.server.local) seen.server++;
  const right = http
    ? request.method === 'GET' && (request.resource || request.target).startsWith('/selftest/') && request.code === 200
    : request.method === 'A' && request.code === 0;
  if (right) seen.correct++;
}

/** Requests of which not one record came. */
function lostRequests(losses: ReadonlyMap<string, number>): number {
  return losses.get('requests_lost') ?? 0;
}

interface TestServer {
  readonly port: number;
  readonly dns: string;
  stop(): void;
}

async function startServer(): Promise<TestServer> {
  const file = fileURLToPath(new URL(`./server${import.meta.url.slice(-3)}`, import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [...process.execArgv, file], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { stdout } = child;
  if (stdout === null) throw new Error('the server has no standard output');
  const lines = createInterface(stdout);
  const first = await Promise.race([once(lines, 'line'), once(child, 'exit')]);
  const line = String(first[0]);
  if (!line.startsWith('{'))
    throw new WirelightError('selftest_server', 'the self-test could not start its server', {
      why: `it ended with code ${line}`,
    });
  const { port, dns } = JSON.parse(line) as { port: number; dns: string };
  return { port, dns, stop: () => child.kill() };
}
