/** A shop in a namespace and a control group of its own, watched by a Wirelight of its own: what pages are tested and pictured with. */
import { chmodSync, copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../net/lab.ts';
import type { Place } from '../net/place.ts';
import { startDnsmasq, startNginx, startRedis } from '../net/servers.ts';
import { programPath } from '../run/packages.ts';

const root = join(import.meta.dirname, '../..');

/** What runs. */
export interface Shop {
  /** Address of the pages, with the token that logs in. */
  readonly url: string;
  readonly origin: string;
  readonly token: string;
  readonly place: Place;
  /** Where agents reach its server. */
  readonly socket: string;
  /** Asks the shop for so many orders, one after the other. */
  order(count: number): Promise<void>;
  /** GET of an API path as JSON. */
  ask<T>(path: string): Promise<T>;
}

/** Starts Wirelight, then nginx → shop → checkout, inventory → redis, and dnsmasq. */
export async function startShop(lab: Lab): Promise<Shop> {
  const place = { namespace: lab.namespace(), cgroup: lab.cgroup() };
  const folder = lab.folder();
  // The server gives up root's rights and must still reach what is its own.
  chmodSync(folder, 0o755);
  const data = join(folder, 'data');
  mkdirSync(data);
  const port = 20_000 + (process.pid % 20_000);
  const up = await lab.start(
    join(root, 'wirelight'),
    ['up', '--data', data, '--listen', `127.0.0.1:${port}`, '--cgroup', place.cgroup.path, '--memory', '600MB'],
    { prints: /Open http/, stopSignal: 'SIGTERM' },
  );
  const url = /Open (\S+)/.exec(up.stdout)?.[1] ?? '';
  const token = new URL(url).searchParams.get('token') ?? '';
  const origin = new URL(url).origin;
  const ask = async <T>(path: string): Promise<T> => {
    const answer = await fetch(`${origin}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  for (let i = 0; i < 100; i++) {
    const { items } = await ask<{ items: { connected: boolean }[] }>('/agents');
    if (items.some(({ connected }) => connected)) break;
    await sleep(200);
  }
  await startDnsmasq(lab, { ...place, port: 5353 }, ['--address=/shop.test/10.1.2.3']);
  await startRedis(lab, { ...place, port: 6379 });
  const services = lab.folder();
  const service = async (name: string, at: number, ...rest: string[]): Promise<void> => {
    const file = join(services, `${name}.mjs`);
    copyFileSync(join(import.meta.dirname, 'service.mjs'), file);
    await lab.start('node', [file, String(at), ...rest], { ...place, port: at });
  };
  await service('inventory', 8003, '2', '0', 'redis:6379');
  await service('checkout', 8002, '6', '10');
  await service('shop', 8001, '3', '0', 'http:8002', 'http:8003');
  await startNginx(
    lab,
    { ...place, port: 8080 },
    { locations: 'location /api/ { proxy_pass http://127.0.0.1:8001; }' },
  );
  const order = async (count: number): Promise<void> => {
    const urls = Array.from({ length: count }, (_, i) => `http://127.0.0.1:8080/api/orders/${1000 + i}`);
    await lab.run('curl', ['-s', '-o', '/dev/null', ...urls.flatMap((one) => [one, '-o', '/dev/null'])], place);
  };
  return { url, origin, token, place, socket: join(data, 'server', 'run', 'ingest.sock'), order, ask };
}

/** Sends what must do no harm: markup, direction marks, emoji and length in paths and hosts, from a program with such a name. */
export async function sendHostileNames(lab: Lab, { place }: Shop): Promise<void> {
  const program = join(lab.folder(), '<img src=x onerror=document.title=1>');
  copyFileSync(programPath('curl') ?? 'curl', program);
  chmodSync(program, 0o755);
  const paths = [
    '/<img%20src=x%20onerror=document.title=1>',
    '/<script>document.title=1</script>',
    '/%E2%80%AE%D7%A9%D7%9C%D7%95%D7%9D',
    '/😀/\u202egnp.exe',
    `/${'a'.repeat(10_000)}`,
    '/%00%01',
  ];
  for (const path of paths) {
    await lab.run(
      program,
      [
        '-s',
        '-o',
        '/dev/null',
        '--path-as-is',
        '-g',
        '-H',
        'Host: "><svg onload=document.title=1>',
        `http://127.0.0.1:8080${path}`,
      ],
      place,
    );
  }
}

/** The source of axe, to be evaluated in a page. */
export function axeSource(): string {
  return readFileSync(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8');
}
