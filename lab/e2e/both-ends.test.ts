/** Two agents, each at one end of a cable, deliver to one server: what both saw is one request, with both latencies. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../src/server/testing/test-server.ts';
import { connect } from '../net/cable.ts';
import { Lab } from '../net/lab.ts';
import { type Nginx, startNginx } from '../net/servers.ts';

const root = join(import.meta.dirname, '../..');
const lab = new Lab();
let server: TestServer;
let nginx: Nginx;

/** Sends so many requests one after another over each of some connections, and as many over a connection each. */
const client = `
import http from 'node:http';
import net from 'node:net';
import { once } from 'node:events';
const [connections, each, single, pipelined] = process.argv.slice(1).map(Number);
let made = 0;
const get = (agent, path) => new Promise((done, failed) => {
  http.get({ host: '10.77.0.2', port: 8080, path, agent }, (answer) => answer.resume().on('end', () => { made++; done(); })).on('error', failed);
});
const kept = async (n) => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (let i = 0; i < each; i++) await get(agent, i % 10 === 0 ? '/status/503' : '/');
  agent.destroy();
};
await Promise.all(Array.from({ length: connections }, (_, n) => kept(n)));
for (let i = 0; i < single; i++) await get(false, '/status/404');
const socket = net.connect(8080, '10.77.0.2');
let answers = '';
for (let i = 0; i < pipelined / 10; i++) {
  socket.write('GET / HTTP/1.1\\r\\nHost: b\\r\\n\\r\\n'.repeat(10));
  while ((answers.match(/HTTP\\/1.1 200/g) ?? []).length < (i + 1) * 10) answers += await once(socket, 'data');
}
socket.end();
console.log(made + answers.match(/HTTP\\/1.1 200/g).length);
`;

const here = lab.namespace();
const there = lab.namespace();
const cgroups = [lab.cgroup(), lab.cgroup()] as const;

beforeAll(async () => {
  connect({ namespace: here, addresses: ['10.77.0.1/24'] }, { namespace: there, addresses: ['10.77.0.2/24'] });
  server = await startTestServer();
  lab.defer(async () => {
    await server[Symbol.asyncDispose]();
  });
  nginx = await startNginx(
    lab,
    { namespace: there, cgroup: cgroups[1], port: 8080 },
    { listen: ['10.77.0.2:8080', '10.77.0.2:8081 http2'] },
  );
  for (const cgroup of cgroups) {
    const socket = join(server.directory, 'ingest.sock');
    const args = ['src/cli/main.ts', 'agent', '--cgroup', cgroup.path, '--server', socket, '--data', lab.folder()];
    await lab.start(join(root, 'node_modules/.bin/tsx'), args, { cwd: root });
  }
  await until(
    () => server.server.parts.agents.list().filter((agent) => agent.connected && agent.kernel !== '').length === 2,
  );
}, 60_000);
afterAll(() => lab.close());

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await holds()) && Date.now() < deadline) await sleep(200);
}

