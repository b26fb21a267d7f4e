/**
 * What tests, fuzzing and benchmarks of protocols share: conversations as data, ways to cut them, and a driver that feeds
 * them to a session and keeps what comes out. Each protocol's folder exports its real conversations as `samples` from a
 * file `samples.ts`.
 */
import { type CaptureTime, NEVER } from '../base/units.ts';
import type { Connection } from '../model/connection.ts';
import { clearRequestFields, newRequestFields, type RequestFields, Side } from '../model/request.ts';
import type { Chunk, Protocol, ProtocolOptions, Session, SessionContext, Want } from './protocol.ts';

/** Bytes that one side sent at one moment, or a hole in what was seen of it. */
export interface Piece {
  readonly from: Side;
  readonly bytes: Uint8Array;
  /** Bytes that followed and were not captured. */
  readonly skipped?: number;
  /** Instead of bytes: so many were lost (-1: unknown how many). */
  readonly lost?: number;
  /** Nanoseconds since the start; a microsecond after the one before where left out. */
  readonly time?: number;
  readonly readAt?: number;
}

/** A conversation as it was on the wire. */
export interface Sample {
  readonly name: string;
  /** Name of the protocol that it is. */
  readonly protocol: string;
  readonly transport: 'tcp' | 'udp';
  readonly serverPort: number;
  readonly pieces: readonly Piece[];
}

/** What bytes are made of: text, single bytes, arrays of them. */
export type Part = string | number | readonly number[] | Uint8Array;

/** Bytes from text (one byte a UTF-8 unit), numbers (one byte each) and arrays, in that order. */
export function bytesOf(...parts: readonly Part[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) =>
      typeof part === 'string' ? Buffer.from(part, 'utf8') : Buffer.from(typeof part === 'number' ? [part] : part),
    ),
  );
}

/** Bytes from hexadecimal digits; blanks are ignored. */
export function hex(digits: string): Uint8Array {
  return Buffer.from(digits.replace(/\s+/g, ''), 'hex');
}

/** What the client sent. */
export function client(...parts: readonly Part[]): Piece {
  return { from: Side.client, bytes: bytesOf(...parts) };
}

/** What the server sent. */
export function server(...parts: readonly Part[]): Piece {
  return { from: Side.server, bytes: bytesOf(...parts) };
}

/** A hole in what one side sent; -1 bytes: nobody knows how many. */
export function lost(from: Side, bytes: number): Piece {
  return { from, bytes: new Uint8Array(0), lost: bytes };
}

/** The same conversation with piece `index` in two, cut before its byte `at`. */
export function cutAt(pieces: readonly Piece[], index: number, at: number): Piece[] {
  return pieces.flatMap((piece, i) =>
    i === index && at > 0 && at < piece.bytes.length
      ? [
          { from: piece.from, bytes: piece.bytes.subarray(0, at) },
          { ...piece, bytes: piece.bytes.subarray(at) },
        ]
      : [piece],
  );
}

/** Every way to cut one piece of a conversation in two. */
export function* cutEverywhere(pieces: readonly Piece[]): Generator<Piece[]> {
  for (let index = 0; index < pieces.length; index++) {
    for (let at = 1; at < pieces[index].bytes.length; at++) yield cutAt(pieces, index, at);
  }
}

/** The same conversation in pieces of at most `size` bytes. */
export function inPiecesOf(pieces: readonly Piece[], size: number): Piece[] {
  return pieces.flatMap((piece) => {
    const parts: Piece[] = [];
    for (let at = 0; at < piece.bytes.length; at += size) {
      const bytes = piece.bytes.subarray(at, at + size);
      const isLast = at + size >= piece.bytes.length;
      parts.push(
        isLast && piece.skipped !== undefined
          ? { from: piece.from, bytes, skipped: piece.skipped }
          : { from: piece.from, bytes },
      );
    }
    return parts;
  });
}

/** The same conversation where only the first `limit` bytes of each piece were captured. */
export function captureOnly(pieces: readonly Piece[], limit: number): Piece[] {
  return pieces.map((piece) =>
    piece.bytes.length <= limit
      ? piece
      : {
          ...piece,
          bytes: piece.bytes.subarray(0, limit),
          skipped: (piece.skipped ?? 0) + piece.bytes.length - limit,
        },
  );
}

