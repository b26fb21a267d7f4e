import { Side } from '../../model/request.ts';
import { u16be } from '../byte-reader.ts';
import { Confidence } from '../protocol.ts';
import { isKnownType } from './names.ts';
import { Flag, HEADER, newRecordPlace, readRecord, skipName } from './wire.ts';

/** Ports of DNS, multicast DNS and LLMNR. */
export const dnsPorts = [53, 5353, 5355];

/** NetBIOS name service looks the same and means something else. */
const NETBIOS = 137;

const place = newRecordPlace();

/**
 * Judges a datagram, or a stream whose first two bytes are a length. A message that is well-formed to its last byte is
 * certain; one of which only the beginning was captured is so on the protocol's ports.
 */
export function recognise(
  bytes: Uint8Array,
  start: number,
  end: number,
  from: Side,
  serverPort: number,
  total: number,
): Confidence {
  if (serverPort === NETBIOS) return Confidence.no;
  if (end - start < HEADER) return end - start === total ? Confidence.more : Confidence.no;
  const length = u16be(bytes, start);
  if (length === total - 2) {
    const onStream = judge(bytes, start + 2, end, from, serverPort, length);
    if (onStream !== Confidence.no) return onStream;
  }
  const asDatagram = judge(bytes, start, end, from, serverPort, total);
  if (asDatagram !== Confidence.no || length < HEADER + 5 || end - start < HEADER + 2) return asDatagram;
  return judge(bytes, start + 2, Math.min(end, start + 2 + length), from, serverPort, length);
}

function judge(
  bytes: Uint8Array,
  start: number,
  end: number,
  from: Side,
  serverPort: number,
  total: number,
): Confidence {
  if (end - start < HEADER) return Confidence.no;
  const flags = u16be(bytes, start + 2);
  const isResponse = (flags & Flag.response) !== 0;
  const isMulticast = serverPort === 5353 || serverPort === 5355;
  if (!isMulticast && isResponse !== (from === Side.server)) return Confidence.no;
  const opcode = (flags >> 11) & 15;
  const questions = u16be(bytes, start + 4);
  const answers = u16be(bytes, start + 6);
  const others = u16be(bytes, start + 8) + u16be(bytes, start + 10);
  if (opcode > 5 || opcode === 3 || (flags & Flag.zero) !== 0) return Confidence.no;
  if (questions > 16 || answers + others > 4096) return Confidence.no;
  if (questions === 0 && !(isMulticast && isResponse && answers > 0)) return Confidence.no;
  if (!isResponse && opcode === 0 && !isMulticast && (answers > 0 || (flags & 15) !== 0)) return Confidence.no;
  let at = start + HEADER;
  for (let left = questions; left > 0; left--) {
    at = skipName(bytes, at, end);
    if (at < 0 || at + 4 > end) return Confidence.no;
    const recordClass = u16be(bytes, at + 2) & (isMulticast ? 0x7fff : 0xffff);
    if (!isKnownType(u16be(bytes, at)) || !(recordClass === 1 || recordClass === 3 || recordClass >= 254)) {
      return Confidence.no;
    }
    at += 4;
  }
  const known = dnsPorts.includes(serverPort);
  for (let left = answers + others; left > 0; left--) {
    if (!readRecord(place, bytes, at, end)) {
      // Without a question or a single record to go by it could be anything.
      const hasProof = questions > 0 || left < answers + others;
      return known && hasProof && end - start < total ? Confidence.yes : Confidence.no;
    }
    at = place.next;
  }
  if (at === end && end - start === total) return Confidence.yes;
  return known && end - start < total ? Confidence.yes : Confidence.no;
}
