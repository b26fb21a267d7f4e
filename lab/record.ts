/**
 * Records what a client and a server say to each other, by standing between them, as text for a protocol's `samples.ts`.
 *
 *   npx tsx lab/record.ts LISTEN_PORT HOST:PORT > recording.txt
 *
 * Every connection is printed when it ends, after a line `# connection N`. Tests import {@link startRecorder}.
 */
import { type AddressInfo, createServer, connect as open, type Socket } from 'node:net';
import { pathToFileURL } from 'node:url';
import { Side } from '../src/model/request.ts';
import { recordingLine } from '../src/protocols/recording.ts';
import type { Piece } from '../src/protocols/testing.ts';

/** A proxy that records. */
export interface Recorder extends AsyncDisposable {
  /** Port on 127.0.0.1 where clients connect. */
  readonly port: number;
  /** What was said so far, by connection, in the order in which they were opened. */
  readonly connections: readonly Piece[][];
  /** Stops and waits until everything is closed. */
  close(): Promise<void>;
}

/** Starts a proxy to `host:port`; port 0 listens anywhere. */
export async function startRecorder(
  target: { readonly host: string; readonly port: number },
  listenPort = 0,
  onClosed: (pieces: Piece[], index: number) => void = () => undefined,
): Promise<Recorder> {
  const connections: Piece[][] = [];
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const pieces: Piece[] = [];
    const index = connections.push(pieces) - 1;
    const server = open(target.port, target.host);
    let ends = 2;
    for (const [from, socket, other] of [
      [Side.client, client, server],
      [Side.server, server, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('data', (data: Buffer) => {
        pieces.push({ from, bytes: new Uint8Array(data) });
        other.write(data);
      });
      socket.on('end', () => other.end());
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        if (--ends === 0) onClosed(pieces, index);
      });
    }
  });
  await new Promise<void>((resolve, reject) => {
    proxy.once('error', reject);
    proxy.listen(listenPort, '127.0.0.1', resolve);
  });
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => proxy.close(() => resolve()));
  };
  return {
    port: (proxy.address() as AddressInfo).port,
    connections,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function main(): Promise<void> {
  const [listen, target] = process.argv.slice(2);
  const split = target?.lastIndexOf(':') ?? -1;
  if (split < 0) {
    process.stderr.write('usage: npx tsx lab/record.ts LISTEN_PORT HOST:PORT\n');
    process.exitCode = 2;
    return;
  }
  await startRecorder(
    { host: target.slice(0, split), port: Number(target.slice(split + 1)) },
    Number(listen),
    (pieces, index) => {
      const lines = pieces.map((piece) => recordingLine(piece.from, piece.bytes));
      process.stdout.write(`# connection ${index}\n${lines.join('\n')}\n`);
    },
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
