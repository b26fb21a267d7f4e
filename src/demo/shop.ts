import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeGroup, makeServiceGroup } from './groups.ts';
import { makeSwitch, type Plug, plugIn } from './network.ts';
import { has, programOf } from './packages.ts';
import { passable, places, programs } from './places.ts';
import { createCluster } from './postgresql.ts';
import { Service, type ServiceOptions } from './service.ts';

/** Everything that the shop is made of, once it runs. */
export interface Shop {
  readonly cgroup: string;
  /** In the order in which they were started. */
  readonly services: readonly Service[];
  service(name: string): Service | undefined;
  plug(name: string): Plug | undefined;
  /** Removes all names but that of the shop's front from its DNS server, or brings them back. */
  publishNames(known: boolean): void;
  /** Runs while it exists: the bank is overloaded. */
  readonly overload: string;
  /** Starts a further service that uses the database; what is given back stops it. */
  startReport(): Promise<() => Promise<void>>;
  /** What customers did in the last second. */
  readonly load: Load;
  stop(): Promise<void>;
}

/** What the customers tell once a second. */
export interface Load {
  /** Requests a second. */
  readonly rate: number;
  /** Those that failed. */
  readonly failed: number;
  /** 95th percentile, nanoseconds. */
  readonly p95: number;
}

/** Last byte of each address. */
const hosts = {
  dns: 2,
  db: 3,
  cache: 4,
  queue: 5,
  recommend: 6,
  payments: 7,
  api: 8,
  web: 9,
  warehouse: 10,
  customers: 11,
};
const reportHost = 12;
const bankHost = 80;
const domain = 'shop.internal';
const bankName = 'api.bank.example';
const resolv = `nameserver 10.99.0.${hosts.dns}\nsearch ${domain}\noptions timeout:1 attempts:2\n`;

/**
 * Starts the shop: its network, then each service in a namespace and a cgroup of its own, those first that others need.
 * What is not installed is left out.
 *
 * @param signal stops it between two services; what runs then is stopped by removing the cgroup
 * @throws WirelightError `command_failed`, `service_failed`, `no_cgroup`; then nothing of it is stopped yet
 */
