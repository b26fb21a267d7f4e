import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cgroupRoot } from '../../src/probe/cgroup.ts';
import { Lab } from '../net/lab.ts';
import { type Nginx, type NginxRequest, startNginx } from '../net/servers.ts';
import { suite } from '../run/requires.ts';
import { type SeenRequest, type Watcher, watch } from './watcher.ts';

const port = 18_311;
const sizes = [0, 1, 100, 511, 512, 513, 1024, 4096, 65_536, 300_000, 2_000_000];
const containerId = '0123456789abcdef'.repeat(4);

suite('What is seen agrees with the log of the server', { root: true, packages: ['nginx'] }, () => {
  const lab = new Lab();
  const agent = new HttpAgent({ keepAlive: true, maxSockets: 8 });
  let watcher: Watcher;
  let nginx: Nginx;
  let pairs: { log: NginxRequest; seen: SeenRequest }[];

  beforeAll(async () => {
    watcher = await watch(lab);
    await startNginx(lab, { port: port + 1 }, { log: false });
    nginx = await startNginx(
      lab,
      { port },
      {
        locations: `location /slow/ { limit_rate 200k; alias /dev/shm/; }
          location /upload { client_max_body_size 10m; proxy_pass http://127.0.0.1:${port + 1}/status/201; }
          location /echo/ { return 200 "$request_uri"; }
          location /gone { return 410; }`,
      },
    );
    for (const size of sizes) writeFileSync(join(nginx.folder, 'www', String(size)), 'x'.repeat(size));
    writeFileSync('/dev/shm/wirelight-slow', 'y'.repeat(100_000));
    lab.defer(() => rmSync('/dev/shm/wirelight-slow', { force: true }));
    const worker = Number((await lab.run('pgrep', ['-P', String(nginx.program.pid)])).trim());
    moveIntoContainer(lab, worker);
    const plan: [string, string, number][] = [];
    for (let round = 0; round < 20; round++) {
      for (const size of sizes) plan.push(['GET', `/file/${size}`, 0]);
      plan.push(['HEAD', '/file/4096', 0], ['GET', '/nothing/here', 0], ['GET', '/gone', 0], ['GET', '/status/503', 0]);
      plan.push(['POST', '/upload', 10], ['POST', '/upload', 100_000], ['PUT', '/upload', 3_000_000]);
      plan.push(['GET', `/echo/users/${round}?token=secret&x=1`, 0], ['DELETE', '/status/204', 0]);
    }
    for (let i = 0; i < 4; i++) plan.push(['GET', '/slow/wirelight-slow', 0]);
    await Promise.all(Array.from({ length: 8 }, (_, i) => work(plan.filter((_, at) => at % 8 === i))));
    agent.destroy();
    await watcher.until(plan.length, () => watcher.to(port));
    // nginx writes its log when it is done with a request.
    for (let wait = 0; wait < 50 && nginx.requests().length < plan.length; wait++) await sleep(100);
    const seen = new Map<number, SeenRequest[]>();
    for (const one of watcher.to(port)) {
      const list = seen.get(one.connection.client.port) ?? [];
      list.push(one);
      seen.set(one.connection.client.port, list);
    }
    pairs = nginx.requests().flatMap((log) => {
      const next = seen.get(log.clientPort)?.shift();
      return next === undefined ? [] : [{ log, seen: next }];
    });
    expect(pairs.length).toBe(plan.length);
    expect(watcher.to(port).length).toBe(plan.length);
  }, 120_000);

  afterAll(() => lab.close());

  const work = async (plan: readonly [string, string, number][]): Promise<void> => {
    for (const [method, path, size] of plan) await ask(method, path, size);
  };

  const ask = (method: string, path: string, size: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const headers = size > 0 ? { 'content-length': size } : {};
      const sent = httpRequest({ agent, host: '127.0.0.1', port, method, path, headers }, (answer) => {
        answer.resume().once('end', resolve);
      });
      sent.once('error', reject);
      sent.end(size > 0 ? Buffer.alloc(size, 97) : undefined);
    });

  describe('for every request', () => {
    it('method and path', () => {
      for (const { log, seen } of pairs)
        expect([seen.method, seen.resource || seen.target]).toEqual([log.method, log.uri.replace(/\?.*/, '')]);
    });

    it('status', () => {
      for (const { log, seen } of pairs) expect([log.uri, seen.code]).toEqual([log.uri, log.status]);
    });

    it('bytes of the request and of the response', () => {
      for (const { log, seen } of pairs)
        expect([log.method, log.uri, seen.requestBytes, seen.responseBytes]).toEqual([
          log.method,
          log.uri,
          log.requestLength,
          log.bytesSent,
        ]);
    });

    it('the process that served and the one that asked', async () => {
      const worker = Number((await lab.run('pgrep', ['-P', String(nginx.program.pid)])).trim());
      for (const { seen } of pairs) {
        expect(seen.connection.server.pid).toBe(worker);
        expect(seen.connection.client.pid).toBe(process.pid);
      }
    });

    it('the container that the process was in (by its cgroup; no container engine runs here)', () => {
      const name = watcher.agent.names.nameOf(pairs[0].seen.connection.server);
      expect(name.containerId).toBe(containerId);
      expect(name.containerRuntime).toBe('docker');
    });

    it('latency, within the milliseconds that the log has', () => {
      // The log's clock ticks in milliseconds, starts when nginx reads and ends when the last byte is handed to the kernel: what
      // was seen is never shorter, and longer only where the request waited or the client was slow to take the answer.
      const longer = pairs.map(
        ({ log, seen }) => (seen.end - (seen.readAt || seen.start)) / 1e6 - log.requestTime * 1000,
      );
      expect(Math.min(...longer)).toBeGreaterThan(-12);
      const sorted = longer.sort((x, y) => x - y);
      expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(12);
      const slow = pairs.filter(({ log }) => log.uri.startsWith('/slow/'));
      for (const { seen } of slow) expect((seen.end - seen.start) / 1e6).toBeGreaterThan(300);
    });

    it('and the times of one request stand in their order', () => {
      for (const { seen } of pairs) {
        const times = [seen.start, seen.readAt || seen.start, seen.responseStart, seen.end];
        expect([...times].sort((a, b) => a - b)).toEqual(times);
      }
    });
  });
});

/** Moves a process into a control group whose path is that of a container of Docker. */
function moveIntoContainer(lab: Lab, pid: number): void {
  const root = cgroupRoot();
  if (root === undefined) throw new Error('no cgroup v2 hierarchy is mounted');
  const docker = join(root, 'docker');
  const path = join(docker, containerId);
  mkdirSync(path, { recursive: true });
  lab.defer(async () => {
    for (const member of readFileSync(join(path, 'cgroup.procs'), 'utf8').split('\n'))
      if (member !== '') tryTo(() => writeFileSync(join(root, 'cgroup.procs'), member));
    await sleep(50);
    tryTo(() => rmdirSync(path));
    if (readdirSync(docker, { withFileTypes: true }).every((entry) => !entry.isDirectory()))
      tryTo(() => rmdirSync(docker));
  });
  writeFileSync(join(path, 'cgroup.procs'), String(pid));
}

function tryTo(act: () => void): void {
  try {
    act();
  } catch {
    // Another test's programs may still be in it.
  }
}
