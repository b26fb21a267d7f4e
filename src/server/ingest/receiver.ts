import { timingSafeEqual } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { WirelightError } from '../../base/errors.ts';
import { StoreError } from '../../store/store-error.ts';
import { agentStatusSchema, blocksPath, headers, mostBlockBytes, statusPath } from '../../wire/transport/protocol.ts';
import { certificateRefusal } from '../../wire/transport/why-not.ts';
import type { Agents } from './agents.ts';
import { type Ingest, RefusedBlock } from './ingest.ts';

const decompress = promisify(gunzip);

/** Where agents reach the server. */
export type IngestListen =
  | { readonly kind: 'unix'; readonly path: string; readonly owner?: { readonly uid: number; readonly gid: number } }
  | {
      readonly kind: 'tls';
      readonly host: string;
      readonly port: number;
      /** PEMs. */
      readonly certificate: Uint8Array;
      readonly key: Uint8Array;
      /** Authority of the agents' certificates; then only who has one gets in. */
      readonly clientCa?: Uint8Array;
      /** What agents say; '' where certificates do. */
      readonly token: string;
    };

/** Bytes of all blocks that are being taken in at the same time; more has to wait. */
const mostInMemory = 256 * 1024 * 1024;

/** How long an agent may go on sending what was refused. */
const lingerMilliseconds = 5_000;

/** The door for agents: HTTP/2 with one request a block. */
export class Receiver implements AsyncDisposable {
  readonly #server: http2.Http2Server | http2.Http2SecureServer;
  readonly #listen: IngestListen;
  readonly #ingest: Ingest;
  readonly #agents: Agents;
  readonly #watched: () => boolean;
  readonly #sessions = new Set<http2.ServerHttp2Session>();
  #inMemory = 0;

  private constructor(listen: IngestListen, ingest: Ingest, agents: Agents, watched: () => boolean) {
    this.#listen = listen;
    this.#ingest = ingest;
    this.#agents = agents;
    this.#watched = watched;
    this.#server =
      listen.kind === 'unix'
        ? http2.createServer({ settings: { maxConcurrentStreams: 64 } })
        : http2.createSecureServer({
            cert: Buffer.from(listen.certificate),
            key: Buffer.from(listen.key),
            minVersion: 'TLSv1.2',
            settings: { maxConcurrentStreams: 64 },
            ...(listen.clientCa === undefined
              ? {}
              : // Who does not have the right one is let in as far as to be told why not.
                { ca: Buffer.from(listen.clientCa), requestCert: true, rejectUnauthorized: false }),
          });
    this.#server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
      session.on('error', () => session.destroy());
    });
    this.#server.on('sessionError', () => undefined);
    this.#server.on('stream', (stream: http2.ServerHttp2Stream, head: http2.IncomingHttpHeaders) => {
      stream.on('error', () => undefined);
      void this.#serve(stream, head);
    });
  }

  /** Listens. @throws the system's error where the address is taken */
  static async open(listen: IngestListen, ingest: Ingest, agents: Agents, watched: () => boolean): Promise<Receiver> {
    const receiver = new Receiver(listen, ingest, agents, watched);
    if (listen.kind === 'unix') {
      mkdirSync(dirname(listen.path), { recursive: true, mode: 0o700 });
      rmSync(listen.path, { force: true });
    }
    await new Promise<void>((resolve, reject) => {
      receiver.#server.once('error', reject);
      const ready = (): void => {
        receiver.#server.off('error', reject);
        resolve();
      };
      if (listen.kind === 'unix') receiver.#server.listen(listen.path, ready);
      else receiver.#server.listen(listen.port, listen.host, ready);
    });
    if (listen.kind === 'unix') chmodSync(listen.path, 0o600);
    return receiver;
  }

  /** The port, 0 for a unix socket. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? (address as AddressInfo).port : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const session of this.#sessions) session.close();
    setTimeout(() => {
      for (const session of this.#sessions) session.destroy();
    }, 2_000).unref();
    await closed;
  }

  async #serve(stream: http2.ServerHttp2Stream, head: http2.IncomingHttpHeaders): Promise<void> {
    try {
      const refusal = this.#refusal(stream, head);
      if (refusal !== '') return refuse(stream, 401, 'not_allowed', refusal);
      const path = head[':path'] ?? '';
      if (head[':method'] !== 'POST') return refuse(stream, 405, 'bad_method', 'blocks are posted');
      if (path === statusPath) return await this.#status(stream, head);
      if (!path.startsWith(blocksPath)) return refuse(stream, 404, 'not_found', 'there is nothing here');
      await this.#block(stream, head, path.slice(blocksPath.length));
    } catch (error) {
      if (error instanceof TooLarge) return refuse(stream, 413, 'too_large', error.message);
      refuse(stream, 500, 'internal', error instanceof Error ? error.message : String(error));
    }
  }

  async #block(stream: http2.ServerHttp2Stream, head: http2.IncomingHttpHeaders, table: string): Promise<void> {
    const size = Number(head['content-length'] ?? 0);
    if (size > mostBlockBytes) return refuse(stream, 413, 'too_large', `a block has at most ${mostBlockBytes} bytes`);
    if (this.#inMemory + size > mostInMemory)
      return refuse(stream, 503, 'busy', 'the server is busy', { 'retry-after': '1' });
    this.#inMemory += size;
    try {
      const received = await bodyOf(stream, mostBlockBytes);
      const bytes = head['content-encoding'] === 'gzip' ? await unpack(received) : received;
      await this.#ingest.take({
        agent: one(head[headers.agent]),
        sequence: one(head[headers.sequence]),
        clock: Number(one(head[headers.clock]) || Number.NaN),
        table,
        bytes,
      });
      answer(stream, 204, { [headers.watched]: this.#watched() ? '1' : '0' });
    } catch (error) {
      if (error instanceof RefusedBlock) return refuse(stream, 422, error.code, textOf(error));
      if (error instanceof StoreError)
        return refuse(stream, error.code === 'disk_full' ? 507 : 503, error.code, textOf(error), {
          'retry-after': '1',
        });
      throw error;
    } finally {
      this.#inMemory -= size;
    }
  }

  async #status(stream: http2.ServerHttp2Stream, head: http2.IncomingHttpHeaders): Promise<void> {
    const body = await bodyOf(stream, 1 << 20);
    const parsed = agentStatusSchema.safeParse(readJson(body));
    if (!parsed.success || parsed.data.id !== one(head[headers.agent]))
      return refuse(stream, 422, 'bad_status', 'the status is not understood');
    this.#agents.status(parsed.data);
    answer(stream, 204, { [headers.watched]: this.#watched() ? '1' : '0' });
  }

  /** Why an agent may not come in, '' where it may. */
  #refusal(stream: http2.ServerHttp2Stream, head: http2.IncomingHttpHeaders): string {
    const listen = this.#listen;
    // The socket's file lets in whom the file system lets in.
    if (listen.kind === 'unix') return '';
    const socket = stream.session?.socket;
    if (listen.clientCa !== undefined && !(socket instanceof TLSSocket && socket.authorized)) {
      const shown = socket instanceof TLSSocket && Object.keys(socket.getPeerCertificate() ?? {}).length > 0;
      return certificateRefusal(shown ? String(socket.authorizationError) : '');
    }
    if (listen.token === '') return '';
    const said = Buffer.from(head.authorization ?? '');
    const wanted = Buffer.from(`Bearer ${listen.token}`);
    if (said.length === wanted.length && timingSafeEqual(said, wanted)) return '';
    return said.length === 0
      ? 'this server wants a token, and the agent said none: give --server-token-file'
      : "the agent's token is not the one of this server: --server-token-file must hold what --ingest-token-file holds there";
  }
}

