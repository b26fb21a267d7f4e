import { ByteReader, u16be, u32be } from '../byte-reader.ts';
import { Confidence } from '../protocol.ts';
import { type Call, callOf, Key } from './calls.ts';
import { Facts } from './facts.ts';
import { isRequest, isSize, sizeBytes } from './wire.ts';

const reader = new ByteReader();
const facts = new Facts();

/** What brokers take for the name of a topic. */
const legalTopic = /^[\w.-]{1,249}$/;
const NULL = 0xffff;
/** Size, key, version, correlation id, length of the client id. */
const headBytes = 14;
/** More tagged fields has no header. */
const mostTags = 16;

/**
 * Judges whether a request of Kafka begins at `start`: size, key, version and client id have to be possible, and the body has
 * to read as that request's body does, since four small numbers in a row are found in many binary protocols (frames of
 * HTTP/2 with a gRPC message look like the first half of a Produce).
 *
 * @param total bytes that were sent, including those that are not there
 */
export function recogniseRequest(bytes: Uint8Array, start: number, end: number, total: number): Confidence {
  if (end - start < sizeBytes || !isSize(bytes, start, 8)) return Confidence.no;
  if (end - start < headBytes) return Confidence.more;
  const length = sizeBytes + u32be(bytes, start);
  if (!isRequest(bytes, start, end, length)) return Confidence.no;
  const next = start + length;
  // Behind it there is nothing or another one.
  if (next + sizeBytes <= end && !isSize(bytes, next, 8)) return Confidence.no;
  if (next + headBytes <= end && !isRequest(bytes, next, end, sizeBytes + u32be(bytes, next))) return Confidence.no;
  const clientId = u16be(bytes, start + 12);
  const key = u16be(bytes, start + 4);
  const call = callOf(key, u16be(bytes, start + 6));
  if (call === undefined) return Confidence.no;
  if (clientId === 0 || clientId === NULL) {
    // Nameless clients are rare; of theirs only the first questions that each asks are believed.
    const isFirst = key === Key.apiVersions || key === Key.metadata;
    return clientId === NULL && isFirst && length === total ? Confidence.maybe : Confidence.no;
  }
  if (start + headBytes + clientId > end) return Confidence.more;
  if (!isAscii(bytes, start + headBytes, start + headBytes + clientId)) return Confidence.no;
  return judgeBody(call, bytes, start, end, length, clientId);
}

function judgeBody(
  call: Call,
  bytes: Uint8Array,
  start: number,
  end: number,
  length: number,
  clientId: number,
): Confidence {
  // Clients count their requests from 0 on.
  if ((u32be(bytes, start + 8) | 0) < 0) return Confidence.no;
  const isWhole = start + length <= end;
  reader.reset(bytes, start + headBytes + clientId, isWhole ? start + length : end);
  if (call.flexibleRequest && !skipTags()) return Confidence.no;
  if (!call.isKnownVersion) return isWhole ? Confidence.yes : Confidence.more;
  facts.read(call.request, reader);
  if (isWhole && reader.short) return Confidence.no;
  const { topic, topicCount, acks } = facts;
  if (topic !== '' && !legalTopic.test(topic)) return Confidence.no;
  const names = topicCount > 0;
  if (call.key === Key.produce && ((isWhole && !names) || acks < -1 || acks > 1)) return Confidence.no;
  // Of a large frame only the beginning is there: it has to come as far as the first topic, by name or, lately, by id.
  const isById = call.version >= 13 && (call.key === Key.produce || call.key === Key.fetch);
  return isWhole || (names && (topic !== '' || isById)) ? Confidence.yes : Confidence.more;
}

function skipTags(): boolean {
  const count = reader.varint();
  if (count > mostTags) return false;
  for (let left = count; left > 0 && !reader.short; left--) {
    reader.varint();
    reader.skip(reader.varint());
  }
  return true;
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] < 0x20 || bytes[at] > 0x7e) return false;
  return true;
}
