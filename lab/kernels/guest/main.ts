/**
 * What a test machine runs: watches itself while it asks itself, and prints one line of JSON ({@link GuestReport}).
 */
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer, get, Agent as HttpAgent } from 'node:http';
import type { AddressInfo } from 'node:net';
import { release } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { startAgent } from '../../../src/agent/agent.ts';

/** What the machine saw of what it did. */
export interface GuestReport {
  readonly kernel: string;
  /** Requests made, and seen by the agent, as sorted lines of protocol, method, target and code. */
  readonly made: readonly string[];
  readonly seen: readonly string[];
  /** Connections whose opening was seen, and of these, whose client and server process were named. */
  readonly connections: number;
  readonly named: number;
  /** Requests of which it was seen when the server read them. */
  readonly read: number;
  /** Parts of the kernel side that this kernel lacks. */
  readonly missing: readonly { readonly concern: string; readonly why: string }[];
  /** Places that lost something. */
  readonly losses: Readonly<Record<string, number>>;
}

const REQUESTS = 100;
const QUERIES = 20;

/** Asks a server of this process, half over one kept connection and IPv4, half over a new connection each and IPv6. */
async function askHttp(): Promise<string[]> {
  const made: string[] = [];
  const server = createServer((request, response) => {
    response.statusCode = 200 + (Number(request.url?.split('/').at(-1)) % 3);
    response.end('x'.repeat(2000));
  });
  server.listen(0, '::');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const kept = new HttpAgent({ keepAlive: true, maxSockets: 1 });
  const fresh = new HttpAgent({ keepAlive: false });
  for (let n = 0; n < REQUESTS; n++) {
    const [host, agent] = n % 2 === 0 ? ['127.0.0.1', kept] : ['::1', fresh];
    const path = `/request/of/machine/${n}`;
    const [response] = await once(get({ host: String(host), port, path, agent: agent as HttpAgent }), 'response');
    for await (const _ of response);
    made.push(`http GET ${path} ${response.statusCode}`);
  }
  kept.destroy();
  server.close();
  return made;
}

/** Asks a name server of this process that knows one address. */
async function askDns(): Promise<string[]> {
  const server = createSocket('udp4', (query, from) => {
    const answer = Buffer.from('c00c000100010000003c00047f000001', 'hex');
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(0x8180, 2);
    header.writeUInt16BE(1, 6);
    header.fill(0, 8);
    server.send(Buffer.concat([header, query.subarray(12, query.indexOf(0, 12) + 5), answer]), from.port, from.address);
  });
  server.bind(53, '127.0.0.1');
  await once(server, 'listening');
  const resolver = new Resolver();
  resolver.setServers(['127.0.0.1']);
  const made: string[] = [];
  for (let n = 0; n < QUERIES; n++) {
    await resolver.resolve4(`host-${n}.test`);
    made.push(`dns A host-${n}.test 0`);
  }
  server.close();
  return made;
}

const seen: string[] = [];
let connections = 0;
let named = 0;
let read = 0;
const agent = await startAgent(
  // Nothing of it is asked over TLS, but what sees that has to load and attach.
  { tls: 'all' },
  {
    request: ({ protocol, method, target, resource, code, readAt }) => {
      seen.push(`${protocol} ${method} ${resource || target} ${code}`);
      if (readAt !== 0) read++;
    },
    connection: ({ transport, client, server }, change) => {
      if (transport !== 'tcp' || change !== 'closed') return;
      connections++;
      if (client.pid === process.pid && server.pid === process.pid) named++;
    },
    event: () => undefined,
  },
);
const { missing } = agent;
const made = [...(await askHttp()), ...(await askDns())];
for (const deadline = Date.now() + 20_000; seen.length < made.length && Date.now() < deadline; ) await sleep(100);
await sleep(500);
const losses = [...agent.losses()].filter(([, count]) => count > 0);
await agent.stop();
const report: GuestReport = {
  kernel: release(),
  made: made.sort(),
  seen: seen.sort(),
  connections,
  named,
  read,
  missing: missing.map(({ concern, why }) => ({ concern, why })),
  losses: Object.fromEntries(losses),
};
console.log(JSON.stringify(report));
process.exit(0);
