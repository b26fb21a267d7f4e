/** Servers of HTTPS that encrypt in different ways: each answers `/` with 200 and `/status/404` with 404. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificates } from '../handshakes/tls.ts';
import type { Lab } from '../net/lab.ts';
import type { Program } from '../net/program.ts';
import { type Nginx, type ServerPlace, startNginx } from '../net/servers.ts';
import { programPath } from '../run/packages.ts';

/** nginx with OpenSSL as a shared library, HTTP/1 and HTTP/2. */
export function startHttpsNginx(lab: Lab, place: ServerPlace, { server }: Certificates, log = true): Promise<Nginx> {
  return startNginx(lab, place, {
    log,
    listen: [`${place.namespace === undefined ? '127.0.0.1' : '0.0.0.0'}:${place.port} ssl http2`],
    locations: `ssl_certificate ${server.certificate}; ssl_certificate_key ${server.key};`,
  });
}

/** Node, which has OpenSSL in itself and carries the ciphertext to the socket in its own way. */
export function startHttpsNode(lab: Lab, place: ServerPlace, { server }: Certificates): Promise<Program> {
  const program = `
    const { readFileSync } = require('node:fs');
    const options = { key: readFileSync('${server.key}'), cert: readFileSync('${server.certificate}') };
    require('node:https').createServer(options, (request, response) => {
      response.statusCode = request.url.startsWith('/status/404') ? 404 : 200;
      request.resume().on('end', () => response.end(request.url));
    }).listen(${place.port}, '127.0.0.1');`;
  return lab.start('node', ['-e', program], { ...place });
}

/** Go's crypto/tls, in a program without symbols. */
export function startHttpsGo(
  lab: Lab,
  place: ServerPlace,
  { server }: Certificates,
  program: string,
): Promise<Program> {
  return lab.start(program, ['server', `127.0.0.1:${place.port}`, server.certificate, server.key], { ...place });
}

/** Builds the server and client of Go. Undefined where there is no Go. */
export function buildGo(lab: Lab): string | undefined {
  const go = goPath();
  if (go === undefined) return undefined;
  const folder = join(lab.folder(), 'web');
  mkdirSync(folder);
  copyFileSync(new URL('main.go', import.meta.url), join(folder, 'main.go'));
  writeFileSync(join(folder, 'go.mod'), 'module web\n\ngo 1.19\n');
  execFileSync(go, ['build', '-ldflags=-s -w', '-o', 'web', '.'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return join(folder, 'web');
}

/** Where the Go compiler is, undefined where there is none. */
export function goPath(): string | undefined {
  return programPath('go') ?? programPath('/usr/local/go/bin/go');
}
