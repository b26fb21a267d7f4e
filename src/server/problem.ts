import { WirelightError } from '../base/errors.ts';
import type { Problem } from '../model/api.ts';
import { FilterError } from '../model/filter/index.ts';

/** An error with the HTTP status that goes with it. */
export class HttpError extends WirelightError {
  readonly status: number;
  readonly errors: readonly { path: string; message: string }[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    what: string,
    more: {
      why?: string;
      next?: string;
      cause?: unknown;
      errors?: readonly { path: string; message: string }[];
      headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(code, what, more);
    this.status = status;
    this.errors = more.errors ?? [];
    this.headers = more.headers ?? {};
  }
}

const statuses: Readonly<Record<string, number>> = {
  bad_query: 400,
  missing_parameter: 400,
  bad_parameter: 400,
  query_forbidden: 403,
  query_timeout: 408,
  query_cancelled: 499,
  query_memory: 413,
  query_too_large: 413,
  disk_full: 507,
  store_unreachable: 503,
  store_closed: 503,
  store_locked: 503,
};

/** What a client hears of an error (RFC 9457). What is our own fault says no more than that. */
export function problemOf(error: unknown): Problem {
  if (error instanceof HttpError) {
    return problem(error.status, error, error.errors.length > 0 ? { errors: [...error.errors] } : {});
  }
  if (error instanceof FilterError) return problem(400, error);
  if (error instanceof WirelightError) return problem(statuses[error.code] ?? 500, error);
  const status = statusOf(error);
  if (status !== undefined) {
    return {
      type: 'urn:wirelight:problem:bad_request',
      title: error instanceof Error ? error.message : 'the request is not understood',
      status,
      code: 'bad_request',
    };
  }
  return {
    type: 'urn:wirelight:problem:internal',
    title: 'the server failed',
    status: 500,
    detail: 'this is a fault of Wirelight itself; its log says more',
    code: 'internal',
  };
}

function problem(status: number, error: WirelightError, more: Partial<Problem> = {}): Problem {
  return {
    type: `urn:wirelight:problem:${error.code}`,
    title: error.message,
    status,
    code: error.code,
    ...(error.why === undefined ? {} : { detail: error.why }),
    ...(error.next === undefined ? {} : { next: error.next }),
    ...more,
  };
}

/** The status of an error of the HTTP library (a body that is no JSON, too large), where it is the client's fault. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}
