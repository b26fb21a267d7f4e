/**
 * Real clients and servers talk HTTPS while somebody looks into their TLS: every request is seen once, in plaintext, with the
 * right path, status and processes, whichever library encrypts it, at either end or both.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RequestFlag } from '../../src/model/request.ts';
import { type Certificates, makeCertificates } from '../handshakes/tls.ts';
import { asyncioClient, type HttpsClient, httpsClients, nssClient } from '../https/clients.ts';
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
  packages: ['nginx', 'curl', 'wget', 'libnss3-tools', 'openssl', 'python3-minimal', 'util-linux', 'iproute2'],
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

  describe('with one end watched', () => {
    for (const end of ['client', 'server'] as const)
      for (const [index, { name }] of httpsClients('go').entries())
        it(`is seen once at the ${end} of ${name}`, async () => {
          await using room = new Lab();
          const [clients, others] = [room.cgroup(), room.cgroup()];
          const port = 28_750 + index;
          await startHttpsNginx(room, { port, cgroup: others }, certificates);
          const scope = (end === 'client' ? clients : others).path;
          const watcher = await watch(room, { tls: 'all', scope });
          const { seen, pid } = await ask(room, watcher, httpsClients(go)[index], port, { cgroup: clients });
          expect(seen.map(line)).toEqual(asked);
          for (const r of seen) {
            expect(r.partial).toBe(false);
            if (end === 'client') expect(r.connection.client.pid).toBe(pid);
          }
        });
  });

  it('is seen of NSS', async () => {
    await using room = new Lab();
    const [clients, others] = [room.cgroup(), room.cgroup()];
    const port = 28_761;
    await startHttpsNginx(room, { port, cgroup: others }, certificates);
    const watcher = await watch(room, { tls: 'all', scope: clients.path });
    const { seen } = await ask(room, watcher, nssClient, port, { cgroup: clients });
    expect(seen.map(line)).toEqual(asked);
    expect(seen[0].connection.client.comm).toBe('tstclnt');
  });

  it('is seen in connections that are older than the watcher', async () => {
    await using room = new Lab();
    const client = `
      const https = require('node:https');
      const agent = new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
      const get = (path) => https.get('https://127.0.0.1:${nginxPort}' + path, { agent }, (r) =>
        r.resume().on('end', () => console.log('done', path)));
      process.stdin.on('data', (path) => get(String(path).trim()));
      get('/');`;
    const node = await room.start('node', ['-e', client], { prints: /done/ });
    const watcher = await watch(room, { tls: 'all', scope: own.path });
    const told: string[] = [];
    for (const path of ['/status/201', '/status/404', '/status/503']) {
      told.push(`GET ${path} ${path.slice(8)}`);
      node.child.stdin?.write(`${path}\n`);
      await watcher.until(told.length, () => said(watcher, nginxPort, 0));
    }
    expect(said(watcher, nginxPort, 0).map(line)).toEqual(told);
    expect(said(watcher, nginxPort, 0)[0].connection.client.pid).toBe(node.pid);
  });

  it('is seen of programs that carry the ciphertext themselves', async () => {
    await using room = new Lab();
    const [clients, others] = [room.cgroup(), room.cgroup()];
    const port = 28_760;
    await startHttpsNginx(room, { port, cgroup: others }, certificates);
    const watcher = await watch(room, { tls: 'all', scope: clients.path });
    const { seen, pid } = await ask(room, watcher, asyncioClient, port, { cgroup: clients });
    expect(seen.map(line)).toEqual(asked);
    expect(seen[0].connection.client.pid).toBe(pid);
  });

  it('shows only those who were asked for', async () => {
    await using room = new Lab();
    const watcher = await watch(room, { tls: ['nginx'], scope: own.path });
    const [curl] = httpsClients(go);
    expect((await ask(room, watcher, curl, nginxPort)).seen.map(line)).toEqual(asked);
    const from = watcher.requests.length;
    const [command, args] = curl.command(`https://127.0.0.1:${nodePort}`, paths);
    await room.run(command, args);
    await sleep(500);
    expect(watcher.requests.slice(from).map((r) => r.protocol)).toEqual(['tls']);
  });

  it('is complete where many ask at once, and large things are sent', async () => {
    await using room = new Lab();
    const watcher = await watch(room, { tls: 'all', scope: own.path });
    const origin = `https://127.0.0.1:${nginxPort}`;
    const urls = Array.from({ length: 200 }, (_, i) => [`${origin}/status/404?n=${i}`, '-o', '/dev/null']).flat();
    await room.run('curl', ['-sk', '--http1.1', '-Z', '--parallel-max', '20', ...urls]);
    const many = await watcher.until(200, () => said(watcher, nginxPort, 0));
    expect(many.map(line)).toEqual(new Array(200).fill('GET /status/404 404'));
    const from = watcher.requests.length;
    const file = `${room.folder()}/large`;
    writeFileSync(file, Buffer.alloc(3_000_000, 'x'));
    for (const version of ['--http1.1', '--http2'])
      await room.run('curl', ['-sk', version, '-T', file, '-o', '/dev/null', `${origin}/put/large${version}`]);
    for (const version of ['--http1.1', '--http2'])
      await room.run('curl', ['-sk', version, '-o', '/dev/null', `${origin}/file/large--http1.1`]);
    const large = await watcher.until(4, () => said(watcher, nginxPort, from));
    expect(large.map(({ method, code }) => `${method} ${code}`)).toEqual(['PUT 201', 'PUT 201', 'GET 200', 'GET 200']);
    for (const r of large) {
      const bytes = r.method === 'PUT' ? r.requestBytes : r.responseBytes;
      expect(bytes).toBeGreaterThan(3_000_000);
      expect(bytes).toBeLessThan(3_010_000);
    }
    await sleep(500);
    expect(await watcher.newLosses()).toEqual({});
  });
});
