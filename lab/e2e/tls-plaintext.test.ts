/**
 * Real clients and servers talk HTTPS while somebody looks into their TLS: every request is seen once, in plaintext, with the
 * right path, status and processes, whichever library encrypts it, at either end or both.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RequestFlag } from '../../src/model/request.ts';
import { type Certificates, makeCertificates } from '../handshakes/tls.ts';
import { type HttpsClient, httpsClients } from '../https/clients.ts';
import { buildGo, goPath, startHttpsGo, startHttpsNginx, startHttpsNode } from '../https/servers.ts';
import type { Cgroup } from '../net/cgroup.ts';
import { Lab } from '../net/lab.ts';
import type { Place } from '../net/place.ts';
import { suite } from '../run/requires.ts';
import { type SeenRequest, type Watcher, watch } from './watcher.ts';

const paths = ['/', '/status/404?x=1', '/'];
const asked = ['GET / 200', 'GET /status/404 404', 'GET / 200'];
const nginxPort = 28_743;
const nodePort = 28_744;
const goPort = 28_745;

const line = (r: SeenRequest): string => `${r.method} ${r.resource || r.target} ${r.code}`;

/** What was said inside of TLS to a port since `from`. */
function said(watcher: Watcher, port: number, from: number): SeenRequest[] {
  return watcher.requests.slice(from).filter((r) => r.connection.server.port === port && r.protocol !== 'tls');
}

/** Lets a client ask, and gives what was seen of it and its process id. */
async function ask(
  lab: Lab,
  watcher: Watcher,
  client: HttpsClient,
  port: number,
  place: Place = {},
  address = '127.0.0.1',
): Promise<{ seen: SeenRequest[]; pid: number }> {
  const from = watcher.requests.length;
  const [command, args] = client.command(`https://${address}:${port}`, paths);
  const program = await lab.start(command, args, place);
  await program.ended;
  const seen = await watcher.until(asked.length, () => said(watcher, port, from));
  return { seen, pid: program.pid };
}

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);

suite('TLS plaintext', {
  root: true,
  packages: ['nginx', 'curl', 'wget', 'openssl', 'python3-minimal', 'util-linux', 'iproute2'],
  unless: goPath() === undefined ? 'there is no Go compiler' : undefined,
}, () => {
  const lab = new Lab();
  let certificates: Certificates;
  let go: string | undefined;
  let own: Cgroup;
  let nginx: number;
  let servers: ReadonlyMap<number, number[]>;

  beforeAll(async () => {
    certificates = await makeCertificates(lab);
    go = buildGo(lab);
    own = lab.ownCgroup();
    nginx = (await startHttpsNginx(lab, { port: nginxPort }, certificates)).program.pid;
    const node = await startHttpsNode(lab, { port: nodePort }, certificates);
    const goServer = await startHttpsGo(lab, { port: goPort }, certificates, go ?? '');
    servers = new Map([
      [nginxPort, childrenOf(nginx)],
      [nodePort, [node.pid]],
      [goPort, [goServer.pid]],
    ]);
  });
  afterAll(() => lab.close());

  describe('with both ends on this host', () => {
    let watcher: Watcher;
    beforeAll(async () => {
      watcher = await watch(lab, { tls: 'all', scope: own.path });
    });

    const names = httpsClients('go').map((client) => client.name);
    for (const [server, port] of [
      ['nginx', nginxPort],
      ['Node', nodePort],
      ['Go', goPort],
    ] as const)
      for (const [index, name] of names.entries())
        it(`is seen once of ${name} to ${server}`, async () => {
          const client = httpsClients(go)[index];
          const { seen, pid } = await ask(lab, watcher, client, port);
          expect(seen.map(line)).toEqual(asked);
          for (const r of seen) {
            expect(r).toMatchObject({ protocol: 'http', partial: false, connection: { client: { pid } } });
            expect(servers.get(port)).toContain(r.connection.server.pid);
            expect(r.flags & RequestFlag.tls).not.toBe(0);
            expect(r.end).toBeGreaterThan(r.start);
          }
          // Connections that begin while they are watched tell their handshake too.
          const { client: end } = seen[0].connection;
          expect(watcher.from(end.port).filter((r) => r.protocol === 'tls')).toHaveLength(1);
        });

    it('loses nothing', async () => {
      await sleep(1000);
      expect(await watcher.newLosses()).toEqual({});
    });
  });
});
