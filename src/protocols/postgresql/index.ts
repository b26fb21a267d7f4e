import { Outcome, Side } from '../../model/request.ts';
import { Confidence, type Protocol } from '../protocol.ts';
import { databaseAttributes } from '../sql/index.ts';
import { PostgresqlSession } from './session.ts';
import { clientChain, FromServer, serverChain, startupLength } from './wire.ts';

/** PostgreSQL's protocol 3, as its relatives (CockroachDB, YugabyteDB, PgBouncer, ...) speak it too. */
export const postgresql: Protocol = {
  name: 'postgresql',
  transports: ['tcp'],
  ports: [5432, 6432, 26257, 5433],
  recognise(bytes, start, end, from) {
    if (end <= start) return Confidence.no;
    if (from === Side.server) return recogniseServer(bytes, start, end);
    if (bytes[start] === 0) {
      const length = startupLength(bytes, start, end);
      if (length <= 0) return length < 0 ? Confidence.no : Confidence.more;
      // The requests for encryption and to cancel are numbers that nothing else uses; a startup has names and values.
      if (bytes[start + 4] !== 0) return Confidence.yes;
      if (end - start < 14 && end - start < length) return Confidence.more;
      return looksLikeStartup(bytes, start + 8, Math.min(end, start + length), start + length <= end)
        ? Confidence.yes
        : Confidence.no;
    }
    return recogniseClient(bytes, start, end);
  },
  open: (context) => new PostgresqlSession(context),
  attributes(request) {
    const attributes = databaseAttributes('postgresql', request);
    if (/^(?:SELECT|FETCH|SHOW|VALUES|TABLE|WITH|EXPLAIN)$/.test(request.method) && request.outcome === Outcome.ok) {
      attributes['db.response.returned_rows'] = request.responseMessages;
    }
    return attributes;
  },
};

/** Zero-terminated names and values; at least the first name is there. */
function looksLikeStartup(bytes: Uint8Array, from: number, to: number, whole: boolean): boolean {
  let at = from;
  while (at < to && ((bytes[at] >= 0x61 && bytes[at] <= 0x7a) || bytes[at] === 0x5f)) at++;
  if (at === from || at >= to || bytes[at] !== 0) return false;
  for (let i = at; i < to; i++) if (bytes[i] !== 0 && (bytes[i] < 32 || bytes[i] === 127)) return false;
  return !whole || bytes[to - 1] === 0;
}

/** A connection that was joined: messages that fill what there is, the last of them one that ends a turn. */
function recogniseClient(bytes: Uint8Array, start: number, end: number): Confidence {
  const count = clientChain(bytes, start, end);
  if (count <= 0) return count < 0 ? Confidence.no : Confidence.more;
  const hasSync =
    end - start >= 10 &&
    bytes[end - 5] === 0x53 &&
    bytes[end - 4] === 0 &&
    bytes[end - 3] === 0 &&
    bytes[end - 2] === 0 &&
    bytes[end - 1] === 4;
  return hasSync && count >= 2 ? Confidence.yes : Confidence.maybe;
}

function recogniseServer(bytes: Uint8Array, start: number, end: number): Confidence {
  if (end - start < 5) return Confidence.no;
  const count = serverChain(bytes, start, end);
  if (count <= 0) return Confidence.no;
  const isReady = end - start >= 6 && bytes[end - 6] === FromServer.ready && bytes[end - 2] === 5;
  // One message alone, of any of the letters, is soon found in other bytes.
  if (count < 2) return Confidence.no;
  return isReady ? Confidence.yes : Confidence.maybe;
}
