import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConnectionOptions, connect } from 'node:tls';
import type { Lab } from '../net/lab.ts';
import type { Program } from '../net/program.ts';
import type { ServerPlace } from '../net/servers.ts';

/** A private authority, a server's and a client's certificate, all new. */
export interface Certificates {
  readonly authority: string;
  readonly server: { readonly certificate: string; readonly key: string };
  readonly client: { readonly certificate: string; readonly key: string };
}

/** Makes certificates with openssl: paths of PEM files, readable by `user`. They are valid for 30 days. */
export async function makeCertificates(lab: Lab, user?: string): Promise<Certificates> {
  const folder = lab.folder();
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => lab.run('openssl', args);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.pem'),
    '-days',
    '30',
    '-subj',
    '/CN=Test Authority/O=Lab',
  );
  for (const [name, subject] of [
    ['server', '/C=DE/O=Lab/CN=web.test'],
    ['client', '/CN=billing/O=Lab'],
  ]) {
    await openssl('req', ...newKey, '-keyout', file(`${name}.key`), '-out', file(`${name}.csr`), '-subj', subject);
    const signed = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-days', '30'];
    await openssl('x509', '-req', '-in', file(`${name}.csr`), ...signed, '-out', file(`${name}.pem`));
  }
  if (user !== undefined) await lab.run('chown', ['-R', user, folder]);
  const pair = (name: string) => ({ certificate: file(`${name}.pem`), key: file(`${name}.key`) });
  return { authority: file('ca.pem'), server: pair('server'), client: pair('client') };
}

/** Starts OpenSSL's server, which answers each HTTP request with a page. `options` are its own, e.g. '-tls1_3'. */
export function startTls(
  lab: Lab,
  place: ServerPlace,
  certificates: Certificates,
  options: readonly string[] = [],
): Promise<Program> {
  const { server, authority } = certificates;
  const own = ['-cert', server.certificate, '-key', server.key, '-CAfile', authority, '-www', '-alpn', 'h2,http/1.1'];
  return lab.start('openssl', ['s_server', '-accept', `127.0.0.1:${place.port}`, ...own, ...options], { ...place });
}

/** Starts GnuTLS' server, which repeats what it is told. */
export function startGnutls(lab: Lab, place: ServerPlace, { server }: Certificates): Promise<Program> {
  const own = ['--echo', '--disable-client-cert', '--alpn=h2', `--port=${place.port}`];
  const certificate = [`--x509certfile=${server.certificate}`, `--x509keyfile=${server.key}`];
  return lab.start('gnutls-serv', [...own, ...certificate], { ...place });
}

/** What one handshake of {@link shakeHands} came to. */
export interface Shaken {
  /** Name of the error, '' where it succeeded. */
  readonly error: string;
  /** A session that can be resumed. */
  readonly session: Buffer | undefined;
  readonly resumed: boolean;
  readonly clientPort: number;
}

/** Connects with Node's TLS, asks for the page, waits until the server has closed. */
export function shakeHands(port: number, certificates: Certificates, options: ConnectionOptions = {}): Promise<Shaken> {
  return new Promise((resolve) => {
    let session: Buffer | undefined;
    let resumed = false;
    let clientPort = 0;
    const socket = connect({
      port,
      host: '127.0.0.1',
      servername: 'web.test',
      ca: readFileSync(certificates.authority),
      checkServerIdentity: () => undefined,
      ALPNProtocols: ['h2', 'http/1.1'],
      ...options,
    });
    const end = (error: string) => {
      socket.destroy();
      resolve({ error, session, resumed, clientPort });
    };
    socket.on('session', (data) => {
      session = data;
    });
    socket.on('connect', () => {
      clientPort = socket.localPort ?? 0;
    });
    socket.on('secureConnect', () => {
      resumed = socket.isSessionReused();
      socket.write('GET / HTTP/1.0\r\n\r\n');
    });
    socket.on('data', () => undefined);
    socket.on('end', () => end(''));
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}
