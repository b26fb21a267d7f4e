import { parseNetwork } from '../../base/ip-address.ts';
import type { Filter, FilterValue, Term } from '../../model/filter/index.ts';
import { Ancillary, BpfProgram, type Label, NETWORK } from './bpf-program.ts';

/** A condition that a packet alone can answer. */
type Condition =
  | { readonly type: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly type: 'not'; readonly of: Condition }
  | { readonly type: 'transport'; readonly protocol: 6 | 17 }
  /** `exact`: either port will do; otherwise one of them, and which one the packet does not tell. */
  | { readonly type: 'port'; readonly from: number; readonly to: number; readonly exact: boolean }
  | { readonly type: 'address'; readonly words: Uint32Array; readonly prefix: number; readonly exact: boolean }
  /** Only who knows the conversation can tell. */
  | { readonly type: 'unknown' };

const unknown: Condition = { type: 'unknown' };

/** Device type of loopback interfaces (ARPHRD_LOOPBACK), and of a packet that leaves. */
const LOOPBACK_DEVICE = 772;
const OUTGOING = 4;
/** ICMP, IP in IP, IPv6 in IP, ICMPv6: what they are about is inside of them; user space looks. */
const wrapping = [1, 4, 41, 58];
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
/** Tags that hide what is inside from a filter; user space looks. */
const hiding = [0x8100, 0x88a8, 0x8864, 0x8847];

/**
 * Compiles the part of a filter that single packets can answer into a program for the kernel: what it drops cannot pass
 * the filter, what it lets through may still be refused. Loopback packets are let through once, as they arrive. The program
 * also cuts packets to `snapLength` bytes.
 * @param choosing false where everything is wanted, also what is not TCP or UDP
 */
export function kernelProgram(filter: Filter, snapLength: number, choosing: boolean): Uint8Array {
  const whole = write(conditionOf(filter), snapLength, choosing);
  // a filter with very many values has jumps that are too long: then user space does it all
  const program = whole ?? write(unknown, snapLength, choosing);
  if (program === undefined) throw new Error('the smallest filter program has jumps that are too long');
  return program;
}

/** True where every packet passes for all that the kernel can tell. */
export function isOpen(filter: Filter): boolean {
  return conditionOf(filter).type === 'unknown';
}

function conditionOf(filter: Filter): Condition {
  switch (filter.type) {
    case 'all':
    case 'any': {
      if (filter.of.length === 0) return unknown;
      return { type: filter.type, of: filter.of.map(conditionOf) };
    }
    case 'not':
      return { type: 'not', of: conditionOf(filter.filter) };
    case 'term':
      return { type: 'any', of: filter.values.map((value) => conditionOfValue(filter, value)) };
    case 'word':
      return unknown;
  }
}

const addressFields = new Set(['ip', 'with', 'from', 'to', 'from.ip', 'to.ip']);

function conditionOfValue({ field }: Term, value: FilterValue): Condition {
  if (field === 'protocol' && value.type === 'text') return transportOf(value.pattern.join('*'));
  if (field === 'transport' && value.type === 'choice') return transportOf(value.name);
  if (addressFields.has(field) && value.type === 'network') {
    const network = parseNetwork(value.network);
    if (network === undefined) return unknown;
    const { bytes, prefix } = network;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const words = Uint32Array.from({ length: 4 }, (_, i) => view.getUint32(i * 4));
    return { type: 'address', words, prefix, exact: field === 'ip' || field === 'with' };
  }
  if (field === 'port' || field === 'from.port' || field === 'to.port') return portOf(value, field === 'port');
  return unknown;
}

function transportOf(name: string): Condition {
  if (name === 'tcp') return { type: 'transport', protocol: 6 };
  return name === 'udp' ? { type: 'transport', protocol: 17 } : unknown;
}

function portOf(value: FilterValue, exact: boolean): Condition {
  if (value.type === 'range') return { type: 'port', from: value.from, to: value.to, exact };
  if (value.type !== 'number') return unknown;
  const { op } = value;
  const n = Math.floor(value.value);
  if (n !== value.value || n < 0 || n > 65_535) return unknown;
  switch (op) {
    case '=':
      return { type: 'port', from: n, to: n, exact };
    case '<':
      return { type: 'port', from: 0, to: n - 1, exact };
    case '<=':
      return { type: 'port', from: 0, to: n, exact };
    case '>':
      return { type: 'port', from: n + 1, to: 65_535, exact };
    case '>=':
      return { type: 'port', from: n, to: 65_535, exact };
  }
}

function write(condition: Condition, snapLength: number, choosing: boolean): Uint8Array | undefined {
  const program = new BpfProgram();
  const [keep, drop, ipv4, ipv6] = [program.label(), program.label(), program.label(), program.label()];
  onlyOnceOnLoopback(program, drop);
  program.load('word', Ancillary.protocol);
  branch(program, 'equal', ETHERTYPE_IPV4, ipv4);
  branch(program, 'equal', ETHERTYPE_IPV6, ipv6);
  for (const type of hiding) branch(program, 'equal', type, keep);
  program.jump(choosing ? drop : keep);
  for (const [version, begin] of [
    [4, ipv4],
    [6, ipv6],
  ] as const) {
    program.place(begin);
    const writer = new Writer(program, version);
    writer.keepWrapping(keep);
    writer.write(condition, keep, drop, true);
  }
  program.place(keep);
  program.give(snapLength);
  program.place(drop);
  program.give(0);
  return program.encode();
}

