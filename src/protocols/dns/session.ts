import { type CaptureTime, NEVER } from '../../base/units.ts';
import { Outcome, RequestFlag, Side } from '../../model/request.ts';
import { type CacheEntry, isAt } from '../byte-cache.ts';
import { u16be } from '../byte-reader.ts';
import { type Frame, FrameCutter, type FrameRule } from '../frames.ts';
import { PendingTable } from '../pending.ts';
import { type Chunk, type Session, type SessionContext, Want } from '../protocol.ts';
import { answerAttributes } from './answers.ts';
import { opcodeName, rcodeName } from './names.ts';
import { type Question, questions } from './question.ts';
import { type SearchAttempt, SearchLists } from './search.ts';
import { addressOf, Flag, HEADER, newRecordPlace, readName, readRecord, skipName, skipQuestions } from './wire.ts';

interface Query {
  id: number;
  question: CacheEntry<Question>;
  opcode: number;
  questions: number;
  flags: number;
  search: SearchAttempt | undefined;
  bytes: number;
  start: CaptureTime;
  end: CaptureTime;
  /** Messages and bytes of an answer in several messages (zone transfer) so far. */
  answers: number;
  answerBytes: number;
  responseStart: CaptureTime;
}

/** Longest list of addresses that is kept of one answer. */
const mostAddresses = 8;
/** A resolver that hangs up so long after its question has waited in vain. */
const gaveUp = 5e8;
const mostPending = 2048;
/** Time after which resolvers ask again. */
const shortestRetry = 1e8;
const longestRetry = 3e10;

const CNAME = 5;
const SOA = 6;
const OPT = 41;
const IXFR = 251;
const AXFR = 252;

const nobody = questions.entry(Uint8Array.of(0, 0, 0, 0, 0), 0, 5);
const place = newRecordPlace();
const searchLists = new SearchLists();

/** A message on TCP has its length in front (RFC 1035, section 4.2.2). */
const framing: FrameRule = {
  length(bytes, at, end) {
    if (end - at < 2) return 0;
    const length = u16be(bytes, at);
    return length < HEADER ? -1 : length + 2;
  },
  begins(bytes, at, end) {
    if (end - at < HEADER + 2) return false;
    const length = u16be(bytes, at);
    const count = u16be(bytes, at + 6);
    return length >= end - at - 2 && count === 1 && skipName(bytes, at + 2 + HEADER, end) > 0;
  },
};

/**
 * One DNS conversation (RFC 1035): a UDP socket's queries to one server, or a TCP connection. Queries and responses belong
 * together by id and question.
 */
export class DnsSession implements Session {
  readonly #context: SessionContext;
  readonly #pending = new PendingTable<Query>(newQuery, mostPending);
  readonly #multicast: boolean;
  readonly #cutters: readonly [FrameCutter, FrameCutter] | undefined;
  readonly #client: string;
  /** When something of the server went by last that could not be read: it may have been any answer. */
  #unread: CaptureTime = NEVER;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#multicast = context.serverPort === 5353 || context.serverPort === 5355;
    const { connection } = context;
    this.#client = connection === undefined ? '' : `${connection.client.ip} ${connection.client.netns}`;
    if (context.transport === 'tcp') {
      const synced = context.fromTheBeginning;
      const cutter = (from: Side) =>
        new FrameCutter(framing, (frame) => this.#frame(from, frame), { keep: 4096, synced });
      this.#cutters = [cutter(Side.client), cutter(Side.server)];
      context.want(Want.segments);
    } else context.want(Want.heads);
  }

  get pending(): number {
    return this.#pending.length;
  }

  data(from: Side, chunk: Chunk): void {
    const isCutInHead = chunk.skipped > 0 && chunk.end - chunk.start < HEADER + 2;
    if (isCutInHead && from === Side.server) this.#unread = chunk.lastTime;
    if (this.#cutters !== undefined) this.#cutters[from].push(chunk);
    else {
      const total = chunk.end - chunk.start + chunk.skipped;
      this.#message(from, chunk.bytes, chunk.start, chunk.end, total, chunk.time, chunk.lastTime, chunk.readAt);
    }
  }

  lost(from: Side, bytes: number, time: CaptureTime): void {
    this.#context.count('dns_bytes_lost');
    if (from === Side.server) this.#unread = time;
    this.#cutters?.[from].gap(bytes, time);
  }

  tick(now: CaptureTime): void {
    const oldest = now - this.#context.options.datagramTimeout;
    for (const [key, query] of this.#pending.entries()) {
      if (query.start > oldest) continue;
      this.#pending.take(key);
      this.#unanswered(query, Outcome.timeout);
    }
  }

  close(time: CaptureTime, how: 'closed' | 'reset' | 'timed_out' | 'unknown'): void {
    for (const [key, query] of this.#pending.entries()) {
      this.#pending.take(key);
      const waited = time - query.start;
      const datagrams = this.#cutters === undefined;
      if (how === 'timed_out' || (how === 'closed' && datagrams && waited > gaveUp)) {
        this.#unanswered(query, Outcome.timeout);
      } else this.#unanswered(query, how === 'unknown' ? Outcome.unset : Outcome.aborted);
    }
  }

  #frame(from: Side, frame: Frame): void {
    const { bytes, start, end, length } = frame;
    this.#message(from, bytes, start + 2, end, length - 2, frame.time, frame.lastTime, frame.readAt);
  }

