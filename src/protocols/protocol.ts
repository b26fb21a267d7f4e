/**
 * The contract of a protocol: recognise, parse, pair. A protocol is a folder that exports one {@link Protocol}; adding it
 * to `protocols/index.ts` is all that is needed. Nothing here does I/O or reads a clock, and nothing throws on bad bytes.
 */
import type { CaptureTime } from '../base/units.ts';
import type { Connection } from '../model/connection.ts';
import type { RequestFields, Side } from '../model/request.ts';

/** How sure a recogniser is that a connection speaks its protocol. A wrong name is worse than none. */
export const Confidence = {
  /** It cannot be. */
  no: 0,
  /** Not decided: show me more bytes (of either side). */
  more: 1,
  /** Plausible; taken only where nobody is sure and the port is the protocol's own. */
  maybe: 2,
  /** Certain. */
  yes: 3,
} as const;
export type Confidence = (typeof Confidence)[keyof typeof Confidence];

/** How much the kernel should capture of a connection's bytes. */
export const Want = {
  /** As `heads`, but nothing of a server's turn after the empty line that ends an HTTP/1 head, except another such head. */
  httpHeads: 0,
  /** The head of each turn and of each write after a PSH (default 512 bytes): strict request/response protocols. */
  heads: 1,
  /** The head of every segment: pipelined or multiplexed protocols. */
  segments: 2,
  /** Every byte: small frames that must all be read. */
  stream: 3,
  /** Nothing but counters: bulk, ciphertext, unknown. */
  counters: 4,
} as const;
export type Want = (typeof Want)[keyof typeof Want];

/**
 * A piece of one direction of a conversation, in order: captured bytes, then bytes that went by without being captured.
 * One such object is reused for all calls; its bytes are a view of memory that is overwritten after the call returns.
 */
export interface Chunk {
  bytes: Uint8Array;
  /** Captured bytes are bytes[start] .. bytes[end - 1]; start === end where none were captured. */
  start: number;
  end: number;
  /** Bytes of the stream that follow the captured ones and whose content is not known (their number is certain). */
  skipped: number;
  /** When the first byte of this chunk passed, and the last. */
  time: CaptureTime;
  lastTime: CaptureTime;
  /** With a response of the server: when its process read what it is answering; NEVER where unknown. */
  readAt: CaptureTime;
  /** TCP sequence number of the first byte; absent or -1 where there is none (datagrams, files). */
  sequence?: number;
}

/** Where sessions put finished requests. */
export interface RequestSink {
  /** The one blank object to fill. Cleared by {@link emit}. */
  readonly fields: RequestFields;
  /** Takes the filled fields. Copies what it keeps, then clears them. */
  emit(): void;
}

/** What a session may know and do about its connection. */
export interface SessionContext {
  readonly transport: 'tcp' | 'udp';
  readonly serverPort: number;
  /** Who talks to whom, where that is known. */
  readonly connection?: Readonly<Connection>;
  /** False where the connection is older than the capture: the first bytes may be the middle of a message. */
  readonly fromTheBeginning: boolean;
  readonly sink: RequestSink;
  readonly options: ProtocolOptions;
  /** Asks the kernel to capture more or less of this connection from now on. Cheap to repeat. */
  want(want: Want): void;
  /**
   * Hands the rest of the connection to another protocol (upgrade, STARTTLS, CONNECT): the bytes of each side that the
   * session has not consumed are passed on by its own calls to `next`. '' means recognise anew.
   */
  become(protocol: string): Session | undefined;
  /** A named counter of things that could not be understood, e.g. 'http_bad_head'. Cold path. */
  count(name: string): void;
}

/** What a user may choose about parsing. */
export interface ProtocolOptions {
  /** Keep raw paths, statements, keys beside their templates. Secrets are redacted all the same. */
  readonly keepRaw: boolean;
  /** Longest silence in nanoseconds after which an unanswered datagram request counts as a timeout. */
  readonly datagramTimeout: number;
}

/** The state of one connection in one protocol. Never throws; memory per session is bounded. */
export interface Session {
  /** The next piece of one direction, in stream order. For datagrams each chunk is one datagram. */
  data(from: Side, chunk: Chunk): void;
  /** `bytes` bytes of one direction are gone and what they were is unknown (-1: nobody knows how many). Resynchronise. */
  lost(from: Side, bytes: number, time: CaptureTime): void;
  /** Time passed: give up on what has waited too long. Called about once a second, only where `pending` is above 0. */
  tick?(now: CaptureTime): void;
  /** The connection ended; emit what is unanswered as aborted or timed out. Called once, last. */
  close(time: CaptureTime, how: 'closed' | 'reset' | 'timed_out' | 'unknown'): void;
  /** Requests that still wait for their response. */
  readonly pending: number;
}

/** One application protocol. */
export interface Protocol {
  /** Lower-case name as OpenTelemetry or the field has it: 'http', 'dns', 'postgresql'. Shown to people. */
  readonly name: string;
  readonly transports: readonly ('tcp' | 'udp')[];
  /** Well-known server ports; a hint for `maybe`, never a proof. */
  readonly ports: readonly number[];
  /**
   * Judges captured bytes from the beginning of a side's first turn.
   * @param from the side that sent them
   * @param total bytes of that turn so far, including those not captured
   */
  recognise(bytes: Uint8Array, start: number, end: number, from: Side, serverPort: number, total: number): Confidence;
  open(context: SessionContext): Session;
  /** OpenTelemetry attributes of a finished request, beyond the common fields. Cold path. */
  attributes(request: Readonly<RequestFields>): Record<string, string | number | boolean>;
}