/** What JSON says, undefined where it is none. */
function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

class TooLarge extends Error {}

async function unpack(bytes: Buffer): Promise<Buffer> {
  try {
    return await decompress(bytes, { maxOutputLength: mostBlockBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return bytes; // it will be refused as no block
    throw new TooLarge(`a block has at most ${mostBlockBytes} bytes`);
  }
}

/** All that is sent on a stream. What is more than `most` is read no further. */
function bodyOf(stream: http2.ServerHttp2Stream, most: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    stream.on('data', (part: Buffer) => {
      size += part.length;
      if (size <= most) parts.push(part);
      else reject(new TooLarge(`a block has at most ${most} bytes`));
    });
    stream.once('end', () => resolve(parts.length === 1 ? parts[0] : Buffer.concat(parts)));
    stream.once('close', () => reject(new Error('the agent went away')));
  });
}

function answer(stream: http2.ServerHttp2Stream, status: number, head: Record<string, string>): void {
  if (stream.destroyed || stream.headersSent) return;
  stream.respond({ ':status': status, ...head }, { endStream: true });
}

/** Answers with a problem (RFC 9457). */
function refuse(
  stream: http2.ServerHttp2Stream,
  status: number,
  code: string,
  title: string,
  head: Record<string, string> = {},
): void {
  if (stream.destroyed || stream.headersSent) return;
  const problem = { type: `urn:wirelight:problem:${code}`, title, status, code };
  stream.respond({ ':status': status, 'content-type': 'application/problem+json', ...head });
  stream.end(JSON.stringify(problem));
  // What is still on its way is let fall, so that the agent gets to read why; who goes on sending is cut off.
  stream.resume();
  setTimeout(() => stream.close(http2.constants.NGHTTP2_NO_ERROR), lingerMilliseconds).unref();
}

function one(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? '';
}

function textOf(error: WirelightError): string {
  return error.why === undefined ? error.message : `${error.message}: ${error.why}`;
}
