import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { recordSchema } from '../../src/model/json.ts';
import { connect } from '../net/cable.ts';
import { Lab } from '../net/lab.ts';
import type { Namespace } from '../net/namespace.ts';
import type { Program } from '../net/program.ts';
import { startDnsmasq, startNginx } from '../net/servers.ts';
import { suite } from '../run/requires.ts';

const root = join(import.meta.dirname, '../..');
const wirelight = ['--import', 'tsx', join(root, 'src/cli/main.ts')];

/** Ends a capture as Ctrl-C does, and gives what it said. */
async function end(capture: Program): Promise<string> {
  await sleep(500);
  capture.child.kill('SIGINT');
  expect(await capture.ended).toBe(0);
  return capture.stderr;
}

function read(file: string): Extract<ReturnType<typeof recordSchema.parse>, { type: 'request' }>[] {
  const text = execFileSync(process.execPath, [...wirelight, 'read', file, '-o', 'json', '-q'], {
    encoding: 'utf8',
    cwd: root,
    maxBuffer: 1 << 30,
  });
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => recordSchema.parse(JSON.parse(line)))
    .filter((record) => record.type === 'request');
}

const packages = [
  'python3-minimal',
  'iproute2',
  'util-linux',
  'nginx',
  'curl',
  'dnsmasq',
  'bind9-dnsutils',
  'wrk',
] as const;

