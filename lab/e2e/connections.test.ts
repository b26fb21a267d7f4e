import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttp, get } from 'node:http';
import { createServer, connect as dial, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EventFields } from '../../src/model/event.ts';
import { connect } from '../net/cable.ts';
import { Lab } from '../net/lab.ts';
import { suite } from '../run/requires.ts';
import { type Watcher, watch } from './watcher.ts';

suite('Connections and what goes wrong with them', { root: true, packages: ['iproute2', 'python3-minimal'] }, () => {
  const lab = new Lab();
  let watcher: Watcher;
  let old: { client: Socket; port: number; close(): void };

  beforeAll(async () => {
    const server = createHttp((request, response) => response.end(`you asked for ${request.url}`));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const client = dial(port, '127.0.0.1');
    await once(client, 'connect');
    client.write('GET /before HTTP/1.1\r\nhost: old\r\n\r\n');
    await once(client, 'data');
    old = { client, port, close: () => server.close() };
    watcher = await watch(lab);
  });

  afterAll(async () => {
    old.client.destroy();
    old.close();
    await lab.close();
  });

  const events = async (matches: (event: EventFields) => boolean, count = 1): Promise<EventFields[]> => {
    for (let i = 0; i < 100 && watcher.events.filter(matches).length < count; i++) await sleep(20);
    return watcher.events.filter(matches);
  };

  it('one that is older than the agent shows what is asked over it from then on, with both processes', async () => {
    old.client.write('GET /after HTTP/1.1\r\nhost: old\r\n\r\n');
    await once(old.client, 'data');
    const [seen] = await watcher.until(1, () => watcher.to(old.port));
    expect([seen.method, seen.resource || seen.target, seen.code]).toEqual(['GET', '/after', 200]);
    expect(seen.connection.beginningSeen).toBe(false);
    expect([seen.connection.client.pid, seen.connection.server.pid]).toEqual([process.pid, process.pid]);
  });

  it('one that is refused is an event with the process that tried', async () => {
    const socket = dial(1, '127.0.0.1');
    await once(socket, 'error').catch(() => undefined);
    const [event] = await events((e) => e.kind === 'connect_failed' && e.destinationPort === 1);
    expect(event).toMatchObject({ reason: 'refused', pid: process.pid, destinationIp: '127.0.0.1' });
  });

  it('one to an address that nobody answers for is an event when it times out', { timeout: 60_000 }, async () => {
    const [a, b] = [lab.namespace(), lab.namespace()];
    connect({ namespace: a, addresses: ['10.84.0.1/24'] }, { namespace: b, addresses: ['10.84.0.2/24'] });
    await lab
      .run('python3', ['-c', PYTHON_TIMEOUT], { namespace: a })
      .catch((error: unknown) => expect(String(error)).toContain(''));
    const [event] = await events((e) => e.kind === 'connect_failed' && e.destinationPort === 4);
    expect(['timed_out', 'unreachable']).toContain(event?.reason);
  });

  it('one that is reset by the server is closed as reset, with an event at each end', async () => {
    const server = createServer((socket) => socket.resetAndDestroy());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const socket = dial(port, '127.0.0.1');
    await new Promise((done) => socket.on('error', () => undefined).once('close', done));
    server.close();
    const kinds = async () =>
      (await events((e) => [e.sourcePort, e.destinationPort].includes(port), 2)).map((e) => e.kind);
    expect(new Set(await kinds())).toEqual(new Set(['reset_sent', 'reset_received']));
    const connection = watcher.connections.find((c) => c.server.port === port);
    expect(['reset', 'aborted']).toContain(connection?.end);
  });

  it('has the bytes of both sides when it ends, over IPv4, IPv6 and IPv4 mapped into IPv6', async () => {
    const server = createServer((socket) => socket.on('data', () => socket.end(Buffer.alloc(70_000))));
    server.listen(0, '::');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    for (const host of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
      const socket = dial(port, host);
      socket.write(Buffer.alloc(1234));
      socket.resume();
      await once(socket, 'close');
    }
    server.close();
    for (
      let i = 0;
      i < 50 && watcher.connections.filter((c) => c.server.port === port && c.end !== 'open').length < 3;
      i++
    )
      await sleep(20);
    const found = watcher.connections.filter((c) => c.server.port === port);
    expect(found.map((c) => [c.server.ip, c.counters.clientBytes, c.counters.serverBytes, c.end])).toEqual([
      ['127.0.0.1', 1234, 70_000, 'closed'],
      ['::1', 1234, 70_000, 'closed'],
      ['127.0.0.1', 1234, 70_000, 'closed'],
    ]);
    for (const c of found) {
      expect(c.counters.rttSmoothed).toBeGreaterThan(0);
      expect(c.counters.rttMin).toBeGreaterThan(0);
    }
  });

  it('a queue of new connections that is full is an event of the listening port', { timeout: 30_000 }, async () => {
    const program = await lab.start('python3', ['-u', '-c', PYTHON_BACKLOG], { prints: /listening on \d+/ });
    const port = Number(/listening on (\d+)/.exec(program.stdout)?.[1]);
    const sockets = Array.from({ length: 12 }, () => dial(port, '127.0.0.1'));
    for (const socket of sockets) socket.on('error', () => undefined);
    const found = await events((e) => e.kind === 'listen_overflow' && e.destinationPort === port);
    for (const socket of sockets) socket.destroy();
    expect(found[0]).toMatchObject({ transport: 'tcp', destinationIp: '127.0.0.1' });
  });

  it('datagrams that a socket has no room for are an event of its port', async () => {
    const receiver = await lab.start('python3', ['-u', '-c', PYTHON_SMALL_BUFFER], { prints: /bound to \d+/ });
    const port = Number(/bound to (\d+)/.exec(receiver.stdout)?.[1]);
    const sender = createSocket('udp4');
    for (let i = 0; i < 200; i++) await new Promise((done) => sender.send(Buffer.alloc(1000), port, '127.0.0.1', done));
    sender.close();
    const found = await events((e) => e.kind === 'udp_receive_overflow' && e.destinationPort === port);
    expect(found[0]).toMatchObject({ transport: 'udp', destinationIp: '127.0.0.1' });
  });

  it('a datagram to a port where nobody listens is a drop with the reason of the kernel', async () => {
    const sender = createSocket('udp4');
    await new Promise((done) => sender.send('hello', 9, '127.0.0.1', done));
    sender.close();
    const found = await events((e) => e.kind === 'drop' && e.transport === 'udp' && e.destinationPort === 9);
    expect(found[0].reason).toBe('NO_SOCKET');
  });

  it('requests sent by sendfile, splice, writev and sendmsg are read like any other', { timeout: 60_000 }, async () => {
    const program = await lab.start('python3', ['-u', '-c', PYTHON_WAYS], { prints: /done \d+/ });
    const port = Number(/done (\d+)/.exec(program.stdout)?.[1]);
    const seen = await watcher.until(4, () => watcher.to(port));
    expect(seen.map((s) => [s.resource || s.target, s.code, s.responseBytes])).toEqual([
      ['/sendfile', 200, 50_042],
      ['/splice', 200, 50_042],
      ['/writev', 200, 50_042],
      ['/sendmsg', 200, 50_042],
    ]);
  });

  it('the processes at both ends have names', async () => {
    const server = createHttp((_, response) => response.end('x'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((done) => get({ port, host: '127.0.0.1', agent: false }, (r) => r.resume().on('end', done)));
    server.close();
    const [seen] = await watcher.until(1, () => watcher.to(port));
    expect(watcher.agent.names.nameOf(seen.connection.client).process).toMatch(/node/);
  });
});

const PYTHON_TIMEOUT = `
import socket
s = socket.socket(); s.setsockopt(socket.IPPROTO_TCP, 18, 1500); s.settimeout(20)
import subprocess
subprocess.run(['ip', 'route', 'add', 'blackhole', '10.84.9.0/24'], check=False)
subprocess.run(['ip', 'neigh', 'replace', '10.84.0.77', 'lladdr', '02:00:00:00:00:77', 'dev', 'eth0'], check=False)
try: s.connect(('10.84.0.77', 4))
except OSError as e: print(e)
`;

const PYTHON_BACKLOG = `
import socket, time
s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(1)
print('listening on', s.getsockname()[1]); time.sleep(60)
`;

const PYTHON_SMALL_BUFFER = `
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
s.bind(('127.0.0.1', 0)); print('bound to', s.getsockname()[1]); time.sleep(60)
`;

const PYTHON_WAYS = `
import os, socket, tempfile, threading, time
listener = socket.socket(); listener.bind(('127.0.0.1', 0)); listener.listen()
port = listener.getsockname()[1]
body = b'x' * 50000
head = b'HTTP/1.1 200 OK\\r\\ncontent-length: 50000' .replace(b'content-length', b'Content-Length') + b'\\r\\n\\r\\n'
file = tempfile.TemporaryFile(); file.write(body); file.flush()
def serve():
    conn, _ = listener.accept()
    while True:
        data = conn.recv(65536)
        if not data: return
        path = data.split(b' ')[1]
        if path == b'/sendfile':
            conn.sendall(head); os.sendfile(conn.fileno(), file.fileno(), 0, 50000)
        elif path == b'/splice':
            conn.sendall(head)
            r, w = os.pipe(); sent = 0
            while sent < 50000:
                n = os.splice(file.fileno(), w, min(4096 * 8, 50000 - sent), offset_src=sent)
                sent += n
                while n > 0: n -= os.splice(r, conn.fileno(), n)
        elif path == b'/writev':
            rest = [head, body]
            os.writev(conn.fileno(), rest)
        else:
            conn.sendmsg([head[:10], head[10:], body])
threading.Thread(target=serve, daemon=True).start()
client = socket.create_connection(('127.0.0.1', port))
for path in ['/sendfile', '/splice', '/writev', '/sendmsg']:
    client.sendall(('GET %s HTTP/1.1\\r\\nHost: ways\\r\\n\\r\\n' % path).encode())
    left = len(head) + 50000
    while left > 0: left -= len(client.recv(65536))
print('done', port, len(head), flush=True)
time.sleep(30)
`;
