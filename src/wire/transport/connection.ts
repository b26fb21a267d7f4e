import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { z } from 'zod';
import { type AgentStatus, type BlockAnswer, blocksPath, headers, statusPath } from './protocol.ts';
import { whyNot } from './why-not.ts';

const compress = promisify(gzip);

/** Where the server is. */
export type ServerAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | {
      readonly kind: 'tls';
      /** `https://HOST:PORT`. */
      readonly url: string;
      /** Said with every block, '' where a certificate says who we are. */
      readonly token: string;
      /** Paths of PEM files. */
      readonly ca?: string;
      readonly certificate?: string;
      readonly key?: string;
    };

/** An answer may take as long as the store takes at its busiest. */
const patience = 60_000;
/** Megabytes that a session may hold: a block is handed over whole. */
const maxSessionMemory = 256;

/** A connection to the server, made when it is needed and again when it was lost. */
export class ServerConnection implements Disposable {
  readonly #address: ServerAddress;
  #session: http2.ClientHttp2Session | undefined;
  #sessionError: Error | undefined;
  /** Whether somebody looks at live data, by what the server said last. */
  watched = false;

  constructor(address: ServerAddress) {
    this.#address = address;
  }

  async send(block: {
    agent: string;
    sequence: number;
    table: string;
    rows: number;
    bytes: Uint8Array;
  }): Promise<BlockAnswer> {
    const remote = this.#address.kind === 'tls';
    const body = remote ? await compress(block.bytes, { level: 1 }) : block.bytes;
    const head: http2.OutgoingHttpHeaders = {
      ':method': 'POST',
      ':path': blocksPath + block.table,
      [headers.agent]: block.agent,
      [headers.sequence]: String(block.sequence),
      [headers.rows]: String(block.rows),
      [headers.clock]: String(Date.now()),
      'content-length': String(body.length),
      ...(remote ? { 'content-encoding': 'gzip' } : {}),
    };
    try {
      const { status, text, after } = await this.#ask(head, body);
      if (status >= 200 && status < 300) return { kind: 'stored' };
      if (status === 400 || status === 413 || status === 415 || status === 422) return { kind: 'refused', why: text };
      return { kind: 'later', why: text || `the server answered ${status}`, afterMilliseconds: after };
    } catch (error) {
      return {
        kind: 'later',
        why: this.#why(error),
        afterMilliseconds: 0,
      };
    }
  }

  /** Tells how the agent is. @returns '' where the server took it, else why not */
  async tell(status: AgentStatus): Promise<string> {
    try {
      const body = Buffer.from(JSON.stringify(status));
      const head = {
        ':method': 'POST',
        ':path': statusPath,
        [headers.agent]: status.id,
        'content-type': 'application/json',
        'content-length': String(body.length),
      };
      const { status: answered, text } = await this.#ask(head, body);
      return answered < 300 ? '' : text || `the server answered ${answered}`;
    } catch (error) {
      return this.#why(error);
    }
  }

  #why(error: unknown): string {
    const address = this.#address;
    return whyNot(this.#sessionError ?? error, address.kind === 'unix' ? address.path : address.url);
  }

  [Symbol.dispose](): void {
    this.#session?.destroy();
    this.#session = undefined;
  }

  #ask(head: http2.OutgoingHttpHeaders, body: Uint8Array): Promise<{ status: number; text: string; after: number }> {
    return new Promise((resolve, reject) => {
      const session = this.#connect();
      const all =
        this.#address.kind === 'tls' && this.#address.token !== ''
          ? { ...head, authorization: `Bearer ${this.#address.token}` }
          : head;
      const stream = session.request(all);
      let status = 0;
      let after = 0;
      let text = '';
      const lost = (error: Error): void => reject(error);
      stream.setTimeout(patience, () => {
        stream.close(http2.constants.NGHTTP2_CANCEL);
        // A server that does not answer for so long is not there, whatever its socket says.
        session.destroy();
        reject(new Error('the server did not answer in time'));
      });
      stream.setEncoding('utf8');
      stream.on('response', (answer) => {
        status = Number(answer[':status']);
        this.watched = answer[headers.watched] === '1';
        after = Number(answer['retry-after'] ?? 0) * 1000;
      });
      stream.on('data', (part: string) => {
        if (text.length < 4096) text += part;
      });
      stream.on('error', lost);
      stream.on('close', () => {
        if (status === 0) reject(new Error('the connection to the server was lost'));
        else resolve({ status, text: titleOf(text), after });
      });
      stream.end(body);
    });
  }

  #connect(): http2.ClientHttp2Session {
    const open = this.#session;
    if (open !== undefined && !open.closed && !open.destroyed) return open;
    const address = this.#address;
    const session =
      address.kind === 'unix'
        ? http2.connect('http://wirelight', { maxSessionMemory, createConnection: () => connect(address.path) })
        : http2.connect(address.url, { maxSessionMemory, ...tlsOptions(address) });
    this.#sessionError = undefined;
    session.on('error', (error) => {
      // Its requests end with less than that.
      this.#sessionError = error;
      session.destroy();
    });
    session.on('goaway', () => session.close());
    session.on('close', () => {
      if (this.#session === session) this.#session = undefined;
    });
    session.unref();
    this.#session = session;
    return session;
  }
}

/** What a problem says (RFC 9457); servers of before answered with the sentence alone. */
function titleOf(text: string): string {
  try {
    return z.object({ title: z.string() }).parse(JSON.parse(text)).title;
  } catch {
    return text;
  }
}

function tlsOptions(address: Extract<ServerAddress, { kind: 'tls' }>): http2.SecureClientSessionOptions {
  return {
    minVersion: 'TLSv1.2',
    ...(address.ca === undefined ? {} : { ca: readFileSync(address.ca) }),
    ...(address.certificate === undefined ? {} : { cert: readFileSync(address.certificate) }),
    ...(address.key === undefined ? {} : { key: readFileSync(address.key) }),
  };
}
