import { Outcome } from '../../../model/request.ts';
import { type ApiCall, renameAll } from './call.ts';

/** Errors of which the asker is the cause, as Apollo names them in `extensions.code`. */
const clientCodes =
  /BAD_USER_INPUT|VALIDATION|PARSE_FAILED|UNAUTHENTICATED|FORBIDDEN|NOT_FOUND|BAD_REQUEST|PERSISTED_QUERY/;

/** Reads a GraphQL request's body (or the beginning of it): JSON with `query`, `operationName`, perhaps several in an array. */
export function readGraphql(call: ApiCall, body: string): boolean {
  const document = /"query"\s*:\s*"((?:[^"\\]|\\.)*)/.exec(body)?.[1];
  const name = /"operationName"\s*:\s*"([_A-Za-z]\w{0,120})"/.exec(body)?.[1] ?? '';
  if (document === undefined) {
    // A persisted query is known by its hash; its kind is not said.
    if (name === '' || !/"(?:persistedQuery|id|documentId)"/.test(body)) return false;
    renameAll(call, 'graphql', 'persisted_query', name);
    return true;
  }
  return nameOperation(call, unquote(document), name);
}

/** The same for a GET request with the document in its query string. */
export function readGraphqlQuery(call: ApiCall, query: string): boolean {
  const parameters = new URLSearchParams(query.slice(0, 2048));
  const name = parameters.get('operationName') ?? '';
  const document = parameters.get('query');
  return document !== null && nameOperation(call, document, /^[_A-Za-z]\w{0,120}$/.test(name) ? name : '');
}

/** Errors come with status 200: tells them by the response's body. */
export function readGraphqlAnswer(call: ApiCall, body: string): void {
  if (!/^[^{]{0,12}\{\s*(?:"data"\s*:\s*null\s*,\s*)?"errors"\s*:\s*\[\s*\{/.test(body)) return;
  const code = /"code"\s*:\s*"([A-Z_]{2,60})"/.exec(body)?.[1] ?? '';
  call.codeText = code === '' ? 'errors' : code;
  call.verdict = clientCodes.test(code) || neverRan(body) ? Outcome.clientError : Outcome.serverError;
}

/** Without an entry `data` nothing was executed: the request was wrong (GraphQL, section 7.1). */
function neverRan(body: string): boolean {
  try {
    // The piece may begin with the length of a chunk, and end with its end.
    return !('data' in JSON.parse(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1)));
  } catch {
    return false; // cut: it may follow
  }
}

function nameOperation(call: ApiCall, document: string, name: string): boolean {
  const text = document.replace(/#[^\n]*/g, '').trimStart();
  let kind = '';
  let operation = name;
  // Of several operations the one that is named is executed.
  for (const [, k, n] of text.matchAll(/\b(query|mutation|subscription)\b\s*([_A-Za-z]\w{0,120})?/g)) {
    if (kind === '' || (name !== '' && n === name)) {
      kind = k;
      if (operation === '') operation = n ?? '';
    }
  }
  if (kind === '') {
    if (!text.startsWith('{')) return false;
    kind = 'query';
  }
  if (operation === '') {
    const field = /\{\s*(?:\w+\s*:\s*)?([_A-Za-z]\w{0,120})/.exec(text)?.[1];
    operation = field === undefined ? '' : `{${field}}`;
  }
  renameAll(call, 'graphql', kind, operation);
  return true;
}

function unquote(text: string): string {
  return text.replace(/\\([nrt"\\/])/g, (_, c: string) => (c === 'n' || c === 'r' || c === 't' ? '\n' : c));
}
