/** Asks the server. Paths and answers are those of src/model/api; errors are problems of RFC 9457. */
export interface Problem {
  readonly title: string;
  readonly detail?: string;
  readonly next?: string;
  readonly status: number;
}

/** An answer that is no answer. */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

export type Query = Readonly<Record<string, string | number | undefined>>;

/** A path of the API with its parameters; those that are undefined or '' are left out. */
export function apiUrl(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') search.set(name, String(value));
  const text = search.toString();
  return `/api/v1${path}${text === '' ? '' : `?${text}`}`;
}

let csrf: string | null = null;

/** Remembers what POST requests must carry. */
export function setCsrf(token: string | null): void {
  csrf = token;
}

async function answerOf<T>(response: Response): Promise<T> {
  const text = await response.text();
  let body: unknown;
  try {
    body = text === '' ? undefined : JSON.parse(text);
  } catch {
    body = undefined;
  }
  if (response.ok) return body as T;
  const problem = (body ?? {}) as Partial<Problem>;
  throw new ApiError({
    title: problem.title ?? `The server answered ${response.status}`,
    status: response.status,
    ...(problem.detail === undefined ? {} : { detail: problem.detail }),
    ...(problem.next === undefined ? {} : { next: problem.next }),
  });
}

/** GET. @throws ApiError */
export async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  try {
    return await answerOf<T>(await fetch(apiUrl(path, query), signal === undefined ? {} : { signal }));
  } catch (error) {
    if (error instanceof TypeError)
      throw new ApiError({ title: 'The server does not answer', status: 0, next: 'Is wirelight up still running?' });
    throw error;
  }
}

/** POST. @throws ApiError */
export async function post<T>(path: string, body: unknown): Promise<T> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (csrf !== null) headers['x-csrf-token'] = csrf;
  return answerOf<T>(await fetch(apiUrl(path), { method: 'POST', headers, body: JSON.stringify(body) }));
}
