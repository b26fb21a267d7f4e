/**
 * Makes the capture files in src/capture/pcap/samples with real servers, real clients and tcpdump. Needs root.
 *
 *   sudo npx tsx lab/pcap-samples.ts [NAME...]
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { connect } from './net/cable.ts';
import { Lab } from './net/lab.ts';
import type { Namespace } from './net/namespace.ts';
import { startDnsmasq, startNginx } from './net/servers.ts';

const samples = join(import.meta.dirname, '../src/capture/pcap/samples');

/** Two namespaces with a cable between them; `web` has a web server and a name server. */
interface Scene {
  readonly lab: Lab;
  readonly web: Namespace;
  readonly user: Namespace;
  /** Runs something while tcpdump writes `name`. */
  capture(name: string, options: readonly string[], traffic: () => Promise<unknown>): Promise<void>;
  curl(...args: string[]): Promise<string>;
}

const makers: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  // several requests on one connection, bodies both ways, errors, IPv4 and IPv6
  'http.pcap': ({ capture, curl }) =>
    capture('http.pcap', ['-i', 'eth0'], async () => {
      const url = 'http://10.82.0.1:8080';
      await curl(`${url}/`, `${url}/file/6k`, `${url}/status/404`, `${url}/status/503`);
      await curl('-d', 'x'.repeat(3000), `${url}/status/201`);
      await curl('http://[fd82::1]:8080/', 'http://[fd82::1]:8080/file/6k');
    }),
  'http-snaplen.pcap': ({ capture, curl }) =>
    capture('http-snaplen.pcap', ['-i', 'eth0', '-s', '200'], () =>
      curl('http://10.82.0.1:8080/file/6k', 'http://10.82.0.1:8080/', 'http://10.82.0.1:8080/status/404'),
    ),
  'http-cooked.pcap': ({ capture, curl }) =>
    capture('http-cooked.pcap', ['-i', 'any', '-y', 'LINUX_SLL'], () =>
      curl('http://10.82.0.1:8080/', 'http://[fd82::1]:8080/status/404'),
    ),
  'http-cooked2.pcap': ({ capture, curl }) =>
    capture('http-cooked2.pcap', ['-i', 'any', '-y', 'LINUX_SLL2', '--nano'], () =>
      curl('http://10.82.0.1:8080/', 'http://[fd82::1]:8080/status/404'),
    ),
  // the connection is older than the capture
  'http-middle.pcap': async ({ capture, user, lab }) => {
    const steps = [
      'exec 3<>/dev/tcp/10.82.0.1/8080',
      'printf "GET /status/204 HTTP/1.1\\r\\nHost: early\\r\\n\\r\\n" >&3; sleep 2',
      'printf "GET / HTTP/1.1\\r\\nHost: late\\r\\n\\r\\n" >&3; sleep 0.3',
      'printf "GET /status/404 HTTP/1.1\\r\\nHost: late\\r\\n\\r\\n" >&3; sleep 0.3',
    ];
    const conversation = lab.run('bash', ['-c', steps.join('\n')], { namespace: user });
    await sleep(300);
    await capture('http-middle.pcap', ['-i', 'eth0'], () => conversation);
  },
  // a slow link with a short queue drops what comes too fast
  'http-loss.pcap': async ({ capture, lab, web, curl }) => {
    const shape = 'qdisc add dev eth0 root tbf rate 8mbit burst 2000 limit 6000'.split(' ');
    await lab.run('tc', shape, { namespace: web });
    await capture('http-loss.pcap', ['-i', 'eth0', '-s', '120'], () =>
      curl('http://10.82.0.1:8080/file/100k', 'http://10.82.0.1:8080/status/404'),
    );
    await lab.run('tc', ['qdisc', 'delete', 'dev', 'eth0', 'root'], { namespace: web });
  },
  // refused, reset, and nobody there
  'failures.pcap': ({ capture, curl, lab, user }) =>
    capture('failures.pcap', ['-i', 'eth0'], async () => {
      await curl('http://10.82.0.1:8099/').catch(() => undefined);
      const ask =
        'exec 3<>/dev/tcp/10.82.0.1/8080; printf "GET /file/6k HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n" >&3; sleep 0.2';
      await lab.run('bash', ['-c', ask], { namespace: user });
      user.ip('neighbour', 'add', '10.82.0.77', 'lladdr', '02:00:00:00:00:77', 'dev', 'eth0');
      await curl('--max-time', '4', 'http://10.82.0.77:8080/').catch(() => undefined);
      await lab
        .run('dig', ['+tries=1', '+time=1', '-p', '5399', '@10.82.0.1', 'a.test'], { namespace: user })
        .catch(() => undefined);
    }),
  'dns.pcap': ({ capture, lab, user }) =>
    capture('dns.pcap', ['-i', 'eth0'], async () => {
      const dig = (...args: string[]) =>
        lab.run('dig', ['+tries=1', '+time=2', '@10.82.0.1', ...args], { namespace: user });
      await dig('web.test', 'A');
      await dig('web.test', 'AAAA');
      await dig('nothing.web.example', 'A');
      await dig('long.test', 'TXT', '+noedns');
      await dig('web.test', 'A', '+tcp');
    }),
  'dns-fragments.pcap': ({ capture, lab, user }) =>
    capture('dns-fragments.pcap', ['-i', 'eth0'], async () => {
      await lab.run('dig', ['+bufsize=4096', '@10.82.0.1', 'huge.test', 'TXT'], { namespace: user });
      await lab.run('dig', ['+bufsize=4096', '@fd82::1', 'huge.test', 'TXT'], { namespace: user });
    }),
};