  #message(
    from: Side,
    bytes: Uint8Array,
    start: number,
    end: number,
    total: number,
    time: CaptureTime,
    lastTime: CaptureTime,
    readAt: CaptureTime,
  ): void {
    if (end - start < HEADER) {
      this.#context.count('dns_short_message');
      return;
    }
    const isResponse = (bytes[start + 2] & 0x80) !== 0;
    if (this.#multicast) {
      if (!isResponse) this.#query(bytes, start, end, total, time, lastTime);
      return;
    }
    if (from === Side.client && !isResponse) this.#query(bytes, start, end, total, time, lastTime);
    else if (from === Side.server && isResponse) this.#response(bytes, start, end, total, time, lastTime, readAt);
    else this.#context.count('dns_wrong_direction');
  }

  #query(bytes: Uint8Array, start: number, end: number, total: number, time: CaptureTime, lastTime: CaptureTime): void {
    const count = u16be(bytes, start + 4);
    const nameEnd = skipName(bytes, start + HEADER, end);
    const whole = count > 0 && nameEnd > 0 && nameEnd + 4 <= end;
    if (!whole && end - start === total && count > 0) {
      this.#context.count('dns_bad_question');
      return;
    }
    const question = whole ? questions.entry(bytes, start + HEADER, nameEnd + 4) : nobody;
    const id = u16be(bytes, start);
    const key = id * 65_536 + question.value.typeCode;
    let flags = whole ? 0 : RequestFlag.partial;
    const former = this.#pending.take(key);
    if (former !== undefined) {
      // The same id again: asked again, or an id taken for something else while the former went unanswered.
      if (former.question.value.name === question.value.name) flags |= RequestFlag.retry;
      this.#unanswered(former, Outcome.timeout);
    }
    if (this.#asksAgain(question.value, id, time)) flags |= RequestFlag.retry;
    if (this.#pending.full) this.#drop();
    const query = this.#pending.add(key);
    if (query === undefined) return;
    query.id = id;
    query.question = question;
    query.opcode = (bytes[start + 2] >> 3) & 15;
    query.questions = count;
    query.flags = flags;
    query.bytes = this.#wireBytes(total);
    query.start = time;
    query.end = lastTime;
    query.answers = query.answerBytes = 0;
    query.responseStart = NEVER;
    const { name, type } = question.value;
    query.search = this.#client === '' ? undefined : searchLists.asked(this.#client, type, name, time);
    if (this.#multicast) {
      this.#pending.take(key);
      query.flags |= RequestFlag.oneWay;
      this.#unanswered(query, Outcome.ok);
    }
  }

  /** Is this the repetition of a question that nobody answered? Resolvers repeat from another socket, some with another id. */
  #asksAgain(question: Question, id: number, time: CaptureTime): boolean {
    const since = time - question.asked;
    const again =
      !question.answered &&
      since >= shortestRetry &&
      since <= longestRetry &&
      question.asker === this.#client &&
      (question.askedAs === id || this.#client !== '');
    question.asker = this.#client;
    question.askedAs = id;
    question.asked = time;
    question.answered = question === nobody.value;
    return again;
  }

  #response(
    bytes: Uint8Array,
    start: number,
    end: number,
    total: number,
    time: CaptureTime,
    lastTime: CaptureTime,
    readAt: CaptureTime,
  ): void {
    const key = this.#keyOf(bytes, start, end);
    const query = this.#pending.get(key);
    if (query === undefined) {
      this.#context.count('dns_unexpected_response');
      return;
    }
    const { typeCode } = query.question.value;
    if ((typeCode === AXFR || typeCode === IXFR) && this.#continues(query, bytes, start, end, total, time)) return;
    this.#pending.take(key);
    query.question.value.answered = true;
    const flags = u16be(bytes, start + 2);
    const r = this.#fill(query);
    r.responseStart = query.responseStart === NEVER ? time : query.responseStart;
    r.end = lastTime;
    r.readAt = readAt;
    r.responseBytes = query.answerBytes + this.#wireBytes(total);
    let code = flags & 15;
    const answers = u16be(bytes, start + 6);
    let at = skipQuestions(bytes, start, end);
    let addresses = '';
    let count = 0;
    let ttl = Number.MAX_SAFE_INTEGER;
    let cname = 0;
    const records = answers + u16be(bytes, start + 8) + u16be(bytes, start + 10);
    for (let i = 0; i < records && at > 0 && readRecord(place, bytes, at, end); i++) {
      if (place.type === OPT) code |= ((place.ttl >>> 24) & 255) << 4;
      if (i < answers) {
        const address = addressOf(place, bytes);
        if (address !== '' && ++count <= mostAddresses) addresses += addresses === '' ? address : `,${address}`;
        if (place.type === CNAME) cname = place.data;
        if (address !== '' || place.type === CNAME) ttl = Math.min(ttl, place.ttl);
      }
      at = place.next;
    }
    r.code = code;
    r.codeText = rcodeName(code);
    r.outcome = outcomeOf(code);
    if (addresses !== '') r.attributes.push(answerAttributes.addresses, addresses, answerAttributes.ttl, `${ttl}`);
    if (cname > 0) r.attributes.push(answerAttributes.cname, readName(bytes, start, cname, end));
    if (code === 0 && answers === 0 && (flags & Flag.truncated) === 0) r.attributes.push('dns.no_data', 'true');
    if ((flags & Flag.truncated) !== 0) r.attributes.push('dns.truncated', 'true');
    if (this.#client !== '') {
      const negative = code === 3 || (code === 0 && answers === 0);
      const { name, type } = query.question.value;
      searchLists.answered(this.#client, type, name, negative, lastTime, query.search);
    }
    this.#context.sink.emit();
  }

  /** Is this a message of a zone transfer with more to come? It ends with the SOA record that it began with (RFC 5936). */
  #continues(query: Query, bytes: Uint8Array, start: number, end: number, total: number, time: CaptureTime): boolean {
    if ((bytes[start + 3] & 15) !== 0) return false;
    const records = u16be(bytes, start + 6);
    let at = skipQuestions(bytes, start, end);
    let last = 0;
    for (let i = 0; i < records && at > 0 && readRecord(place, bytes, at, end); i++) {
      last = place.type;
      at = place.next;
    }
    const cut = end - start < total;
    if (!cut && last === SOA && (query.answers > 0 || records !== 1)) return false;
    if (query.answers === 0) query.responseStart = time;
    query.answers++;
    query.answerBytes += this.#wireBytes(total);
    query.flags |= RequestFlag.streaming;
    return true;
  }

  /** Key of the query that a response answers, -1 where there is none. */
  #keyOf(bytes: Uint8Array, start: number, end: number): number {
    const id = u16be(bytes, start);
    const nameEnd = u16be(bytes, start + 4) === 0 ? -1 : skipName(bytes, start + HEADER, end);
    if (nameEnd > 0 && nameEnd + 4 <= end) {
      const key = id * 65_536 + u16be(bytes, nameEnd);
      const query = this.#pending.get(key);
      if (query === undefined) return -1;
      if (isAt(query.question, bytes, start + HEADER, end)) return key;
      return readName(bytes, start, start + HEADER, end) === query.question.value.name ? key : -1;
    }
    // Some errors come without the question.
    for (const [key, query] of this.#pending.entries()) if (query.id === id) return key;
    return -1;
  }

  #drop(): void {
    this.#context.count('dns_pending_overflow');
    const oldest = this.#pending.take(this.#pending.oldest());
    if (oldest !== undefined) this.#unanswered(oldest, Outcome.unset);
  }

  #unanswered(query: Query, how: Outcome): void {
    const r = this.#fill(query);
    const outcome = how !== Outcome.ok && query.start <= this.#unread ? Outcome.unset : how;
    r.outcome = outcome;
    if (outcome === Outcome.unset) r.flags |= RequestFlag.partial;
    r.responseBytes = query.answerBytes;
    r.responseStart = query.responseStart;
    this.#context.sink.emit();
  }

  #fill(query: Query): SessionContext['sink']['fields'] {
    const r = this.#context.sink.fields;
    const question = query.question.value;
    r.protocol = 'dns';
    r.method = query.opcode === 0 ? question.type : opcodeName(query.opcode);
    r.target = question.template;
    if (question.name !== question.template) r.resource = question.name;
    r.requestBytes = query.bytes;
    r.start = query.start;
    r.requestEnd = query.end;
    r.flags = query.flags;
    if (query.questions !== 1) r.attributes.push('dns.question.count', `${query.questions}`);
    if (query.search !== undefined) {
      r.attributes.push('dns.search.name', query.search.name, 'dns.search.attempt', `${query.search.attempt}`);
    }
    return r;
  }

  #wireBytes(total: number): number {
    return this.#cutters === undefined ? total : total + 2;
  }
}

function newQuery(): Query {
  return {
    id: 0,
    question: nobody,
    opcode: 0,
    questions: 0,
    flags: 0,
    search: undefined,
    bytes: 0,
    start: NEVER,
    end: NEVER,
    answers: 0,
    answerBytes: 0,
    responseStart: NEVER,
  };
}

/** Whose fault a response code is (RFC 8914 and common sense): FORMERR and "no such name" the asker's, others the server's. */
function outcomeOf(code: number): Outcome {
  switch (code) {
    case 0:
      return Outcome.ok;
    case 1: // FORMERR
    case 3: // NXDOMAIN
    case 6: // YXDOMAIN
    case 7: // YXRRSET
    case 8: // NXRRSET
      return Outcome.clientError;
    default:
      return Outcome.serverError;
  }
}
