import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../../net/lab.ts';

/** What one run of the load showed. */
export interface Load {
  readonly requestsPerSecond: number;
  readonly p99Microseconds: number;
  /** CPU of the nginx worker a request, in microseconds. */
  readonly serverCpuMicroseconds: number;
  /** Requests that nginx counted during it. */
  readonly requests: number;
}

/** The watched application: one nginx worker on CPU 0 that serves a file of 1 KB, loaded by wrk on CPU 1. */
export interface Watched {
  readonly port: number;
  /** Its control group, for watching the server's side alone. */
  readonly scope: string;
  /** Requests that nginx has begun to handle so far, by its own count. */
  requests(): Promise<number>;
  /** Loads it for `seconds`, with or without keep-alive. */
  load(seconds: number, keepAlive: boolean): Promise<Load>;
}

/** Starts it, with TLS where a certificate is given. */
export async function startWatched(
  lab: Lab,
  port: number,
  tls?: { readonly certificate: string; readonly key: string },
): Promise<Watched> {
  const cgroup = lab.cgroup();
  const folder = lab.folder();
  const status = port + 1;
  const encrypted = tls ? `ssl_certificate ${tls.certificate}; ssl_certificate_key ${tls.key};` : '';
  mkdirSync(join(folder, 'www'));
  writeFileSync(join(folder, 'www', 'page'), 'x'.repeat(1024));
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; user root; worker_processes 1; worker_cpu_affinity 01; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
  access_log off; sendfile on; keepalive_requests 1000000000; default_type text/html;
  server { listen 127.0.0.1:${port}${tls ? ' ssl' : ''} backlog=4096; ${encrypted} root ${folder}/www; }
  server { listen 127.0.0.1:${status}; location / { stub_status; } }
}
`,
  );
  const args = ['-e', join(folder, 'error.log'), '-p', folder, '-c', join(folder, 'nginx.conf')];
  const nginx = await lab.start('nginx', args, { port, cgroup });
  const worker = await lab.run('pgrep', ['-P', String(nginx.pid)]);
  const pid = Number(worker.trim());
  const cpu = (): number => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1000;
  const requests = async (): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${status}/`)).text();
    // The line of totals: accepts, handled, requests. Those for this status page are among them.
    return Number(/\n\s*\d+ \d+ (\d+)/.exec(text)?.[1] ?? 0) - ++asked;
  };
  let asked = 0;
  return {
    port,
    scope: cgroup.path,
    requests,
    load: async (seconds, keepAlive) => {
      const before = await requests();
      const cpuBefore = cpu();
      const text = await lab.run('taskset', [
        '-c',
        '1',
        'wrk',
        '-t1',
        '-c32',
        `-d${seconds}s`,
        '--latency',
        ...(keepAlive ? [] : ['-H', 'Connection: close']),
        `${tls ? 'https' : 'http'}://127.0.0.1:${port}/page`,
      ]);
      const cpuUsed = cpu() - cpuBefore;
      const made = (await requests()) - before;
      return {
        requestsPerSecond: Number(/Requests\/sec:\s*([\d.]+)/.exec(text)?.[1] ?? 0),
        p99Microseconds: microseconds(/99%\s+(\S+)/.exec(text)?.[1] ?? '0us'),
        serverCpuMicroseconds: cpuUsed / made,
        requests: made,
      };
    },
  };
}

/** wrk writes times as 812.00us, 1.20ms, 2.01s. */
function microseconds(text: string): number {
  const [, number = '0', unit = 'us'] = /([\d.]+)(us|ms|s)/.exec(text) ?? [];
  return Number(number) * (unit === 'us' ? 1 : unit === 'ms' ? 1000 : 1e6);
}
