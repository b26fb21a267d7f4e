import { Outcome, RequestFlag, Side } from '../../model/request.ts';
import type { ByteReader } from '../byte-reader.ts';
import { type Exchange, newExchange } from '../exchange.ts';
import type { Frame } from '../frames.ts';
import { Interner } from '../interner.ts';
import { PendingTable } from '../pending.ts';
import { clearTraceContext, newTraceContext } from '../trace-context.ts';
import { conditionOutcome, stateName } from './errors.ts';
import { addresses, newMessage, readMessage } from './message.ts';
import { compound, openCompound, readBoolean, readDescriptor, readText, readUnsigned, skipValue } from './values.ts';

/** What a session needs of its connection. */
export interface LinksHost {
  readonly keepRaw: boolean;
  /** False where frames went by unseen: what looks like a request may be the answer to one. */
  readonly seesAll: boolean;
  /** Something of one side could not be read: everything that waits may be affected. */
  missed(from: Side): void;
  emit(exchange: Exchange): void;
}

const linkNames = new Interner(512);
const conditions = new Interner(128);
const message = newMessage();
const trace = newTraceContext();
const maxLinks = 1024;

const Descriptor = { source: 0x28, target: 0x29, coordinator: 0x30, error: 0x1d, transactionalState: 0x34 } as const;

/** One link: messages of one direction between a client and an address. */
interface Link {
  readonly name: string;
  target: string;
  raw: string;
  /** What waits for the other side: its attach, its detach. */
  readonly attach: Exchange;
  readonly detach: Exchange;
  attaching: boolean;
  detaching: boolean;
  readonly attachedBy: Side;
  detachedBy: Side;
  /** Whose attach was seen. */
  readonly hasHandle: [boolean, boolean];
  /** A message of several frames, by the side that sends it. */
  readonly current: [Exchange | undefined, Exchange | undefined];
}

/** The other side. */
function otherOf(side: Side): Side {
  return side === Side.client ? Side.server : Side.client;
}

/** One session of a connection: its links, and the messages on them that are not settled. */
export class Links {
  readonly #host: LinksHost;
  readonly #byName = new Map<string, Link>();
  readonly #byHandle: readonly [Map<number, Link>, Map<number, Link>] = [new Map(), new Map()];
  /** Messages that wait to be settled, by delivery id, by the side that sent them. */
  readonly #unsettled = [new PendingTable(newExchange), new PendingTable(newExchange)] as const;
  readonly #single = [newExchange(), newExchange()] as const;

  constructor(host: LinksHost) {
    this.#host = host;
  }

