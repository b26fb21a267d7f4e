import { Outcome } from '../../model/request.ts';

const names = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

/** Name of a gRPC status code; its number where it has none. */
export function grpcStatusName(code: number): string {
  return names[code] ?? `${code}`;
}

/** Whose fault a gRPC status is, as OpenTelemetry's conventions for gRPC servers have it. */
export function grpcOutcome(code: number): Outcome {
  switch (code) {
    case 0:
      return Outcome.ok;
    case 1: // CANCELLED
      return Outcome.aborted;
    case 4: // DEADLINE_EXCEEDED
      return Outcome.timeout;
    case 2: // UNKNOWN
    case 12: // UNIMPLEMENTED
    case 13: // INTERNAL
    case 14: // UNAVAILABLE
    case 15: // DATA_LOSS
      return Outcome.serverError;
    default:
      return Outcome.clientError;
  }
}

/** gRPC status that a client makes of an HTTP status where the server sent none (grpc/doc/http-grpc-status-mapping.md). */
export function grpcStatusOfHttp(status: number): number {
  switch (status) {
    case 400:
      return 13;
    case 401:
      return 16;
    case 403:
      return 7;
    case 404:
      return 12;
    case 429:
    case 502:
    case 503:
    case 504:
      return 14;
    default:
      return 2;
  }
}

/** True for 'application/grpc' and 'application/grpc+proto', not for grpc-web, whose status stands in the body. */
export function isGrpc(contentType: string): boolean {
  return contentType.startsWith('application/grpc') && (contentType.length === 16 || contentType.charCodeAt(16) === 43);
}

/** Length of what stands before each message: compressed or not (1), length (4). */
const PREFIX = 5;

/** Counts the messages of one direction of a call: each has its length in front (gRPC over HTTP/2, "Length-Prefixed-Message"). */
export class MessageCounter {
  /** Messages that have begun. */
  messages = 0;
  /** False once bytes were not seen that may have held prefixes. */
  exact = true;
  #have = 0;
  #length = 0;
  #left = 0;

  reset(): void {
    this.messages = this.#have = this.#length = this.#left = 0;
    this.exact = true;
  }

  read(bytes: Uint8Array, at: number, end: number): void {
    while (at < end && this.exact) {
      if (this.#left > 0) {
        const step = Math.min(this.#left, end - at);
        this.#left -= step;
        at += step;
        continue;
      }
      const b = bytes[at++];
      if (this.#have === 0) {
        if (b > 1) {
          this.exact = false;
          return;
        }
        this.#length = 0;
      } else this.#length = this.#length * 256 + b;
      if (++this.#have === PREFIX) {
        this.messages++;
        this.#have = 0;
        this.#left = this.#length;
      }
    }
  }

  /** So many bytes went by unseen. */
  skip(count: number): void {
    if (count <= this.#left) this.#left -= count;
    else this.exact = false;
  }
}
