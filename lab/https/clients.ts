/** Clients of HTTPS that decrypt in different ways: each asks for all paths, one after the other. */

/** A client: the command that asks for paths, and what it speaks. */
export interface HttpsClient {
  readonly name: string;
  readonly library: string;
  readonly http2?: boolean;
  command(origin: string, paths: readonly string[]): [program: string, args: readonly string[]];
}

const python = `
import http.client, ssl, sys
c = http.client.HTTPSConnection(sys.argv[1], context=ssl._create_unverified_context())
for path in sys.argv[2:]:
    c.request('GET', path)
    c.getresponse().read()
`;

const asyncio = `
import asyncio, ssl, sys
async def main(host, port, pause, paths):
    reader, writer = await asyncio.open_connection(host, int(port), ssl=ssl._create_unverified_context())
    for i, path in enumerate(paths):
        last = 'close' if i == len(paths) - 1 else 'keep-alive'
        writer.write(f'GET {path} HTTP/1.1\\r\\nHost: test\\r\\nConnection: {last}\\r\\n\\r\\n'.encode())
        head = await reader.readuntil(b'\\r\\n\\r\\n')
        length = int([l for l in head.lower().split(b'\\r\\n') if l.startswith(b'content-length')][0].split(b':')[1])
        await reader.readexactly(length)
        await asyncio.sleep(float(pause))
    writer.close()
asyncio.run(main(*sys.argv[1].split(':'), sys.argv[2], sys.argv[3:]))
`;

const node = `
const https = require('node:https');
const [origin, ...paths] = process.argv.slice(1);
const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false });
const get = (path) => new Promise((resolve) => https.get(origin + path, { agent }, (r) => r.resume().on('end', resolve)));
(async () => { for (const path of paths) await get(path); agent.destroy(); })();
`;

const hostOf = (origin: string): string => origin.replace('https://', '');
const urls = (origin: string, paths: readonly string[]): string[] => paths.map((path) => origin + path);
const thrownAway = (paths: readonly string[]): string[] => paths.flatMap(() => ['-o', '/dev/null']);

/** @param go the program that {@link buildGo} made, if there is one */
export function httpsClients(go: string | undefined): HttpsClient[] {
  const clients: HttpsClient[] = [
    {
      name: 'curl',
      library: 'OpenSSL, shared',
      command: (origin, paths) => ['curl', ['-sk', '--http1.1', ...thrownAway(paths), ...urls(origin, paths)]],
    },
    {
      name: 'curl with HTTP/2',
      library: 'OpenSSL, shared',
      http2: true,
      command: (origin, paths) => ['curl', ['-sk', '--http2', ...thrownAway(paths), ...urls(origin, paths)]],
    },
    {
      name: 'Node',
      library: "Node's own OpenSSL",
      command: (origin, paths) => ['node', ['-e', node, origin, ...paths]],
    },
    {
      name: 'Python',
      library: 'OpenSSL, shared, _ex functions',
      command: (origin, paths) => ['python3', ['-c', python, hostOf(origin), ...paths]],
    },
    {
      name: 'wget',
      library: 'GnuTLS',
      command: (origin, paths) => [
        'wget',
        ['-q', '--no-check-certificate', '--content-on-error', '-O', '/dev/null', ...urls(origin, paths)],
      ],
    },
  ];
  if (go === undefined) return clients;
  return [
    ...clients,
    { name: 'Go', library: 'crypto/tls', command: (origin, paths) => [go, ['http1', ...urls(origin, paths)]] },
    {
      name: 'Go with HTTP/2',
      library: 'crypto/tls',
      http2: true,
      command: (origin, paths) => [go, ['http2', ...urls(origin, paths)]],
    },
  ];
}

/** Python's asyncio, which carries the ciphertext itself. It pauses after each answer. */
export const asyncioClient: HttpsClient = {
  name: 'asyncio',
  library: 'OpenSSL, shared, memory BIO',
  command: (origin, paths) => ['python3', ['-c', asyncio, hostOf(origin), '1.5', ...paths]],
};

/** NSS, which NSPR's functions hide. It asks for one path a process, and does not end by itself. */
export const nssClient: HttpsClient = {
  name: 'tstclnt',
  library: 'NSS',
  command: (origin, paths) => {
    const [host, port] = hostOf(origin).split(':');
    const ask = (path: string): string =>
      `printf 'GET ${path} HTTP/1.0\\r\\nHost: test\\r\\n\\r\\n' | timeout 2 tstclnt -D -o -h ${host} -p ${port}`;
    return ['sh', ['-c', paths.map(ask).join('; ')]];
  },
};
