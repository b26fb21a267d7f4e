import type { RequestFields } from '../../model/request.ts';
import { u16be } from '../byte-reader.ts';
import { addressOf, Flag, HEADER, newRecordPlace, readName, readRecord, skipQuestions } from './wire.ts';

/** Takes one address that a name was given. */
export type OnAnswer = (name: string, addressText: string, ttlSeconds: number) => void;

const place = newRecordPlace();
const CNAME = 5;

/** Attributes of a request that hold its answers: addresses with ',' in between, seconds, and the end of a CNAME chain. */
export const answerAttributes = { addresses: 'dns.answers', ttl: 'dns.answer.ttl', cname: 'dns.answer.cname' } as const;

/**
 * Reads the addresses out of a DNS response (UDP payload, or TCP without its length prefix) that may be cut.
 *
 * `onAnswer` gets the name that was asked for, not those of its CNAME chain, since that is what a person calls the host; the
 * address as text; and the least time to live on the way to it. Anything but a good answer to one question gives nothing.
 */
export function readDnsAnswers(bytes: Uint8Array, start: number, end: number, onAnswer: OnAnswer): void {
  if (end - start < HEADER) return;
  const flags = u16be(bytes, start + 2);
  if ((flags & Flag.response) === 0 || (flags & 0x780f) !== 0 || u16be(bytes, start + 4) !== 1) return;
  let at = skipQuestions(bytes, start, end);
  if (at < 0) return;
  const name = readName(bytes, start, start + HEADER, end);
  if (name === '') return;
  let chainTtl = Number.MAX_SAFE_INTEGER;
  for (let left = u16be(bytes, start + 6); left > 0 && readRecord(place, bytes, at, end); left--) {
    if (place.type === CNAME) chainTtl = Math.min(chainTtl, place.ttl);
    const address = addressOf(place, bytes);
    if (address !== '') onAnswer(name, address, Math.min(chainTtl, place.ttl));
    at = place.next;
  }
}

/** The same out of a finished request of protocol 'dns', as sinks get it. */
export function eachAnswer(request: Readonly<RequestFields>, onAnswer: OnAnswer): void {
  const { attributes } = request;
  if (request.protocol !== 'dns' || attributes.length === 0) return;
  let addresses = '';
  let ttl = 0;
  for (let i = 0; i + 1 < attributes.length; i += 2) {
    if (attributes[i] === answerAttributes.addresses) addresses = attributes[i + 1];
    else if (attributes[i] === answerAttributes.ttl) ttl = Number(attributes[i + 1]);
  }
  if (addresses === '') return;
  const name = request.resource === '' ? request.target : request.resource;
  for (const address of addresses.split(',')) onAnswer(name, address, ttl);
}
