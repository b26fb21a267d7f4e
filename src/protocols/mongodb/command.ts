import { RequestFlag } from '../../model/request.ts';
import type { Exchange } from '../exchange.ts';
import { Interner } from '../interner.ts';
import { readComment } from '../sql/comment.ts';
import { textOf } from '../text.ts';
import { clearTraceContext, newTraceContext } from '../trace-context.ts';
import { BsonReader, BsonType } from './bson.ts';
import { shapeOf } from './shape.ts';

const names = new Interner(512, { longest: 128 });
const reader = new BsonReader();
const inner = new BsonReader();
const trace = newTraceContext();

/** Commands that a driver sends to know the server, rather than that anybody asked for. */
export function isHello(method: string): boolean {
  return method === 'hello' || method === 'isMaster' || method === 'ismaster';
}

/** Commands whose contents are secret. */
const secret = /^(?:sasl|authenticate|createUser|updateUser|copydb)/i;

/**
 * Reads a command document into the exchange: name, collection, database, shape, trace context in a comment. Gives false
 * where it was cut before all that was known.
 */
export function readCommand(e: Exchange, bytes: Uint8Array, at: number, end: number): boolean {
  if (!reader.open(bytes, at, end) || !reader.next()) return false;
  const name = names.text(bytes, reader.name, reader.nameEnd);
  e.method = /^[A-Za-z][A-Za-z0-9_]{0,40}$/.test(name) ? name : '';
  if (reader.type === BsonType.string && reader.whole) {
    e.target = names.text(bytes, reader.textStart, reader.textEnd);
  }
  let hasDatabase = false;
  while (reader.next()) {
    if (bytes[reader.name] === 0x24) {
      if (reader.is('$db') && reader.type === BsonType.string && reader.whole) {
        e.authority = names.text(bytes, reader.textStart, reader.textEnd);
        hasDatabase = true;
      }
    } else if (reader.is('collection')) {
      if (reader.type === BsonType.string && reader.whole) {
        e.target = names.text(bytes, reader.textStart, reader.textEnd);
      }
    } else if (reader.is('maxAwaitTimeMS') || (name === 'getMore' && reader.is('maxTimeMS'))) {
      e.flags |= RequestFlag.wait;
    } else if (reader.is('comment') && reader.type === BsonType.string && reader.whole) {
      clearTraceContext(trace);
      readComment(trace, bytes, reader.textStart, reader.textEnd);
      e.follow(trace);
    }
  }
  if (!secret.test(name) && !isHello(name)) e.resource = shapeOf(bytes, at, end);
  return hasDatabase || !reader.short;
}

/** Driver and application out of the `client` of the first hello; '' where there is none. */
export function readClient(bytes: Uint8Array, at: number, end: number): string {
  if (!reader.open(bytes, at, end)) return '';
  while (reader.next()) {
    if (!reader.is('client') || reader.type !== BsonType.document || !reader.whole) continue;
    const parts = new Map<string, string>();
    const client = new BsonReader();
    if (!client.open(bytes, reader.value, reader.valueEnd)) return '';
    while (client.next()) {
      if (client.type !== BsonType.document || !inner.open(bytes, client.value, client.valueEnd)) continue;
      const of = textOf(bytes, client.name, client.nameEnd);
      while (inner.next()) {
        if (inner.type !== BsonType.string || !inner.whole) continue;
        const text = textOf(bytes, inner.textStart, Math.min(inner.textEnd, inner.textStart + 64));
        parts.set(`${of}.${textOf(bytes, inner.name, inner.nameEnd)}`, text);
      }
    }
    const driver = `${parts.get('driver.name') ?? ''}/${parts.get('driver.version') ?? ''}`.replace(/^\/|\/$/g, '');
    return `${parts.get('application.name') ?? ''} ${driver}`.trim();
  }
  return '';
}
