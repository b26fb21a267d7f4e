/** The commands that ask a server, against a real one. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseFilter } from '../../model/filter/index.ts';
import { edgeSchema } from '../../model/json.ts';
import { Users } from '../../server/access/users.ts';
import { startTestServer, type TestServer } from '../../server/testing/test-server.ts';
import { observeRemote } from '../observe/remote.ts';
import { shownOf } from '../records/shown.ts';
import { run } from '../run.ts';
import { fakeStop, keptIo } from '../testing/fake-agent.ts';
import { Client } from './client.ts';

const directory = mkdtempSync(join(tmpdir(), 'wirelight-remote-'));
let it: TestServer;
let url = '';
const password = 'a long password of ada';

beforeAll(async () => {
  it = await startTestServer();
  url = `http://127.0.0.1:${it.server.port}`;
  await new Users(join(it.directory, 'users.json')).set('ada', 'viewer', password);
  await give('/old', '/old', '/bad');
}, 60_000);
afterAll(async () => {
  await it[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

const ends = [
  { id: '000000000000000a', kind: 'workload', name: 'shop', host: 'h' },
  { id: '000000000000000b', kind: 'workload', name: 'stock', host: 'h' },
];

async function give(...targets: readonly string[]): Promise<void> {
  const now = BigInt(Date.now()) * 1_000_000n;
  await it.give(
    'entities',
    ends.map((one) => ({ ...one, first_seen: now, last_seen: now })),
  );
  await it.give(
    'requests',
    targets.map((target) => ({
      time: now,
      side: 'both',
      counted: true,
      protocol: 'http',
      method: 'GET',
      target,
      code: target === '/bad' ? 500 : 200,
      outcome: target === '/bad' ? 'server_error' : 'ok',
      latency_ns: 1_000_000,
      source: ends[0].id,
      destination: ends[1].id,
      destination_port: 80,
      agent: 'aaaaaaaaaaaaaaaa',
    })),
  );
}

const env = (more: Record<string, string> = {}): Record<string, string> => ({
  WIRELIGHT_CONFIG: join(directory, 'config.yaml'),
  WIRELIGHT_DATA: join(directory, 'nowhere'),
  USER: 'ada',
  ...more,
});

async function said(args: readonly string[], input = '', more: Record<string, string> = {}) {
  const io = keptIo(undefined, env(more));
  (io.stdin as unknown as NodeJS.WritableStream).end(input);
  const code = await run(args, io);
  return { code, out: io.out(), err: io.err() };
}

test('who logs in is known to all commands from then on, until they log out', async () => {
  const before = await said(['status', '--server', url]);
  expect([before.code, before.err]).toEqual([1, expect.stringMatching(/nobody is logged in/)]);
  const wrong = await said(['login', '--server', url], 'not the password\n');
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringMatching(/the name or the password is wrong/)]);
  const { code, out } = await said(['login', '--server', url], `${password}\n`);
  expect([code, out]).toEqual([0, expect.stringMatching(/You are ada \(viewer\)/)]);
  const path = join(directory, 'config.yaml');
  expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
  expect(readFileSync(path, 'utf8')).not.toContain(password);
  for (const line of [
    ['map', '-o', 'json'],
    ['status', '-o', 'json'],
    ['query', 'SELECT count() AS n FROM requests', '-o', 'json'],
    ['diff', '--before', '1h', '-o', 'json'],
    ['top', '--since', '1h', '-o', 'json'],
    ['observe', '--since', '1h', '-o', 'json'],
  ]) {
    const answer = await said(line);
    expect([line[0], answer.code, answer.err]).toEqual([line[0], 0, '']);
    expect(() =>
      answer.out
        .trim()
        .split('\n')
        .map((one) => JSON.parse(one) as unknown),
    ).not.toThrow();
  }
  const refused = await said(['query', 'SELECT 1', '--server', url], '', { WIRELIGHT_TOKEN: 'nonsense' });
  expect(refused.err).toMatch(/the token is not the one of this server.*wirelight login/s);
  const token = /token: (.+)/.exec(readFileSync(path, 'utf8'))?.[1] ?? '';
  expect((await said(['logout'])).out).toBe('Logged out.\n');
  expect(readFileSync(path, 'utf8')).not.toContain('token');
  const after = await fetch(`${url}/api/v1/health`, { headers: { authorization: `Bearer ${token}` } });
  expect(after.status).toBe(401);
});

test('top shows the past as it shows the present', async () => {
  const token = it.server.token ?? '';
  const { out } = await said(['top', '--since', '1h', '--server', url, '-o', 'json'], '', { WIRELIGHT_TOKEN: token });
  const [edge] = out
    .trim()
    .split('\n')
    .map((line) => edgeSchema.parse(JSON.parse(line)));
  expect(edge).toMatchObject({
    source: { name: 'shop' },
    destination: { name: 'stock', port: 80 },
    requests: 3,
    failures: 1,
  });
  const table = await said(['top', '--since', '1h', '--server', url, '--sort', 'p99', '-n', '1'], '', {
    WIRELIGHT_TOKEN: token,
  });
  expect(table.out).toMatch(/SOURCE.*\n.*shop.*stock:80/);
  const csv = await said(['top', '--since', '1h', '--server', url, '-o', 'csv'], '', { WIRELIGHT_TOKEN: token });
  expect(csv.out.split('\n')[0]).toMatch(/^type,time/);
});

test('a login is sent to the server that it is of, and to no other', async () => {
  const got: IncomingHttpHeaders[] = [];
  const stranger = createServer((request, response) => {
    got.push(request.headers);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
  const elsewhere = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
  writeFileSync(join(directory, 'config.yaml'), `server: ${url}\ntoken: secret\n`);
  await said(['status', '--server', elsewhere]);
  expect(got.map((headers) => headers.authorization)).toEqual([undefined]);
  stranger.close();
  const clear = await said(['status', '--server', 'http://wirelight.example'], '', { WIRELIGHT_TOKEN: 'secret' });
  expect(clear.err).toMatch(/neither password nor token is sent.*in the clear.*https/s);
  const login = await said(['login', '--server', 'http://wirelight.example'], 'x\n');
  expect(login.err).toMatch(/in the clear/);
  rmSync(join(directory, 'config.yaml'));
});

test('observe shows what a server sees as it happens, and goes on where it was after the server was away', async () => {
  const stop = fakeStop();
  const io = keptIo(undefined, env());
  const client = new Client(url, it.server.token);
  const options = { output: 'json' as const, show: shownOf('requests'), limit: 5 };
  const observing = observeRemote(parseFilter('path:/live*'), options, io, client, stop);
  const { liveRecords } = it.server.parts;
  const joined = async (): Promise<void> => {
    while (liveRecords.size === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await joined();
  await give('/live1', '/other', '/live2');
  const lines = (): string[] =>
    io
      .out()
      .trim()
      .split('\n')
      .filter((line) => line !== '');
  while (lines().length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  // What breaks between us, as seen from here.
  it.server.parts.liveRecords.disconnect();
  await give('/live3', '/live4');
  await joined();
  await give('/live5');
  await observing;
  const targets = lines().map((line) => (JSON.parse(line) as { target: string }).target);
  expect(targets).toEqual(['/live1', '/live2', '/live3', '/live4', '/live5']);
  expect(io.err()).toMatch(/the server went away; it is asked again/);
});

test('a server that is not there, or refuses, ends observe with a sentence', async () => {
  const stop = fakeStop();
  const options = { output: 'table' as const, show: shownOf('requests') };
  const nobody = new Client('http://127.0.0.1:9', undefined);
  await expect(observeRemote(parseFilter(''), options, keptIo(undefined, env()), nobody, stop)).rejects.toMatchObject({
    code: 'no_server',
  });
  const stranger = new Client(url, undefined);
  await expect(observeRemote(parseFilter(''), options, keptIo(undefined, env()), stranger, stop)).rejects.toMatchObject(
    { code: 'not_logged_in' },
  );
});
