/** Real servers for tests, each in a folder of its own and on a port of the test's choice. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from './lab.ts';
import type { Place } from './place.ts';
import type { Program } from './program.ts';

/** Where a server runs and on which port. */
export interface ServerPlace extends Place {
  readonly port: number;
}

/** One request as nginx logged it. Times are seconds, as nginx has them. */
export interface NginxRequest {
  readonly method: string;
  readonly uri: string;
  readonly protocol: string;
  readonly status: number;
  /** $bytes_sent: head and body. */
  readonly bytesSent: number;
  /** $request_length: line, head and body. */
  readonly requestLength: number;
  readonly requestTime: number;
  readonly clientPort: number;
  readonly connection: number;
  readonly userAgent: string;
}

/** A running nginx. */
export interface Nginx {
  readonly program: Program;
  /** Its folder; `www` below is served. */
  readonly folder: string;
  /** All that it has logged so far. It logs a request after it has answered it. */
  requests(): NginxRequest[];
  /** Waits until it has logged so many requests that match, or for 5 s, and gives those. */
  logged(count: number, matches?: (request: NginxRequest) => boolean): Promise<NginxRequest[]>;
}

const logFormat = `log_format facts escape=json '{"method":"$request_method","uri":"$request_uri",'
  '"protocol":"$server_protocol","status":$status,"bytesSent":$bytes_sent,"requestLength":$request_length,'
  '"requestTime":$request_time,"clientPort":$remote_port,"connection":$connection,"userAgent":"$http_user_agent"}';`;

const statuses = [201, 204, 301, 304, 400, 401, 403, 404, 409, 429, 500, 502, 503, 504];

/**
 * Starts nginx with one server that answers `/` with 200 and 'ok', `/status/N` with that status, `/file/` with files of its
 * `www` folder, PUT below `/put/` by writing them, and whatever else is given.
 *
 * @param settings.locations text for the server block
 * @param settings.log false for load tests: nothing is logged
 */
export async function startNginx(
  lab: Lab,
  place: ServerPlace,
  settings: { locations?: string; workers?: number; log?: boolean; listen?: readonly string[] } = {},
): Promise<Nginx> {
  const folder = lab.folder();
  const log = join(folder, 'access.log');
  mkdirSync(join(folder, 'www'));
  const listen = settings.listen ?? [`0.0.0.0:${place.port}`, `[::]:${place.port} ipv6only=on`];
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; user root; worker_processes ${settings.workers ?? 1}; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
  ${logFormat}
  access_log ${settings.log === false ? 'off' : `${log} facts`};
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  keepalive_requests 100000000; keepalive_timeout 300s; client_header_timeout 300s; client_body_timeout 300s;
  large_client_header_buffers 4 64k;
  server {
    ${listen.map((address) => `listen ${address};`).join(' ')}
    location = / { return 200 "ok"; }
    ${statuses.map((status) => `location = /status/${status} { return ${status}; }`).join('\n    ')}
    location /file/ { alias ${folder}/www/; }
    location /put/ { alias ${folder}/www/; dav_methods PUT; client_max_body_size 0; }
    ${settings.locations ?? ''}
  }
}
`,
  );
  const args = ['-e', join(folder, 'error.log'), '-p', folder, '-c', join(folder, 'nginx.conf')];
  const program = await lab.start('nginx', args, { ...place });
  const requests = (): NginxRequest[] => {
    const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : [];
    return lines.map((line): NginxRequest => JSON.parse(line));
  };
  return {
    program,
    folder,
    requests,
    async logged(count, matches = () => true) {
      let found: NginxRequest[] = [];
      for (const deadline = Date.now() + 5000; Date.now() < deadline; await sleep(20)) {
        found = requests().filter(matches);
        if (found.length >= count) break;
      }
      return found;
    },
  };
}

/** Starts dnsmasq on a port: `answers` are its own options, e.g. '--address=/web.test/10.1.2.3', '--txt-record=...'. */
export function startDnsmasq(lab: Lab, place: ServerPlace, answers: readonly string[]): Promise<Program> {
  const own = [
    '--keep-in-foreground',
    '--no-resolv',
    '--no-hosts',
    '--conf-file=/dev/null',
    '--pid-file=',
    '--user=root',
  ];
  return lab.start('dnsmasq', [...own, `--port=${place.port}`, '--log-facility=-', '--log-queries', ...answers], {
    ...place,
    transport: 'udp',
  });
}

/** Starts Redis without persistence. */
export function startRedis(lab: Lab, place: ServerPlace, options: readonly string[] = []): Promise<Program> {
  const folder = lab.folder();
  const own = [
    '--port',
    String(place.port),
    '--bind',
    '0.0.0.0',
    '::',
    '--protected-mode',
    'no',
    '--save',
    '',
    '--dir',
    folder,
  ];
  return lab.start('redis-server', [...own, ...options], { ...place });
}

/** Starts memcached over TCP. */
export function startMemcached(lab: Lab, place: ServerPlace): Promise<Program> {
  return lab.start('memcached', ['-u', 'root', '-p', String(place.port), '-l', '0.0.0.0'], { ...place });
}