export async function startShop(say: (line: string) => void, signal: AbortSignal): Promise<Shop> {
  const folder = passable(places.shop);
  const logs = passable(join(folder, 'logs'));
  const cgroup = makeGroup('shop');
  makeSwitch();
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o644 });
    return join(folder, name);
  };
  const files = {
    [file('resolv.conf', resolv)]: '/etc/resolv.conf',
    [file('nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n')]: '/etc/nsswitch.conf',
    [file('hosts', '127.0.0.1 localhost\n')]: '/etc/hosts',
  };
  const plugs = new Map<string, Plug>();
  const services: Service[] = [];
  type Running = Pick<ServiceOptions, 'command' | 'args'> & Partial<ServiceOptions>;
  const make = (name: string, plug: Plug, options: Running): Service => {
    const service = new Service({ name, plug, cgroup: makeServiceGroup(cgroup, name), logs, files, ...options });
    services.push(service);
    return service;
  };
  const start = async (name: string, plug: Plug, options: Running): Promise<Service> => {
    const service = make(name, plug, options);
    if (signal.aborted) return service;
    say(`starting ${name}`);
    await service.start();
    return service;
  };
  const plugFor = (name: keyof typeof hosts): Plug => {
    const plug = plugIn(name, hosts[name]);
    plugs.set(name, plug);
    return plug;
  };
  const node = (name: string): Pick<ServiceOptions, 'command' | 'args'> => ({
    command: process.execPath,
    args: [join(programs, `${name}.mjs`)],
  });
  const ownFolder = (name: string): string => {
    const path = join(folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  };

  // DNS: names are in a file that it reads again when it is told to.
  const names = join(folder, 'names');
  const publish = (known: boolean): void => {
    const all = Object.entries({ ...hosts, bank: bankHost })
      .filter(([name]) => name !== 'dns' && name !== 'customers')
      .map(([name, host]) => [name, `10.99.0.${host} ${name === 'bank' ? bankName : `${name}.${domain}`}\n`]);
    // Customers have another DNS server in truth: they find the shop at all times.
    const lines = all.filter(([name]) => known || name === 'web').map(([, line]) => line);
    writeFileSync(names, lines.join(''), { mode: 0o644 });
  };
  publish(true);
  const dns = await start('shop-dns', plugFor('dns'), {
    command: programOf('dnsmasq'),
    args: [
      '--keep-in-foreground',
      '--conf-file=/dev/null',
      '--pid-file=',
      '--user=root',
      '--no-resolv',
      '--no-hosts',
      `--addn-hosts=${names}`,
      `--local=/${domain}/example/`,
      '--local-ttl=1',
      '--log-facility=-',
    ],
    port: 53,
    transport: 'udp',
  });

  let databaseUrl: string | undefined;
  if (has('postgresql')) {
    const plug = plugFor('db');
    const cluster = createCluster(join(folder, 'db'), readFileSync(join(programs, 'shop.sql'), 'utf8'));
    await start('shop-db', plug, {
      command: programOf('postgresql').replace(/initdb$/, 'postgres'),
      args: cluster.args,
      account: cluster.account,
      cwd: cluster.directory,
      port: 5432,
      // Fast shutdown: clients are disconnected.
      stopSignal: 'SIGINT',
    });
    databaseUrl = `postgres://shop@db.${domain}:5432/shop`;
  }
  const database: Record<string, string> = databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl };

  if (has('redis')) {
    await start('shop-cache', plugFor('cache'), {
      command: programOf('redis'),
      args: ['--protected-mode', 'no', '--save', '', '--dir', ownFolder('cache')],
      port: 6379,
    });
  }
  if (has('nats')) {
    await start('shop-queue', plugFor('queue'), { command: programOf('nats'), args: ['-a', '0.0.0.0'], port: 4222 });
  }
  if (has('python')) {
    await start('shop-recommend', plugFor('recommend'), {
      command: programOf('python'),
      args: [join(programs, 'shop-recommend.py')],
      env: { PORT: '8000', PYTHONDONTWRITEBYTECODE: '1', ...(has('redis') ? { CACHE_HOST: `cache.${domain}` } : {}) },
      port: 8000,
    });
  }

  // The bank stands outside: its own address, and no part of the shop's cgroup.
  const overload = join(folder, 'bank-is-overloaded');
  const bank = new Service({
    name: 'bank',
    plug: plugIn('bank', bankHost),
    cgroup: makeServiceGroup(makeGroup('outside'), 'bank'),
    logs,
    files,
    ...node('bank'),
    env: { PORT: '80', OVERLOAD: overload },
    port: 80,
  });
  services.push(bank);
  await bank.start();

  await start('shop-payments', plugFor('payments'), {
    ...node('shop-payments'),
    env: { PORT: '8080', BANK_URL: `http://${bankName}` },
    port: 8080,
  });
  await start('shop-api', plugFor('api'), {
    ...node('shop-api'),
    env: {
      PORT: '8080',
      PAYMENTS_URL: `http://payments.${domain}:8080`,
      ...database,
      ...(has('redis') ? { CACHE_URL: `redis://cache.${domain}:6379` } : {}),
      ...(has('nats') ? { QUEUE_URL: `nats://queue.${domain}:4222` } : {}),
      ...(has('python') ? { RECOMMEND_URL: `http://recommend.${domain}:8000` } : {}),
    },
    port: 8080,
  });
  if (has('nats')) {
    await start('shop-warehouse', plugFor('warehouse'), {
      ...node('shop-warehouse'),
      env: { QUEUE_URL: `nats://queue.${domain}:4222`, ...database },
    });
  }
  if (has('nginx')) {
    const web = ownFolder('web');
    await start('shop-web', plugFor('web'), {
      command: programOf('nginx'),
      args: ['-e', join(web, 'error.log'), '-p', web, '-c', file('nginx.conf', nginxConfiguration(web))],
      port: 80,
      stopSignal: 'SIGQUIT',
    });
  }
  let load: Load = { rate: 0, failed: 0, p95: 0 };
  await start('shop-customers', plugFor('customers'), {
    ...node('shop-customers'),
    env: { SHOP_URL: has('nginx') ? `http://web.${domain}` : `http://api.${domain}:8080` },
    onLine: (line) => {
      const { made, failed, p95 } = JSON.parse(line) as { made: number; failed: number; p95: number };
      load = { rate: made, failed, p95: p95 * 1e6 };
    },
  });

  return {
    cgroup,
    services,
    service: (name) => services.find((one) => one.name === name),
    plug: (name) => plugs.get(name),
    publishNames: (known) => {
      publish(known);
      dns.signal('SIGHUP');
    },
    overload,
    startReport: async () => {
      const plug = plugs.get('report') ?? plugIn('report', reportHost);
      plugs.set('report', plug);
      const report = make('shop-report', plug, { ...node('shop-report'), env: database });
      await report.start();
      return async () => {
        await report.stop();
        services.splice(services.indexOf(report), 1);
      };
    },
    get load() {
      return load;
    },
    stop: async () => {
      // Those first that others do not need; all of them at once would make errors that nobody caused.
      for (const service of [...services].reverse()) await service.stop();
    },
  };
}

function nginxConfiguration(folder: string): string {
  return `daemon off; user root; worker_processes 1; pid ${folder}/pid;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  keepalive_requests 100000;
  upstream api { server api.${domain}:8080; keepalive 16; }
  server {
    listen 80;
    location = / { default_type text/html; return 200 "<!doctype html><title>Shop</title><h1>Welcome</h1>"; }
    location /api/ { proxy_pass http://api; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_read_timeout 10s; }
  }
}
`;
}
