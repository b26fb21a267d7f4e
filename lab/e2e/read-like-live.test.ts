import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newCaptureReading } from '../../src/capture/pcap/read-capture.ts';
import type { Connection } from '../../src/model/connection.ts';
import type { RequestFields } from '../../src/model/request.ts';
import { protocols } from '../../src/protocols/index.ts';
import { connect } from '../net/cable.ts';
import { Lab } from '../net/lab.ts';
import type { Namespace } from '../net/namespace.ts';
import { startDnsmasq, startNginx } from '../net/servers.ts';
import { suite } from '../run/requires.ts';
import { type Watcher, watch } from './watcher.ts';

/** What a request is, however it was seen. */
function essence(r: Readonly<RequestFields>, { client, server }: Readonly<Connection>): string {
  const who = `${client.ip}:${client.port} ${server.ip}:${server.port}`;
  return `${who} ${r.protocol} ${r.method} ${r.resource || r.target} ${r.code} ${r.requestBytes} ${r.responseBytes}`;
}

const packages = ['iproute2', 'util-linux', 'nginx', 'curl', 'dnsmasq', 'bind9-dnsutils', 'tcpdump'] as const;

suite('a capture file of traffic that was also watched live', { root: true, packages }, () => {
  const lab = new Lab();
  let watcher: Watcher;
  let user: Namespace;
  const fromFile: string[] = [];

  beforeAll(async () => {
    const web = lab.namespace();
    user = lab.namespace();
    connect(
      { namespace: web, addresses: ['10.85.0.1/24', 'fd85::1/64'] },
      { namespace: user, addresses: ['10.85.0.2/24', 'fd85::2/64'] },
    );
    await startNginx(lab, { namespace: web, port: 8085 });
    await startDnsmasq(lab, { namespace: web, port: 53 }, ['--address=/web.test/10.85.0.1']);
    const file = join(lab.folder(), 'both.pcap');
    const tcpdump = await lab.start('tcpdump', ['-n', '-i', 'eth0', '-B', '65536', '-w', file, 'tcp or udp'], {
      namespace: web,
      prints: /listening on/,
      stopSignal: 'SIGINT',
    });
    watcher = await watch(lab, { keepRaw: true });
    const at = { namespace: user };
    const urls = ['/', '/status/404', '/status/503', '/nothing?token=secret'];
    for (const host of ['10.85.0.1', '[fd85::1]']) {
      await lab.run('curl', ['-s', '-g', ...urls.map((path) => `http://${host}:8085${path}`)], at);
    }
    await lab.run('curl', ['-s', '-d', 'x'.repeat(20_000), 'http://10.85.0.1:8085/status/201'], at);
    await lab.run('curl', ['-s', '-Z', 'http://10.85.0.1:8085/status/404?[1-1000]'], at);
    for (const name of ['web.test', 'nothing.test']) await lab.run('dig', ['@10.85.0.1', name], at);
    await lab.run('dig', ['+tcp', '@10.85.0.1', 'web.test'], at);
    await sleep(1500);
    await tcpdump.stop();
    await watcher.agent.stop();
    expect(tcpdump.stderr).toContain('0 packets dropped by kernel');
    const reading = newCaptureReading({
      protocols,
      protocolOptions: { keepRaw: true, datagramTimeout: 5e9 },
      sink: {
        request: (request, connection) => fromFile.push(essence(request, connection)),
        connection: () => undefined,
        event: () => undefined,
      },
    });
    async function* bytes() {
      yield readFileSync(file);
    }
    const { skips, file: outcome } = await reading.read(bytes());
    expect([outcome.damage, skips.entries()]).toEqual(['', []]);
  });
  afterAll(() => lab.close());

  it('gives the same requests with the same sizes and codes', () => {
    const isOurs = ({ client }: Connection) => client.ip === '10.85.0.2' || client.ip === 'fd85::2';
    const live = watcher.requests.filter(({ connection }) => isOurs(connection));
    expect(live.length).toBeGreaterThan(1000);
    const seenLive = live.map((request) => essence(request, request.connection)).sort();
    expect([...fromFile].sort()).toEqual(seenLive);
  });
});
