import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');

/** A server of its own in a directory of its own, as `wirelight serve` starts it. */
export interface BenchServer extends AsyncDisposable {
  readonly url: string;
  readonly origin: string;
  readonly token: string;
  /** Where agents reach it. */
  readonly socket: string;
}

export async function startBenchServer(): Promise<BenchServer> {
  const data = mkdtempSync(join(tmpdir(), 'wirelight-bench-ui-'));
  // The server gives up root's rights and must still reach what is its own.
  chmodSync(data, 0o755);
  const port = 21_000 + (process.pid % 20_000);
  const child = spawn(
    join(root, 'wirelight'),
    ['serve', '--data', data, '--listen', `127.0.0.1:${port}`, '--memory', '1500MB'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(data, { recursive: true, force: true });
  };
  try {
    const url = await addressOf(child);
    const { origin, searchParams } = new URL(url);
    return {
      url,
      origin,
      token: searchParams.get('token') ?? '',
      socket: join(data, 'server', 'run', 'ingest.sock'),
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const listen = (part: Buffer): void => {
      said += part.toString();
      const found = /(http:\/\/\S+token=\S+)/.exec(said);
      if (found !== null) resolve(found[1]);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${said.slice(-2000)}`)));
  });
}