test('requests that both ends saw are counted once everywhere, and both latencies are shown', async () => {
  const [connections, each, single, pipelined] = [4, 50, 40, 100];
  const total = connections * each + single + pipelined;
  const said = await lab.run(
    'node',
    ['--input-type=module', '-e', client, String(connections), String(each), String(single), String(pipelined)],
    { namespace: here, cgroup: cgroups[0] },
  );
  expect(Number(said.trim())).toBe(total);
  expect((await nginx.logged(total)).length).toBe(total);
  const { store, liveGraph } = server.server.parts;
  const rows = async (where: string): Promise<number> => {
    const answer = await store.query(`SELECT count() AS n FROM requests WHERE protocol = 'http' AND ${where}`);
    return Number(answer.first()?.n);
  };
  await until(async () => (await rows("side = 'client'")) >= total && (await rows("side = 'server'")) >= total);
  expect([await rows("side = 'client'"), await rows("side = 'server'"), await rows('counted')]).toEqual([
    total,
    total,
    total,
  ]);

  const span = { from: '-10m' };
  const graph = await server.ask('graph', span);
  const edges = graph.edges.filter((edge) => edge.port === 8080);
  expect(edges.map((edge) => edge.requests)).toEqual([total]);
  expect(edges[0].errors).toBe((connections * each) / 10);
  const name = (id: string): string => graph.nodes.find((node) => node.id === id)?.name ?? '';
  expect([name(edges[0].source), name(edges[0].destination)]).toEqual(['node', 'nginx']);

  const live = liveGraph.edges(Date.now() - 600_000).filter((edge) => edge.port === 8080);
  expect(live.map((edge) => [edge.source, edge.destination, edge.tally.get('requests')])).toEqual([
    [edges[0].source, edges[0].destination, total],
  ]);

  const edge = await server.ask('edge', span, { id: edges[0].id });
  expect([edge.total.requests, edge.client?.requests, edge.server?.requests]).toEqual([total, total, total]);
  expect(edge.between_ns).toBeGreaterThan(0);

  const page = await server.ask('requests', { ...span, limit: 1000, sides: 'once', filter: 'protocol:http' });
  expect(page.items.length).toBe(total);
  for (const { sides } of page.items) {
    expect(sides).not.toBeNull();
    expect(sides?.between_ns).toBe(Number(sides?.client_latency_ns) - Number(sides?.server_latency_ns));
    expect(sides?.between_ns).toBeGreaterThan(0);
  }
  const facets = await server.ask('requestFacets', { ...span, filter: 'protocol:http' });
  expect(facets.total).toBe(total);
  const opened = await server.ask('edges', { ...span, filter: '' });
  expect(opened.items.find((one) => one.port === 8080)?.opened).toBe(connections + single + 1);
}, 90_000);

/** Sends groups of requests at once, each group in one write of several segments, over HTTP/1 and HTTP/2. */
const bursts = `
import net from 'node:net';
import http2 from 'node:http2';
import { once } from 'node:events';
const groups = Number(process.argv[1]);
const path = process.argv[2];
let made = 0;
const socket = net.connect(8080, '10.77.0.2');
let answers = '';
for (let i = 0; i < groups; i++) {
  socket.write(Array.from({ length: 10 }, (_, n) => 'GET ' + path + ' HTTP/1.1\\r\\nHost: b\\r\\nX-Padding: ' + 'x'.repeat(500 + n * 50) + '\\r\\n\\r\\n').join(''));
  while ((answers.match(/HTTP\\/1.1 404/g) ?? []).length < (i + 1) * 10) answers += await once(socket, 'data');
}
socket.end();
made += answers.match(/HTTP\\/1.1 404/g).length;
const session = http2.connect('http://10.77.0.2:8081');
for (let i = 0; i < groups; i++) {
  await Promise.all(Array.from({ length: 10 }, (_, n) => new Promise((done, failed) => {
    const stream = session.request({ ':path': path, 'x-padding': String(i) + 'y'.repeat(700 + n * 50) });
    stream.on('response', () => made++).on('error', failed).resume().on('end', done);
  })));
}
session.close();
console.log(made);
`;

let attempts = 0;
test('requests that begin in the middle of what one end sent at once and the other got in pieces are joined too', async () => {
  // Large packets are cut into segments on their way out, after the agent at this end has seen them.
  await lab.run(
    'tc',
    ['qdisc', 'replace', 'dev', 'eth0', 'root', 'tbf', 'rate', '1gbit', 'burst', '2000', 'limit', '1m'],
    {
      namespace: here,
    },
  );
  const groups = 20;
  const total = groups * 20;
  // Rows of an attempt before this one do not count.
  const path = `/burst/${'abcdef'[attempts++]}`;
  const said = await lab.run('node', ['--input-type=module', '-e', bursts, String(groups), path], {
    namespace: here,
    cgroup: cgroups[0],
  });
  expect(Number(said.trim())).toBe(total);
  const { store } = server.server.parts;
  const rows = async (where: string): Promise<number> => {
    const answer = await store.query(`SELECT count() AS n FROM requests WHERE target = '${path}' AND ${where}`);
    return Number(answer.first()?.n);
  };
  await until(async () => (await rows("side = 'client'")) >= total && (await rows("side = 'server'")) >= total);
  expect([await rows("side = 'client'"), await rows("side = 'server'"), await rows('counted')]).toEqual([
    total,
    total,
    total,
  ]);
}, 90_000);
