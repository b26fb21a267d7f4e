import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Lab } from '../net/lab.ts';
import type { Program } from '../net/program.ts';
import type { ServerPlace } from '../net/servers.ts';
import { programPath } from '../run/packages.ts';
import type { Certificates } from './tls.ts';

/** Why QUIC cannot be spoken here, or undefined where it can. */
export function quicObstacle(): string | undefined {
  return programPath('go') === undefined ? 'needs Go to build a QUIC server' : undefined;
}

/** The program in `quic`, built once a machine. */
async function program(lab: Lab): Promise<string> {
  const path = join(tmpdir(), 'wirelight-quic-1');
  if (!existsSync(path)) {
    const source = fileURLToPath(new URL('quic', import.meta.url));
    await lab.run('go', ['build', '-C', source, '-o', path, '.']);
  }
  return path;
}

/** Starts a server of quic-go that repeats what it is told; with `retry` it has clients prove their address first. */
export async function startQuic(
  lab: Lab,
  place: ServerPlace,
  { server }: Certificates,
  retry = false,
): Promise<Program> {
  const args = ['serve', `127.0.0.1:${place.port}`, server.certificate, server.key, ...(retry ? ['retry'] : [])];
  return lab.start(await program(lab), args, { ...place, transport: 'udp' });
}

/** Asks it something; rejects where the handshake fails. */
export async function askQuic(
  lab: Lab,
  port: number,
  options: { readonly authority?: string; readonly version2?: boolean } = {},
): Promise<void> {
  const version = options.version2 ? ['v2'] : [];
  await lab.run(await program(lab), ['ask', `127.0.0.1:${port}`, 'web.test', options.authority ?? '', ...version]);
}
