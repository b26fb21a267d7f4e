/** Rows of requests and flows that one end saw: read by number, and what is learned of them written back in place. */
import {
  BoolData,
  ChoiceData,
  FixedData,
  LabelData,
  NumberData,
  TextData,
  TimeData,
  WideData,
} from '../wire/block/column-data.ts';
import type { Block } from '../wire/block/native-reader.ts';
import type { Ids } from './seen-connections.ts';

/** 0: the client's, 1: the server's. */
export type End = 0 | 1;

const entityColumns = [
  ['source', 'source_instance'],
  ['destination', 'destination_instance'],
] as const;

export class OneSidedRows {
  readonly table: 'requests' | 'flows';
  readonly #block: Block;
  readonly #bytes: Uint8Array | undefined;
  readonly #ends: (End | undefined)[];
  readonly #sides: ChoiceData;
  readonly #time: WideData;
  readonly #addresses: readonly [FixedData, FixedData];
  readonly #ports: readonly [NumberData, NumberData];
  readonly #ids: readonly (readonly [WideData, WideData])[];
  readonly #sequence: (row: number) => number;
  readonly #requestBytes: (row: number) => number;
  readonly #latency: (row: number) => number;
  readonly #protocol: (row: number) => number;
  readonly #method: (row: number) => number;
  readonly #target: (row: number) => number;

  private constructor(table: 'requests' | 'flows', block: Block & { bytes?: Uint8Array }, parts: Parts) {
    this.table = table;
    this.#block = block;
    this.#bytes = block.bytes;
    this.#sides = parts.sides;
    this.#time = parts.time;
    this.#addresses = parts.addresses;
    this.#ports = parts.ports;
    this.#ids = parts.ids;
    this.#sequence = numbersOf(block, 'sequence');
    this.#requestBytes = numbersOf(block, 'request_bytes');
    this.#latency = numbersOf(block, 'latency_ns');
    this.#protocol = hashesOf(block, 'protocol');
    this.#method = hashesOf(block, 'method');
    this.#target = hashesOf(block, 'target');
    this.#ends = [];
    for (const [number, word] of parts.sides.words) {
      this.#ends[number] = word === 'client' ? 0 : word === 'server' ? 1 : undefined;
    }
  }

  /** The rows of a block; undefined where it lacks what tells them apart, or none was seen from one end alone. */
  static of(table: string, block: Block & { bytes?: Uint8Array }): OneSidedRows | undefined {
    if (table !== 'requests' && table !== 'flows') return undefined;
    const parts = partsOf(block);
    if (parts === undefined) return undefined;
    const rows = new OneSidedRows(table, block, parts);
    for (let row = 0; row < block.rows; row++) if (rows.end(row) !== undefined) return rows;
    return undefined;
  }

  /** Which end saw it, undefined where both did or that is not known. Loopback addresses are the same on every host. */
  end(row: number): End | undefined {
    const end = this.#ends[this.#sides.numbers.values[row]];
    return end === undefined || this.#isLoopback(row) ? undefined : end;
  }

  /** Epoch milliseconds. */
  time(row: number): number {
    return this.#time.number(row) / 1e6;
  }

  /** 16 hex digits. */
  agent(row: number): string {
    const agent = this.#block.columns.get('agent')?.data;
    return agent instanceof WideData ? agent.hex(row) : '';
  }

  counted(row: number): boolean {
    const counted = this.#block.columns.get('counted')?.data;
    return counted instanceof BoolData ? counted.get(row) : true;
  }

  /** Where a request began in its client's stream; 0 where that is not known. */
  sequence(row: number): number {
    return this.#sequence(row);
  }