async function main(): Promise<void> {
  mkdirSync(samples, { recursive: true });
  const wanted = process.argv.slice(2);
  for (const [name, make] of Object.entries(makers)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const lab = new Lab();
    try {
      await make(await setUp(lab));
      process.stdout.write(`${name}: ${readFileSync(join(samples, name)).length} bytes\n`);
    } finally {
      await lab.close();
    }
  }
  if (wanted.length === 0 || wanted.includes('http.pcap.gz')) {
    writeFileSync(join(samples, 'http.pcap.gz'), gzipSync(readFileSync(join(samples, 'http.pcap')), { level: 9 }));
  }
}

async function setUp(lab: Lab): Promise<Scene> {
  const [web, user] = [lab.namespace(), lab.namespace()];
  connect(
    { namespace: web, addresses: ['10.82.0.1/24', 'fd82::1/64'] },
    { namespace: user, addresses: ['10.82.0.2/24', 'fd82::2/64'] },
  );
  const nginx = await startNginx(lab, { namespace: web, port: 8080 });
  writeFileSync(join(nginx.folder, 'www/6k'), 'light '.repeat(1000));
  writeFileSync(join(nginx.folder, 'www/100k'), 'light '.repeat(17_000));
  const long = 'wire'.repeat(50);
  const texts = (domain: string, count: number) =>
    Array.from({ length: count }, (_, i) => `--txt-record=${domain},${long.slice(3)}${i}`);
  await startDnsmasq(lab, { namespace: web, port: 53 }, [
    '--edns-packet-max=4096',
    '--address=/web.test/10.82.0.1',
    '--address=/web.test/fd82::1',
    ...texts('long.test', 4),
    ...texts('huge.test', 12),
  ]);
  return {
    lab,
    web,
    user,
    curl: (...args) => lab.run('curl', ['-s', ...args], { namespace: user }),
    capture: async (name, options, traffic) => {
      const file = join(lab.folder(), name);
      const filter = 'tcp or udp or icmp or ip6 proto 44';
      const tcpdump = await lab.start('tcpdump', ['-n', '-U', '--immediate-mode', ...options, '-w', file, filter], {
        namespace: web,
        prints: /listening on/,
        stopSignal: 'SIGINT',
      });
      await sleep(200);
      await traffic();
      await sleep(500);
      await tcpdump.stop();
      writeFileSync(join(samples, name), readFileSync(file));
    },
  };
}

await main();
