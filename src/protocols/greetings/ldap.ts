import type { CaptureTime } from '../../base/units.ts';
import { Outcome, RequestFlag, type Side } from '../../model/request.ts';
import { Appetite } from '../appetite.ts';
import { type ConnectionEnding, outcomeOfEnding } from '../ending.ts';
import { type Exchange, newExchange } from '../exchange.ts';
import { type Frame, FrameCutter, type FrameRule } from '../frames.ts';
import { Interner } from '../interner.ts';
import { PendingTable } from '../pending.ts';
import { type Chunk, Confidence, type Protocol, type Session, type SessionContext, Want } from '../protocol.ts';
import { segmentTemplate } from '../template.ts';
import { startsWith } from '../text.ts';
import { element, integerOf, readElement } from './ber.ts';
import { resultName, resultOutcome } from './ldap-results.ts';

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const ENUMERATED = 0x0a;
const OCTETS = 0x04;
const CONTEXT_0 = 0x80;
const longestMessage = 64 << 20;

/** Operations by their tag (RFC 4511, section 4.2 ff.). */
const requests: Readonly<Record<number, string>> = {
  96: 'bind',
  66: 'unbind',
  99: 'search',
  102: 'modify',
  104: 'add',
  74: 'delete',
  108: 'modify_dn',
  110: 'compare',
  80: 'abandon',
  119: 'extended',
};
/** Responses that end an operation, and those that come before. */
const finals = new Set([97, 101, 103, 105, 107, 109, 111, 120]);
const preliminary = new Set([100, 115, 121]);
const Tag = { unbind: 66, delete: 74, abandon: 80, bind: 96, search: 99, searchEntry: 100, extended: 119 } as const;

const START_TLS = '1.3.6.1.4.1.1466.20037';
const extensions: Readonly<Record<string, string>> = {
  [START_TLS]: 'start_tls',
  '1.3.6.1.4.1.4203.1.11.1': 'password_modify',
  '1.3.6.1.4.1.4203.1.11.3': 'who_am_i',
  '1.3.6.1.1.8': 'cancel',
};
/** Controls that keep a search open: content synchronisation and persistent search. */
const waitingControls = ['1.3.6.1.4.1.4203.1.9.1.1', '2.16.840.1.113730.3.4.3', '1.2.840.113556.1.4.528'];

const names = new Interner(1024, { longest: 512, derive: templateOfName });
const oids = new Interner(64, { longest: 64 });

/** A distinguished name without the values that name one entry among many: `uid={id},ou=people,dc=example`. */
function templateOfName(name: string): string {
  return name
    .split(',')
    .map((part) => {
      const [type, value] = [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)];
      if (/^\s*(?:uid|mail|sn|employeenumber|entryuuid|objectguid|serialnumber)$/i.test(type)) return `${type}={id}`;
      return part.includes('=') ? `${type}=${segmentTemplate(value)}` : part;
    })
    .join(',');
}

const messages: FrameRule = {
  length(bytes, at, end) {
    if (bytes[at] !== SEQUENCE) return -1;
    if (!readElement(bytes, at, end)) return end - at < 6 ? 0 : -1;
    const length = element.to - at;
    return length < 7 || length > longestMessage ? -1 : length;
  },
  begins: (bytes, at, end) => operationAt(bytes, at, end) > 0,
};

let messageId = 0;
let operationFrom = 0;
let operationTo = 0;

/** Tag of the operation in the message at `at`, 0 where there is none; sets the id and where the operation's content stands. */
function operationAt(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== SEQUENCE || !readElement(bytes, at, end)) return 0;
  const whole = element.to;
  if (!readElement(bytes, element.from, end) || element.tag !== INTEGER) return 0;
  messageId = integerOf(bytes, end);
  if (messageId < 0 || !readElement(bytes, element.to, end) || element.to > whole) return 0;
  const { tag } = element;
  if (requests[tag] === undefined && !finals.has(tag) && !preliminary.has(tag)) return 0;
  operationFrom = element.from;
  operationTo = element.to;
  return tag;
}

/** One connection of LDAP. */
class LdapSession implements Session {
  readonly #context: SessionContext;
  readonly #appetite: Appetite;
  readonly #cutters: readonly [FrameCutter, FrameCutter];
  readonly #pending = new PendingTable(newExchange, 1024);
  readonly #single = newExchange();
  #tls: Session | undefined;
  #isTls = false;
  #losses = 0;