suite('wirelight capture', { root: true, packages }, () => {
  let lab: Lab;
  let web: Namespace;
  let user: Namespace;
  let folder: string;

  beforeEach(() => {
    lab = new Lab();
    web = lab.namespace();
    user = lab.namespace();
    folder = lab.folder();
    connect(
      { namespace: web, addresses: ['10.84.0.1/24', 'fd84::1/64'] },
      { namespace: user, addresses: ['10.84.0.2/24', 'fd84::2/64'] },
    );
  });
  afterEach(() => lab.close());

  function capture(file: string, ...args: string[]): Promise<Program> {
    const line = [...wirelight, 'capture', '-o', file, '--netns', web.name, ...args];
    return lab.start(process.execPath, line, { cwd: root, prints: /capturing/, stopSignal: 'SIGINT' });
  }

  it('writes what wirelight read turns into the requests that nginx logged, with the processes of both ends', async () => {
    const nginx = await startNginx(lab, { namespace: web, port: 8080 });
    const file = join(folder, 'web.pcapng');
    const running = await capture(file, 'port:8080');
    for (const host of ['10.84.0.1', '[fd84::1]']) {
      const urls = ['/', '/status/404', '/status/503'].map((path) => `http://${host}:8080${path}`);
      await lab.run('curl', ['-s', ...urls], { namespace: user });
    }
    const said = await end(running);
    expect(said).toMatch(/captured {2}\d+ packets/);
    expect(said).toMatch(/lost {6}nothing/);
    const requests = read(file);
    expect(
      requests.map((r) => [r.method, r.resource ?? r.target, r.status, r.response_bytes, r.request_bytes]),
    ).toEqual(nginx.requests().map((r) => [r.method, r.uri, r.status, r.bytesSent, r.requestLength]));
    for (const { source, destination } of requests) {
      expect(source.process).toBe('curl');
      expect(destination.process).toBe('nginx');
      expect(destination.pid).toBeGreaterThan(0);
    }
  });

  it('chooses conversations by process, and leaves all others out', async () => {
    await startNginx(lab, { namespace: web, port: 8080 });
    await startDnsmasq(lab, { namespace: web, port: 53 }, ['--address=/web.test/10.84.0.1']);
    const file = join(folder, 'dns.pcapng');
    const running = await capture(file, '--process', 'dnsmasq', '-s', '256');
    await lab.run('dig', ['@10.84.0.1', 'web.test'], { namespace: user });
    await lab.run('curl', ['-s', 'http://10.84.0.1:8080/'], { namespace: user });
    await end(running);
    expect(read(file).map((r) => [r.operation, r.status_text, r.destination.process])).toEqual([
      ['A web.test', 'NOERROR', 'dnsmasq'],
    ]);
  });

  it('accounts for every packet of a flood that the memory is too small for', async () => {
    await startNginx(lab, { namespace: web, port: 8080 }, { log: false });
    const file = join(folder, 'flood.pcapng');
    const running = await capture(file, '--buffer', '2MiB', 'port:8080');
    const flood = lab.run('wrk', ['-t1', '-c64', '-d2', 'http://10.84.0.1:8080/status/404'], { namespace: user });
    await sleep(800);
    running.child.kill('SIGSTOP');
    await sleep(600);
    running.child.kill('SIGCONT');
    await flood;
    const said = await end(running);
    const [, written] = /captured {2}([\d,]+) packets/.exec(said) ?? [];
    const text = execFileSync('python3', ['-c', statisticsScript, file], { encoding: 'utf8' });
    const { packets, received, dropped } = JSON.parse(text) as Record<string, number>;
    expect(packets).toBe(Number(written.replaceAll(',', '')));
    const [, leftOut = '0'] = /left out {2}([\d,]+) packet/.exec(said) ?? [];
    expect(received).toBe(packets + dropped + Number(leftOut.replaceAll(',', '')));
    expect(dropped).toBeGreaterThan(0);
    expect(said).toContain(`${dropped.toLocaleString('en-US')} packets dropped by the kernel`);
  });

  it('rotates its files, ends by itself, and never writes over something else', async () => {
    await startNginx(lab, { namespace: web, port: 8080 });
    const running = await capture(join(folder, 'ring.pcapng'), '--rotate', '20kB', '--keep', '2', '-n', '400');
    await lab.run('wrk', ['-t1', '-c4', '-d1', 'http://10.84.0.1:8080/'], { namespace: user });
    expect(await running.ended).toBe(0);
    expect(running.stderr).toMatch(/captured {2}400 packets/);
    const files = readdirSync(folder).sort();
    expect(files).toHaveLength(2);
    for (const file of files) expect(readFileSync(join(folder, file)).readUInt32BE()).toBe(0x0a0d0d0a);
    const precious = join(folder, 'precious');
    writeFileSync(precious, 'not a capture');
    const refused = await lab.run('sh', [
      '-c',
      `${process.execPath} --import tsx src/cli/main.ts capture -d 1s -o ${precious} 2>&1 || true`,
    ]);
    expect(refused).toContain('is there already and is no capture file');
    expect(readFileSync(precious, 'utf8')).toBe('not a capture');
  });

  it('says in a sentence what it lacks', async () => {
    const said = async (...args: string[]) =>
      (
        await lab.run('sh', [
          '-c',
          `${process.execPath} --import tsx src/cli/main.ts capture "$@" 2>&1 || true`,
          'sh',
          ...args,
        ])
      ).split('\n')[0];
    const file = join(folder, 'x.pcapng');
    expect(await said('-o', file, '-i', 'nothere0')).toBe('wirelight: there is no interface nothere0');
    expect(await said('-o', file, '--netns', 'nothere')).toBe('wirelight: there is no network namespace nothere');
    expect(await said('-o', file, 'status:5xx')).toBe('wirelight: no conversation can pass this filter');
    expect(await said('-o', '/nothere/x.pcapng')).toBe('wirelight: cannot write /nothere/x.pcapng');
    expect(await said()).toMatch(/required option '-o, --output <file>' not specified/);
  });
});

/** Reads blocks on its own: packets in the file, and the statistics of its last statistics block. */
const statisticsScript = `
import json, struct, sys
data = open(sys.argv[1], 'rb').read()
at, packets, counts = 0, 0, {}
while at < len(data):
    kind, length = struct.unpack_from('<II', data, at)
    if kind == 6: packets += 1
    if kind == 5:
        option = at + 20
        while option < at + length - 4:
            code, size = struct.unpack_from('<HH', data, option)
            if size == 8: counts[code] = struct.unpack_from('<Q', data, option + 4)[0]
            option += 4 + (size + 3) // 4 * 4
    at += length
print(json.dumps({'packets': packets, 'received': counts.get(4, 0), 'dropped': counts.get(7, 0)}))
`;