/** The same conversation where piece `index` was never seen. */
export function withGapAt(pieces: readonly Piece[], index: number, known = true): Piece[] {
  return pieces.map((piece, i) => (i === index ? lost(piece.from, known ? piece.bytes.length : -1) : piece));
}

/** How to feed a conversation. */
export interface RunOptions {
  readonly transport?: 'tcp' | 'udp';
  readonly serverPort?: number;
  readonly fromTheBeginning?: boolean;
  readonly options?: Partial<ProtocolOptions>;
  readonly connection?: Readonly<Connection>;
  /** How the connection ends after the last piece; 'open' leaves it. Closed by default. */
  readonly end?: 'closed' | 'reset' | 'timed_out' | 'unknown' | 'open';
  /** Protocols that a session may turn into. */
  readonly protocols?: readonly Protocol[];
  /** Nanoseconds after the last piece at which time is told to have passed (`tick`). */
  readonly tickAfter?: number;
}

/** What came out. */
export interface Run {
  readonly requests: RequestFields[];
  readonly counts: Map<string, number>;
  readonly wants: Want[];
  /** Names asked for by `become`. */
  readonly became: string[];
  readonly session: Session;
}

/** A copy of a request that is not reused. */
export function copyRequest(request: Readonly<RequestFields>): RequestFields {
  return { ...request, attributes: [...request.attributes] };
}

/** A context for a session that collects into the run given. */
export function contextOf(run: Omit<Run, 'session'>, how: RunOptions = {}): SessionContext {
  const fields = newRequestFields();
  const context: SessionContext = {
    transport: how.transport ?? 'tcp',
    serverPort: how.serverPort ?? 0,
    fromTheBeginning: how.fromTheBeginning ?? true,
    ...(how.connection === undefined ? {} : { connection: how.connection }),
    options: { keepRaw: false, datagramTimeout: 5e9, ...how.options },
    sink: {
      fields,
      emit() {
        run.requests.push(copyRequest(fields));
        clearRequestFields(fields);
      },
    },
    want: (want) => {
      run.wants.push(want);
    },
    become: (name) => {
      run.became.push(name);
      return how.protocols?.find((protocol) => protocol.name === name)?.open(context);
    },
    count: (name) => {
      run.counts.set(name, (run.counts.get(name) ?? 0) + 1);
    },
  };
  return context;
}

/**
 * Feeds a conversation to a fresh session and returns all that came out of it. Memory handed to the session is
 * overwritten after each call, as it is in a live capture.
 */
export function runSession(protocol: Protocol, pieces: readonly Piece[], how: RunOptions = {}): Run {
  const collected = { requests: [], counts: new Map<string, number>(), wants: [], became: [] };
  const session = protocol.open(contextOf(collected, how));
  let time = 1_000;
  let scratch = new Uint8Array(64);
  const chunk: Chunk = {
    bytes: scratch,
    start: 0,
    end: 0,
    skipped: 0,
    time: NEVER,
    lastTime: NEVER,
    readAt: NEVER,
  };
  for (const piece of pieces) {
    time = piece.time ?? time + 1_000;
    if (piece.lost !== undefined) {
      session.lost(piece.from, piece.lost, time as CaptureTime);
      continue;
    }
    const margin = 3;
    if (scratch.length < piece.bytes.length + 2 * margin) scratch = new Uint8Array(piece.bytes.length + 2 * margin);
    scratch.fill(0xee);
    scratch.set(piece.bytes, margin);
    chunk.bytes = scratch;
    chunk.start = margin;
    chunk.end = margin + piece.bytes.length;
    chunk.skipped = piece.skipped ?? 0;
    chunk.time = time as CaptureTime;
    chunk.lastTime = (time + 100) as CaptureTime;
    chunk.readAt = (piece.readAt ?? NEVER) as CaptureTime;
    session.data(piece.from, chunk);
    scratch.fill(0xee);
  }
  if (how.tickAfter !== undefined) session.tick?.((time + how.tickAfter) as CaptureTime);
  const end = how.end ?? 'closed';
  if (end !== 'open') session.close((time + 1_000) as CaptureTime, end);
  return { ...collected, session };
}

/** What a protocol's recogniser says to the first piece of a conversation. */
export function recogniseFirst(protocol: Protocol, pieces: readonly Piece[], serverPort: number): number {
  const first = pieces[0];
  const { bytes } = first;
  return protocol.recognise(bytes, 0, bytes.length, first.from, serverPort, bytes.length + (first.skipped ?? 0));
}
