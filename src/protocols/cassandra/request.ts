import { ByteMap } from '../byte-map.ts';
import { u16be, u32be } from '../byte-reader.ts';
import type { Exchange } from '../exchange.ts';
import { cql, rawStatement, type Statement, StatementReader, unknownStatement } from '../sql/index.ts';

const statements = new StatementReader(cql);

/**
 * Prepared statements by their id, which is a hash of their text: the same for all connections and nodes, and drivers
 * prepare on one connection what they execute on another.
 */
const prepared = new ByteMap<Statement>(4096, 64);

/** Keeps what a statement was prepared to. */
export function keepPrepared(bytes: Uint8Array, start: number, end: number, statement: Statement): void {
  if (statement.partial && prepared.get(bytes, start, end) !== undefined) return;
  prepared.set(bytes, start, end, statement);
}

/** Sets what an exchange does. */
export function describe(e: Exchange, statement: Statement): void {
  e.method = statement.verb;
  e.target = statement.tables;
  e.resource = statement.text;
  if (statement.partial) e.partial();
}

/** Sets what a QUERY does, with its values where these are wanted. */
export function describeQuery(e: Exchange, bytes: Uint8Array, at: number, end: number, keepRaw: boolean): void {
  const statement = readLongString(e, bytes, at, end);
  describe(e, statement);
  if (keepRaw && end - at > 4) {
    e.resource = rawStatement(statement, bytes, at + 4, Math.min(end, at + 4 + u32be(bytes, at)));
  }
}

/** The statement in a [long string] at `at`, with trace context for the exchange. */
export function readLongString(e: Exchange, bytes: Uint8Array, at: number, end: number): Statement {
  if (end - at < 4) return unknownStatement;
  const length = u32be(bytes, at);
  const stop = at + 4 + length;
  const statement = statements.read(bytes, at + 4, Math.min(stop, end), stop > end);
  if (statements.trace.rank > 0 || statements.trace.correlationId !== '') e.follow(statements.trace);
  return statement;
}

/** The statement whose id is in [short bytes] at `at`. */
export function readStatementId(bytes: Uint8Array, at: number, end: number): Statement {
  if (end - at < 2) return unknownStatement;
  const stop = at + 2 + u16be(bytes, at);
  return stop > end ? unknownStatement : (prepared.get(bytes, at + 2, stop) ?? unknownStatement);
}

/** Most statements of a batch that are looked at. */
const mostParts = 64;

/** Reads BATCH: type, number of statements, each by text or id with its values. */
export function readBatch(e: Exchange, bytes: Uint8Array, at: number, end: number): void {
  e.method = 'BATCH';
  if (end - at < 3) {
    e.partial();
    return;
  }
  const count = u16be(bytes, at + 1);
  e.requestMessages = count;
  at += 3;
  let first: Statement | undefined;
  let tables = '';
  for (let i = 0; i < count; i++) {
    if (i >= mostParts) return;
    if (at >= end) {
      e.partial();
      return;
    }
    const isPrepared = bytes[at] === 1;
    const statement = isPrepared ? readStatementId(bytes, at + 1, end) : readLongString(e, bytes, at + 1, end);
    at = afterValues(bytes, afterStatement(bytes, at + 1, end, isPrepared), end);
    if (statement.partial) e.partial();
    if (first === undefined) {
      first = statement;
      tables = statement.tables;
      e.resource = statement.text;
    } else if (statement !== first && statement.tables !== '' && !tables.split(', ').includes(statement.tables)) {
      if (tables.split(', ').length < 4) tables = tables === '' ? statement.tables : `${tables}, ${statement.tables}`;
    }
    e.target = tables;
  }
}

function afterStatement(bytes: Uint8Array, at: number, end: number, isPrepared: boolean): number {
  if (isPrepared) return end - at < 2 ? end : at + 2 + u16be(bytes, at);
  return end - at < 4 ? end : at + 4 + u32be(bytes, at);
}

/** Index after a number of values and the values, each an int of length (below 0: none) and bytes. */
function afterValues(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 2) return end;
  const count = u16be(bytes, at);
  at += 2;
  for (let i = 0; i < count; i++) {
    if (end - at < 4) return end;
    const length = u32be(bytes, at) | 0;
    at += 4 + Math.max(0, length);
  }
  return Math.min(at, end);
}