function onlyOnceOnLoopback(program: BpfProgram, drop: Label): void {
  const [loopback, other] = [program.label(), program.label()];
  program.load('word', Ancillary.hardwareType);
  program.jumpIf('equal', LOOPBACK_DEVICE, loopback, other);
  program.place(loopback);
  program.load('word', Ancillary.packetType);
  program.jumpIf('equal', OUTGOING, drop, other);
  program.place(other);
}

function branch(program: BpfProgram, test: 'equal', value: number, to: Label): void {
  const next = program.label();
  program.jumpIf(test, value, to, next);
  program.place(next);
}

/** Writes a condition for one version of IP. */
class Writer {
  readonly #program: BpfProgram;
  readonly #version: 4 | 6;

  constructor(program: BpfProgram, version: 4 | 6) {
    this.#program = program;
    this.#version = version;
  }

  /**
   * Goes to `yes` or `no`. Where the packet cannot tell, it goes to where it will be let through: to `yes`, or within a
   * negation to `no`.
   */
  write(condition: Condition, yes: Label, no: Label, positive: boolean): void {
    const maybe = positive ? yes : no;
    const program = this.#program;
    switch (condition.type) {
      case 'unknown':
        program.jump(maybe);
        break;
      case 'not':
        this.write(condition.of, no, yes, !positive);
        break;
      case 'all':
      case 'any':
        for (const [i, part] of condition.of.entries()) {
          const next = program.label();
          const isLast = i === condition.of.length - 1;
          if (condition.type === 'all') this.write(part, isLast ? yes : next, no, positive);
          else this.write(part, yes, isLast ? no : next, positive);
          program.place(next);
        }
        break;
      case 'transport':
        this.#transport(condition.protocol, yes, no, maybe);
        break;
      case 'port':
        this.#port(condition, condition.exact ? yes : maybe, no, maybe);
        break;
      case 'address':
        this.#address(condition.words, condition.prefix, condition.exact ? yes : maybe, no);
        break;
    }
  }

  keepWrapping(keep: Label): void {
    this.#loadProtocol();
    for (const protocol of wrapping) branch(this.#program, 'equal', protocol, keep);
  }

  #loadProtocol(): void {
    this.#program.load('byte', NETWORK + (this.#version === 4 ? 9 : 6));
  }

  #transport(protocol: 6 | 17, yes: Label, no: Label, maybe: Label): void {
    const program = this.#program;
    this.#loadProtocol();
    branch(program, 'equal', protocol, yes);
    // errors about it, and IPv6 extension headers before it, are for user space
    const other = program.label();
    program.jumpIf('equal', protocol === 6 ? 17 : 6, no, other);
    program.place(other);
    program.jump(maybe);
  }

  #port({ from, to }: { from: number; to: number }, yes: Label, no: Label, maybe: Label): void {
    const program = this.#program;
    const [ports, notTcp] = [program.label(), program.label()];
    this.#loadProtocol();
    program.jumpIf('equal', 6, ports, notTcp);
    program.place(notTcp);
    program.jumpIf('equal', 17, ports, maybe);
    program.place(ports);
    if (this.#version === 4) {
      const first = program.label();
      program.load('half', NETWORK + 6);
      program.jumpIf('anyBit', 0x1fff, maybe, first);
      program.place(first);
      program.load('byte', NETWORK);
      program.and(0xf);
      program.shiftLeft(2);
      program.toIndex();
    } else program.setIndex(40);
    const second = program.label();
    this.#portAt(0, from, to, yes, second);
    program.place(second);
    this.#portAt(2, from, to, yes, no);
  }

  #portAt(offset: number, from: number, to: number, yes: Label, no: Label): void {
    const program = this.#program;
    program.loadIndexed('half', NETWORK + offset);
    if (from === to) {
      program.jumpIf('equal', from, yes, no);
      return;
    }
    const upper = program.label();
    program.jumpIf('greaterOrEqual', from, upper, no);
    program.place(upper);
    program.jumpIf('greater', to, no, yes);
  }

  #address(words: Uint32Array, prefix: number, yes: Label, no: Label): void {
    const isMapped = prefix >= 96 && words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
    if (isMapped !== (this.#version === 4)) {
      this.#program.jump(no);
      return;
    }
    const next = this.#program.label();
    const [source, destination] = this.#version === 4 ? [12, 16] : [8, 24];
    this.#addressAt(source, words, prefix, yes, next);
    this.#program.place(next);
    this.#addressAt(destination, words, prefix, yes, no);
  }

  #addressAt(offset: number, words: Uint32Array, prefix: number, yes: Label, no: Label): void {
    const program = this.#program;
    const first = this.#version === 4 ? 3 : 0;
    for (let i = first; i < 4; i++) {
      const bits = Math.min(32, Math.max(0, prefix - i * 32));
      if (bits === 0) break;
      const mask = bits === 32 ? 0xffffffff : ~(0xffffffff >>> bits) >>> 0;
      program.load('word', NETWORK + offset + (i - first) * 4);
      if (bits < 32) program.and(mask);
      const next = program.label();
      program.jumpIf('equal', (words[i] & mask) >>> 0, next, no);
      program.place(next);
    }
    program.jump(yes);
  }
}