  /** A number made of protocol and method. */
  kind(row: number): number {
    return Math.imul(this.#protocol(row), 0x01000193) ^ this.#method(row);
  }

  requestBytes(row: number): number {
    return this.#requestBytes(row);
  }

  latency(row: number): number {
    return this.#latency(row);
  }

  /** A number of 53 bits made of addresses and ports. */
  tuple(row: number): number {
    let a = 0x811c9dc5;
    let b = 0x9e3779b9;
    for (const end of [0, 1] as const) {
      const { bytes } = this.#addresses[end];
      for (let at = row * 16; at < row * 16 + 16; at++) {
        a = Math.imul(a ^ bytes[at], 0x01000193);
        b = Math.imul(b ^ bytes[at], 0x85ebca6b);
        b ^= b >>> 13;
      }
      const port = this.#ports[end].values[row];
      a = Math.imul(a ^ port, 0x01000193);
      b = Math.imul(b ^ port, 0xc2b2ae35);
      b ^= b >>> 15;
    }
    return joined(a, b);
  }

  /** What both sides' rows of a request have in common. Where there is no sequence number, more stands in for it. */
  requestKey(row: number): number {
    const sequence = this.sequence(row);
    let a = this.#protocol(row);
    let b = this.#method(row);
    if (sequence > 0) {
      a = Math.imul(a ^ sequence, 0x85ebca6b);
      b = Math.imul(b ^ (sequence >>> 7) ^ Math.imul(sequence, 0x9e3779b1), 0xc2b2ae35);
    } else {
      const tuple = this.tuple(row);
      a = Math.imul(a ^ (tuple >>> 0) ^ this.#target(row), 0x85ebca6b);
      b = Math.imul(b ^ Math.floor(tuple / 0x1_0000_0000) ^ this.requestBytes(row), 0xc2b2ae35);
    }
    return joined(a ^ (a >>> 13), b ^ (b >>> 16));
  }

  /** Entity and instance of an end. */
  ids(row: number, end: End): Ids {
    const [entity, instance] = this.#ids[end];
    const at = row * 2;
    return [entity.halves[at], entity.halves[at + 1], instance.halves[at], instance.halves[at + 1]];
  }

  setCounted(row: number, counted: boolean, bytes: Uint8Array): void {
    const column = this.#block.columns.get('counted');
    if (column === undefined || !(column.data instanceof BoolData)) return;
    const value = counted ? 1 : 0;
    column.data.values[row] = value;
    for (const to of this.#both(bytes)) to[column.start + row] = value;
  }

  setIds(row: number, end: End, ids: Ids, bytes: Uint8Array): void {
    for (const [which, name] of entityColumns[end].entries()) {
      const column = this.#block.columns.get(name);
      if (column === undefined) continue;
      const { halves } = this.#ids[end][which];
      for (const half of [0, 1] as const) {
        const value = ids[which * 2 + half];
        halves[row * 2 + half] = value;
        for (const to of this.#both(bytes)) writeLittle(to, column.start + row * 8 + half * 4, value);
      }
    }
  }

  #both(bytes: Uint8Array): readonly Uint8Array[] {
    return this.#bytes === undefined || this.#bytes === bytes ? [bytes] : [this.#bytes, bytes];
  }

  #isLoopback(row: number): boolean {
    const { bytes } = this.#addresses[1];
    const at = row * 16;
    // ::ffff:127.0.0.0/104 and ::1.
    if (bytes[at + 10] === 0xff && bytes[at + 11] === 0xff) return bytes[at + 12] === 127;
    for (let i = 0; i < 15; i++) if (bytes[at + i] !== 0) return false;
    return bytes[at + 15] === 1;
  }
}

/** Reads a column of whole numbers; 0 where there is none. */
function numbersOf(block: Block, name: string): (row: number) => number {
  const data = block.columns.get(name)?.data;
  if (data instanceof WideData) return (row) => data.number(row);
  if (!(data instanceof NumberData)) return () => 0;
  const { values } = data;
  return (row) => values[row];
}

/** Reads hashes of a column of texts; 0 where there is none. */
function hashesOf(block: Block, name: string): (row: number) => number {
  const data = block.columns.get(name)?.data;
  if (data instanceof LabelData) {
    const { indexes } = data;
    const hashes = Int32Array.from(data.dictionary, (word) => hashOf(String(word)));
    return (row) => hashes[indexes[row]];
  }
  return data instanceof TextData ? (row) => hashOf(data.get(row)) : () => 0;
}

interface Parts {
  readonly sides: ChoiceData;
  readonly time: WideData;
  readonly addresses: readonly [FixedData, FixedData];
  readonly ports: readonly [NumberData, NumberData];
  readonly ids: readonly (readonly [WideData, WideData])[];
}

function partsOf(block: Block): Parts | undefined {
  const data = (name: string) => block.columns.get(name)?.data;
  const [sides, time] = [data('side'), data('time')];
  const [sourceIp, destinationIp] = [data('source_ip'), data('destination_ip')];
  const [sourcePort, destinationPort] = [data('source_port'), data('destination_port')];
  if (!(sides instanceof ChoiceData) || !(time instanceof TimeData) || !(time.ticks instanceof WideData))
    return undefined;
  if (!(sourceIp instanceof FixedData) || !(destinationIp instanceof FixedData)) return undefined;
  if (!(sourcePort instanceof NumberData) || !(destinationPort instanceof NumberData)) return undefined;
  const ids: [WideData, WideData][] = [];
  for (const [entity, instance] of entityColumns) {
    const [a, b] = [data(entity), data(instance)];
    if (!(a instanceof WideData) || !(b instanceof WideData)) return undefined;
    ids.push([a, b]);
  }
  return {
    sides,
    time: time.ticks,
    addresses: [sourceIp, destinationIp],
    ports: [sourcePort, destinationPort],
    ids,
  };
}

const hashes = new Map<string, number>();

/** FNV-1a, remembered: protocols, methods and targets are few. */
function hashOf(text: string): number {
  let hash = hashes.get(text);
  if (hash !== undefined) return hash;
  hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  if (hashes.size > 20_000) hashes.clear();
  hashes.set(text, hash);
  return hash;
}

function joined(a: number, b: number): number {
  return (a >>> 0) * 0x20_0000 + (b >>> 11);
}

function writeLittle(to: Uint8Array, at: number, value: number): void {
  to[at] = value & 0xff;
  to[at + 1] = (value >>> 8) & 0xff;
  to[at + 2] = (value >>> 16) & 0xff;
  to[at + 3] = value >>> 24;
}