  constructor(context: SessionContext) {
    this.#context = context;
    const options = { synced: context.fromTheBeginning };
    this.#cutters = [
      new FrameCutter(messages, (frame) => this.#request(frame), options),
      new FrameCutter(messages, (frame) => this.#response(frame), options),
    ];
    this.#appetite = new Appetite(context, Want.stream);
  }

  get pending(): number {
    return this.#isTls ? (this.#tls?.pending ?? 0) : this.#pending.length;
  }

  data(from: Side, chunk: Chunk): void {
    if (this.#isTls) {
      this.#tls?.data(from, chunk);
      return;
    }
    const cutter = this.#cutters[from];
    const { losses } = cutter;
    cutter.push(chunk);
    if (cutter.losses > losses) this.#lostTrack();
  }

  lost(from: Side, bytes: number, time: CaptureTime): void {
    if (this.#isTls) {
      this.#tls?.lost(from, bytes, time);
      return;
    }
    const cutter = this.#cutters[from];
    const { losses } = cutter;
    cutter.gap(bytes, time);
    if (cutter.losses > losses) this.#lostTrack();
  }

  close(time: CaptureTime, how: ConnectionEnding): void {
    if (this.#isTls) {
      this.#tls?.close(time, how);
      return;
    }
    for (const [, exchange] of this.#pending.entries()) {
      this.#emit(exchange.ended(outcomeOfEnding(how)));
    }
    this.#pending.clear();
  }

  #lostTrack(): void {
    this.#context.count('ldap_lost_track');
    this.#appetite.lostTrack();
    for (const [, exchange] of this.#pending.entries()) exchange.partial();
    // After a login that encrypts (GSSAPI, DIGEST-MD5) nothing can be read any more.
    if (++this.#losses === 8) this.#context.want(Want.counters);
  }

  #request(frame: Frame): void {
    const { bytes, start, end } = frame;
    this.#appetite.saw(frame.length);
    const tag = operationAt(bytes, start, end);
    const name = requests[tag];
    if (name === undefined) {
      this.#context.count('ldap_bad_request');
      return;
    }
    this.#losses = 0;
    const id = messageId;
    const isOneWay = tag === Tag.unbind || tag === Tag.abandon;
    let exchange = this.#single;
    if (!isOneWay) {
      const former =
        this.#pending.take(id) ?? (this.#pending.full ? this.#pending.take(this.#pending.oldest()) : undefined);
      if (former !== undefined) this.#emit(former.partial());
      exchange = this.#pending.add(id) ?? this.#single;
    }
    exchange.ask(name, '', frame, frame.length);
    const controls = operationTo;
    this.#describe(exchange, tag, bytes, Math.min(operationTo, end));
    if (tag === Tag.search && hasControl(bytes, controls, Math.min(end, start + frame.length))) {
      exchange.flags |= RequestFlag.wait | RequestFlag.streaming;
    }
    if (exchange !== this.#single) return;
    exchange.flags |= isOneWay ? RequestFlag.oneWay : RequestFlag.partial;
    this.#emit(exchange);
  }

  /** The name of what an operation acts on stands first in most; in a bind behind the version, in a delete alone. */
  #describe(exchange: Exchange, tag: number, bytes: Uint8Array, end: number): void {
    if (tag === Tag.abandon || tag === Tag.unbind) return;
    let from = operationFrom;
    let to = operationTo;
    if (tag !== Tag.delete) {
      if (!readElement(bytes, from, end)) {
        exchange.partial();
        return;
      }
      if (tag === Tag.bind && !readElement(bytes, element.to, end)) return;
      const wanted = tag === Tag.extended ? CONTEXT_0 : OCTETS;
      if (element.tag !== wanted) return;
      from = element.from;
      to = element.to;
    }
    if (to > end) {
      exchange.partial();
      return;
    }
    if (tag === Tag.extended) {
      const oid = oids.text(bytes, from, to);
      exchange.method = extensions[oid] ?? 'extended';
      if (exchange.method === 'extended') exchange.target = oid;
    } else {
      const name = names.text(bytes, from, to);
      exchange.target = names.derived;
      if (this.#context.options.keepRaw && name !== exchange.target) exchange.resource = name;
    }
  }

  #response(frame: Frame): void {
    const { bytes, start, end } = frame;
    this.#appetite.saw(frame.length);
    const tag = operationAt(bytes, start, end);
    if (!finals.has(tag) && !preliminary.has(tag)) {
      // It answers one of those that wait, and nobody knows which.
      this.#context.count('ldap_bad_response');
      for (const [, exchange] of this.#pending.entries()) exchange.partial();
      return;
    }
    this.#losses = 0;
    const id = messageId;
    const hasCode = finals.has(tag) && readElement(bytes, operationFrom, end) && element.tag === ENUMERATED;
    const code = hasCode ? integerOf(bytes, end) : -1;
    if (id === 0) {
      // Notice of disconnection: the server says why it closes the connection.
      const notice = this.#single.ask('disconnect', '', frame, 0).answer(frame, frame.length);
      notice.flags |= RequestFlag.oneWay;
      this.#emit(notice.ended(code > 0 ? resultOutcome(code) : Outcome.unset, code, code < 0 ? '' : resultName(code)));
      return;
    }
    const exchange = this.#pending.get(id);
    if (exchange === undefined) return;
    exchange.answer(frame, frame.length);
    if (preliminary.has(tag)) {
      if (tag === Tag.searchEntry) exchange.responseMessages++;
      return;
    }
    this.#pending.take(id);
    if (code < 0) exchange.partial();
    else exchange.ended(resultOutcome(code), code, resultName(code));
    const startsTls = exchange.method === 'start_tls' && code === 0;
    if (startsTls) exchange.flags |= RequestFlag.upgrade;
    this.#emit(exchange);
    if (!startsTls) return;
    this.#isTls = true;
    this.#tls = this.#context.become('tls');
  }

  #emit(exchange: Exchange): void {
    exchange.emit(this.#context.sink, 'ldap');
  }
}

/** True where one of the controls behind an operation keeps it open. */
function hasControl(bytes: Uint8Array, from: number, end: number): boolean {
  for (let i = from; i < end; i++) {
    if (bytes[i] === OCTETS && waitingControls.some((oid) => startsWith(bytes, i + 2, end, oid))) return true;
  }
  return false;
}

/** Reads the element at `at`; true where it has this tag. */
function isElement(bytes: Uint8Array, at: number, end: number, tag: number): boolean {
  return readElement(bytes, at, end) && element.tag === tag;
}

/** True where a message's operation holds what a bind, search, unbind or result must hold. */
function isSure(bytes: Uint8Array, at: number, end: number): boolean {
  const tag = operationAt(bytes, at, end);
  const [from, to] = [operationFrom, operationTo];
  if (tag === Tag.unbind) return from === to && to - at === 7;
  if (tag === Tag.bind) {
    const version = isElement(bytes, from, end, INTEGER) ? integerOf(bytes, end) : 0;
    return (version === 2 || version === 3) && isElement(bytes, element.to, end, OCTETS);
  }
  if (tag === Tag.search) {
    // scope and aliases: two enumerations of one byte.
    if (!isElement(bytes, from, end, OCTETS)) return false;
    const i = element.to;
    return i + 6 <= end && startsWith(bytes, i, end, '\n\u0001') && startsWith(bytes, i + 3, end, '\n\u0001');
  }
  if (tag === Tag.extended) {
    return isElement(bytes, from, end, CONTEXT_0) && startsWith(bytes, element.from, Math.min(element.to, end), '1.');
  }
  if (!finals.has(tag) || !isElement(bytes, from, end, ENUMERATED) || element.to - element.from !== 1) return false;
  return isElement(bytes, element.to, end, OCTETS);
}

/** LDAP (RFC 4511): operations by message id, up to StartTLS. */
export const ldap: Protocol = {
  name: 'ldap',
  transports: ['tcp'],
  ports: [389, 3268],
  recognise(bytes, start, end) {
    if (end <= start || bytes[start] !== SEQUENCE) return Confidence.no;
    if (end - start < 7) return messages.length(bytes, start, end) < 0 ? Confidence.no : Confidence.more;
    if (messages.length(bytes, start, end) <= 0 || operationAt(bytes, start, end) === 0) return Confidence.no;
    return isSure(bytes, start, end) ? Confidence.yes : Confidence.maybe;
  },
  open: (context) => new LdapSession(context),
  attributes(request) {
    const attributes: Record<string, string | number | boolean> = { 'ldap.operation': request.method };
    if (request.code >= 0) attributes['ldap.result_code'] = request.code;
    if (request.target !== '') attributes['ldap.base'] = request.resource === '' ? request.target : request.resource;
    if (request.method === 'search') attributes['ldap.entries'] = request.responseMessages;
    return attributes;
  },
};