  /** Requests and messages that wait. */
  get pending(): number {
    let count = this.#unsettled[0].length + this.#unsettled[1].length;
    for (const link of this.#byName.values()) count += (link.attaching ? 1 : 0) + (link.detaching ? 1 : 0);
    return count;
  }

  /** The session ended; attaches that wait were refused by its error, if it has one. */
  end(outcome: Outcome, condition = '', frame?: Frame): void {
    for (const link of this.#byName.values()) {
      if (link.attaching && condition !== '' && frame !== undefined) {
        link.attach.answer(frame, frame.length);
        this.#host.emit(link.attach.ended(conditionOutcome(condition), -1, condition));
      } else if (link.attaching) this.#host.emit(link.attach.ended(outcome));
      if (link.detaching) this.#host.emit(link.detach.ended(outcome));
      link.attaching = link.detaching = false;
      this.#dropCurrent(link, Side.client);
      this.#dropCurrent(link, Side.server);
    }
    for (const table of this.#unsettled) {
      for (const [, exchange] of table.entries()) this.#host.emit(exchange.ended(outcome));
      table.clear();
    }
    this.#byName.clear();
  }

  /** Frames of one side were not seen or could not be read. */
  cannotTell(from: Side): void {
    for (const link of this.#byName.values()) {
      link.attach.partial();
      link.detach.partial();
      this.#dropCurrent(link, from);
    }
    for (const table of this.#unsettled) for (const [, exchange] of table.entries()) exchange.partial();
  }

  /** A message is not going to be complete. Where it waits to be settled it goes on waiting. */
  #dropCurrent(link: Link, from: Side): void {
    const exchange = link.current[from];
    link.current[from] = undefined;
    if (exchange === undefined) return;
    exchange.partial();
    if (exchange === this.#single[from]) this.#host.emit(exchange);
  }

  /** Opens the list at the reader. Where it was not captured nobody knows what it did. */
  #open(from: Side, reader: ByteReader): boolean {
    if (openCompound(reader)) return true;
    this.#host.missed(from);
    return false;
  }

  /** name, handle, role, snd-settle-mode, rcv-settle-mode, source, target, ... The reader stands at the list. */
  attach(from: Side, frame: Frame, reader: ByteReader): void {
    if (!this.#open(from, reader)) return;
    const name = readText(reader, linkNames);
    const handle = readUnsigned(reader);
    const isReceiver = readBoolean(reader);
    skipValue(reader);
    skipValue(reader);
    const hasSource = compound.count > 5 && this.#terminus(reader, isReceiver);
    const source = terminusAddress;
    const sourceRaw = terminusRaw;
    const hasTarget = compound.count > 6 && this.#terminus(reader, !isReceiver);
    if (reader.short) this.#host.missed(from);
    if (reader.short && name === '') return;
    let link = this.#byName.get(name);
    if (link === undefined || link.attachedBy === from) {
      link = this.#newLink(name, from);
      link.target = isReceiver ? source : terminusAddress;
      link.raw = isReceiver ? sourceRaw : terminusRaw;
      link.attach.ask('attach', link.target, frame, frame.length);
      link.attach.attribute('amqp.link.role', isReceiver ? 'receiver' : 'sender');
      if (this.#host.keepRaw && link.raw !== link.target) link.attach.resource = link.raw;
      if (reader.short || !this.#host.seesAll) link.attach.partial();
      link.attaching = true;
    } else if (link.attaching) {
      link.attach.answer(frame, frame.length);
      // A dynamic address is known from here on.
      const isForReceiver = !isReceiver;
      if (link.target === '') link.target = link.attach.target = isForReceiver ? source : terminusAddress;
      // Refused: what it was for is not there, and a detach with the reason follows.
      const isRefused = isForReceiver ? !hasSource : !hasTarget;
      if (!isRefused) {
        link.attaching = false;
        this.#host.emit(link.attach.ended(Outcome.ok));
      }
    }
    if (handle < 0 || (reader.short && handle === 0)) return;
    link.hasHandle[from] = true;
    if (this.#byHandle[from].size < maxLinks) this.#byHandle[from].set(handle, link);
  }

  /** Where an attach was not seen: the link that it must have been for, if there is just one. */
  #onlyWithoutHandle(from: Side): Link | undefined {
    if (this.#host.seesAll) return undefined;
    let found: Link | undefined;
    for (const link of this.#byName.values()) {
      if (link.hasHandle[from]) continue;
      if (found !== undefined) return undefined;
      found = link;
    }
    return found;
  }

  #newLink(name: string, attachedBy: Side): Link {
    const link: Link = {
      name,
      target: '',
      raw: '',
      attach: newExchange(),
      detach: newExchange(),
      attaching: false,
      detaching: false,
      attachedBy,
      detachedBy: attachedBy,
      hasHandle: [false, false],
      current: [undefined, undefined],
    };
    if (this.#byName.size < maxLinks) this.#byName.set(name, link);
    return link;
  }

  /** Reads a source or target; false where it is null. Its address is kept where it is the one that is wanted. */
  #terminus(reader: ByteReader, wanted: boolean): boolean {
    const { count } = compound;
    terminusAddress = terminusRaw = '';
    const descriptor = readDescriptor(reader);
    if (descriptor < 0) return false;
    if (descriptor === Descriptor.coordinator) {
      terminusAddress = terminusRaw = 'coordinator';
      skipValue(reader);
    } else if (openCompound(reader)) {
      const { end } = compound;
      if (wanted && compound.count > 0) {
        terminusRaw = readText(reader, addresses);
        terminusAddress = addresses.derived;
      }
      if (reader.at < end) reader.skip(end - reader.at);
    }
    compound.count = count;
    return true;
  }

  /** handle, closed, error. The reader stands at the list. */
  detach(from: Side, frame: Frame, reader: ByteReader): void {
    if (!this.#open(from, reader)) return;
    const { count } = compound;
    const handle = readUnsigned(reader);
    if (count > 1) skipValue(reader);
    const condition = count > 2 ? readError(reader) : '';
    if (reader.short) this.#host.missed(from);
    const link = this.#byHandle[from].get(handle) ?? this.#onlyWithoutHandle(from);
    if (link === undefined) return;
    this.#byHandle[from].delete(handle);
    if (link.detaching && link.detachedBy !== from) {
      link.detaching = false;
      this.#host.emit(link.detach.answer(frame, frame.length));
      this.#byName.delete(link.name);
      return;
    }
    if (link.attaching && !this.#host.seesAll && link.attachedBy === Side.server) {
      // What was taken for its attach was the answer to one of the client's.
      link.attaching = false;
      this.#host.emit(link.attach.partial());
    }
    if (link.attaching && from !== link.attachedBy) {
      link.attaching = false;
      const outcome = condition === '' ? Outcome.clientError : conditionOutcome(condition);
      this.#host.emit(link.attach.answer(frame, frame.length).ended(outcome, -1, condition));
      // The detach that answers this one says nothing new.
      this.#byHandle[link.attachedBy].forEach((other, key, handles) => {
        if (other === link) handles.delete(key);
      });
      this.#byName.delete(link.name);
      return;
    }
    link.detach.ask('detach', link.target, frame, frame.length).ended(conditionOutcome(condition), -1, condition);
    if (reader.short || !this.#host.seesAll) link.detach.partial();
    link.detaching = true;
    link.detachedBy = from;
  }

  /** handle, delivery-id, delivery-tag, message-format, settled, more, rcv-settle-mode, state, resume, aborted, ... */
  transfer(from: Side, frame: Frame, reader: ByteReader): void {
    if (!this.#open(from, reader)) return;
    const { count, end } = compound;
    const handle = readUnsigned(reader);
    const id = count > 1 ? readUnsigned(reader) : -1;
    if (count > 2) skipValue(reader);
    if (count > 3) skipValue(reader);
    const isSettled = count > 4 && readBoolean(reader);
    const more = count > 5 && readBoolean(reader);
    for (let i = 6; i < 9 && i < count; i++) skipValue(reader);
    const isAborted = count > 9 && readBoolean(reader);
    if (reader.short) {
      this.#host.missed(from);
      return;
    }
    reader.skip(end - reader.at);
    const link = this.#byHandle[from].get(handle);
    let exchange = link?.current[from];
    if (exchange !== undefined) exchange.askMore(frame, frame.length);
    else {
      exchange = this.#newTransfer(from, isSettled ? -1 : id);
      exchange.ask(from === Side.client ? 'send' : 'deliver', link?.target ?? '', frame, frame.length);
      // Later frames of a message that was not seen to begin have no id.
      if (link === undefined || id < 0) exchange.partial();
      else if (this.#host.keepRaw && link.raw !== link.target) exchange.resource = link.raw;
      this.#readMessage(exchange, reader, frame);
    }
    if (link !== undefined) link.current[from] = more && !isAborted ? exchange : undefined;
    if (isAborted) exchange.ended(Outcome.aborted);
    if (exchange !== this.#single[from] || (more && link !== undefined && !isAborted)) return;
    exchange.flags |= RequestFlag.oneWay;
    this.#host.emit(exchange);
  }

  #readMessage(exchange: Exchange, reader: ByteReader, frame: Frame): void {
    clearTraceContext(trace);
    readMessage(message, reader, trace);
    // Senders without an address of their own say it in each message.
    if (exchange.target === '') exchange.target = message.toTarget;
    exchange.contentType = message.contentType;
    exchange.follow(trace);
    if (exchange.correlationId === '') exchange.correlationId = message.correlationId.slice(0, 128);
    if (reader.short && frame.end - frame.start < frame.length && reader.left === 0 && frame.length < 512) {
      exchange.partial();
    }
  }

  #newTransfer(from: Side, id: number): Exchange {
    if (id < 0) return this.#single[from];
    const table = this.#unsettled[from];
    const former = table.take(id) ?? (table.full ? table.take(table.oldest()) : undefined);
    if (former !== undefined) this.#host.emit(former.partial());
    return table.add(id) ?? this.#single[from];
  }

  /** role, first, last, settled, state, ... The receiver of messages says what became of them. */
  disposition(from: Side, frame: Frame, reader: ByteReader): void {
    if (!this.#open(from, reader)) return;
    const { count } = compound;
    const isReceiver = readBoolean(reader);
    const first = readUnsigned(reader);
    const to = count > 2 ? readUnsigned(reader) : -1;
    const last = to < 0 ? first : to;
    const isSettled = count > 3 && readBoolean(reader);
    const state = count > 4 ? readState(reader) : undefined;
    if (reader.short) {
      this.#host.missed(from);
      return;
    }
    if (!isReceiver || (state === undefined && !isSettled)) return;
    const table = this.#unsettled[otherOf(from)];
    const settle = (id: number) => {
      const exchange = table.take(id);
      if (exchange === undefined) return;
      const name = stateCondition === '' ? state : stateCondition;
      exchange.answer(frame, frame.length);
      if (state === undefined) exchange.ended(Outcome.unset);
      else if (state === '') exchange.ended(Outcome.ok);
      else {
        const outcome = stateCondition === '' ? Outcome.clientError : conditionOutcome(stateCondition);
        exchange.ended(outcome, -1, name);
      }
      this.#host.emit(exchange);
    };
    if (first === last) settle(first);
    else for (const [id] of table.entries()) if (id >= first && id <= last) settle(id);
  }
}

let terminusAddress = '';
let terminusRaw = '';
let stateCondition = '';

/** The name of the delivery state at the reader (see {@link stateName}); its error's condition is left in `stateCondition`. */
function readState(reader: ByteReader): string | undefined {
  stateCondition = '';
  const descriptor = readDescriptor(reader);
  if (descriptor < 0 || !openCompound(reader)) return undefined;
  const { count } = compound;
  if (descriptor === Descriptor.transactionalState) {
    if (count < 2) return undefined;
    skipValue(reader);
    return readState(reader);
  }
  const name = stateName(descriptor);
  if (name === 'rejected' && count > 0) stateCondition = readError(reader);
  return name;
}

/** The condition of the error at the reader, '' for null. */
export function readError(reader: ByteReader): string {
  if (readDescriptor(reader) !== Descriptor.error || !openCompound(reader)) return '';
  const { end } = compound;
  const condition = compound.count > 0 ? readText(reader, conditions) : '';
  if (reader.at < end && end <= reader.end) reader.skip(end - reader.at);
  return condition;
}
