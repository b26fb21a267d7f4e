/** Identity of processes that really run here. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Identity } from './identity.ts';
import { socketOwners } from './socket-owners.ts';

let identity: Identity;
let directory: string;
const children: ChildProcess[] = [];

beforeAll(() => {
  identity = new Identity();
  directory = mkdtempSync(join(tmpdir(), 'identity-'));
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

afterAll(() => {
  identity.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Starts a program that says something as soon as it runs; gives its pid. */
async function start(program: string, args: string[], options: { cwd?: string; argv0?: string } = {}): Promise<number> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], ...options });
  children.push(child);
  const gone = once(child, 'close').then(() => Promise.reject(new Error(`${program} ended before it said anything`)));
  gone.catch(() => {});
  await Promise.race([once(child.stdout, 'data'), gone]);
  if (child.pid === undefined) throw new Error(`${program} did not start`);
  return child.pid;
}

const waiting = "console.log('up'); setInterval(() => {}, 1000);\n";

describe('real processes', () => {
  test('this one: its executable, arguments, user, parent, start and namespace', () => {
    const me = identity.process(process.pid);
    expect(me).toMatchObject({
      pid: process.pid,
      parentPid: process.ppid,
      executable: process.execPath,
      uid: userInfo().uid,
      user: userInfo().username,
      netns: Number(/\d+/.exec(readlinkSync('/proc/self/ns/net'))?.[0]),
      kernelThread: false,
    });
    const startedAt = Number(me?.startTime ?? 0n) / 1e6;
    expect(Math.abs(startedAt - (Date.now() - process.uptime() * 1000))).toBeLessThan(2000);
  });

  test('a node script is called after its file, or after its directory where everybody calls a file so', async () => {
    mkdirSync(join(directory, 'x'), { recursive: true });
    const script = join(directory, 'checkout.mjs');
    writeFileSync(script, waiting);
    const pid = await start(process.execPath, ['--no-warnings', script]);
    expect(identity.process(pid)).toMatchObject({
      program: 'checkout',
      name: 'node',
      commandLine: `${process.execPath} --no-warnings ${script}`,
    });
  });

  test('a script that is executed by its own name is called after it', async () => {
    const script = join(directory, 'orders');
    writeFileSync(script, `#!${process.execPath}\n${waiting}`);
    chmodSync(script, 0o755);
    expect(identity.process(await start(script, []))?.program).toBe('orders');
  });

  test('a module of Python is called after it', async (context) => {
    let pid: number;
    try {
      pid = await start('/usr/bin/env', ['python3', '-u', '-m', 'http.server', '--bind', '127.0.0.1', '0']);
    } catch {
      return context.skip('no python3 here');
    }
    expect(identity.process(pid)?.program).toBe('http.server');
    expect(identity.name({ ip: '127.0.0.1', pid, netns: 0, cgroup: 0 }).name).toBe(
      identity.process(pid)?.workload.name,
    );
  });

  test('arguments of 50 KB before the script do not hide it', async () => {
    const script = join(directory, 'payments.mjs');
    writeFileSync(script, waiting);
    const pid = await start(process.execPath, ['--conditions', 'y'.repeat(50_000), script]);
    expect(identity.process(pid)?.program).toBe('payments');
  });

  test('hostile arguments of 10 KB are cut and cleaned, secrets hidden', async () => {
    const args = ['-e', waiting, 'a\nb\u202e\x1b[2J', '--password=hunter2', 'y'.repeat(10_240)];
    const pid = await start(process.execPath, args, { argv0: 'node' });
    const line = identity.process(pid)?.commandLine ?? '';
    expect(line.length).toBe(4096);
    expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(line).not.toContain('hunter2');
  });

  test('one that has ended is still named, one that never was is not', async () => {
    const pid = await start(process.execPath, ['-e', waiting]);
    identity.onExec(pid);
    const child = children[children.length - 1];
    child.kill('SIGKILL');
    await once(child, 'exit');
    identity.onExit(pid);
    expect(identity.process(pid)?.program).toBe('node');
    expect(identity.process(2 ** 22 + 1)).toBeUndefined();
  });

  test('a thread of the kernel, where they can be seen', (context) => {
    const kthreadd = identity.process(2);
    if (kthreadd?.comm !== 'kthreadd') return context.skip('pid 2 is not the kernel here');
    expect(kthreadd).toMatchObject({ kernelThread: true, executable: '', commandLine: '', program: 'kthreadd' });
  });
});

describe('socketOwners', () => {
  test('finds who holds a TCP listener and both ends of a connection, IPv4 and IPv6', async (context) => {
    for (const host of ['127.0.0.1', '::1']) {
      const server = createServer((socket) => socket.on('error', () => {}));
      server.listen(0, host);
      try {
        await once(server, 'listening');
      } catch {
        return context.skip(`no ${host} here`);
      }
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('no port');
      const { port } = address;
      const client = connect(port, host);
      await once(client, 'connect');
      const { sockets, truncated } = socketOwners();
      client.destroy();
      server.close();
      expect(truncated).toBe(false);
      const listener = sockets.find((s) => s.localPort === port && s.state === 'LISTEN');
      expect(listener).toMatchObject({ transport: 'tcp', localIp: host, pid: process.pid });
      const ends = sockets.filter((s) => s.state === 'ESTABLISHED' && (s.localPort === port || s.remotePort === port));
      expect(ends.map((s) => s.pid).every((pid) => pid === process.pid || pid === 0)).toBe(true);
      expect(ends.find((s) => s.remotePort === port)).toMatchObject({
        localIp: host,
        remoteIp: host,
        pid: process.pid,
      });
    }
  });

  test('finds who holds a UDP socket', async () => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    const found = socketOwners({ netnsPid: process.pid }).sockets.find(
      (s) => s.transport === 'udp' && s.localPort === port,
    );
    socket.close();
    expect(found).toMatchObject({ localIp: '127.0.0.1', pid: process.pid });
  });

  test('says where a limit cut its picture', () => {
    expect(socketOwners({ mostDescriptors: 1 }).truncated).toBe(true);
  });

  test('gives nothing where there is no /proc', () => {
    expect(socketOwners({ procRoot: directory })).toMatchObject({ sockets: [], truncated: false });
  });
});
