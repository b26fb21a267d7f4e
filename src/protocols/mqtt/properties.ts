/** Properties of MQTT 5 (section 2.2.2): a length, then identifiers with values of the type that each has. */
import type { ByteReader } from '../byte-reader.ts';
import { Interner } from '../interner.ts';
import { readTraceHeader, type TraceContext } from '../trace-context.ts';

const names = new Interner(256, { longest: 64, derive: (name) => name.toLowerCase() });
const contentTypes = new Interner(64, { longest: 64 });
const reasons = new Interner(64, { longest: 128 });

const Type = { none: 0, byte: 1, u16: 2, u32: 3, varint: 4, text: 5, pair: 6 } as const;

/** Type of each property's value by its identifier. Binary data is read as text is: a length, then bytes. */
const types = new Uint8Array(128);
for (const id of [0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2a]) types[id] = Type.byte;
for (const id of [0x13, 0x21, 0x22, 0x23]) types[id] = Type.u16;
for (const id of [0x02, 0x11, 0x18, 0x27]) types[id] = Type.u32;
types[0x0b] = Type.varint;
for (const id of [0x03, 0x08, 0x09, 0x12, 0x15, 0x16, 0x1a, 0x1c, 0x1f]) types[id] = Type.text;
types[0x26] = Type.pair;

/** What is read out of a packet's properties. Reused. */
export interface Properties {
  /** Bytes of all properties, their length included. */
  bytes: number;
  /** Topic alias, 0 where none. */
  topicAlias: number;
  contentType: string;
  reason: string;
  /** False where they were cut or are no properties. */
  whole: boolean;
}

/** Blank properties. */
export function newProperties(): Properties {
  return { bytes: 0, topicAlias: 0, contentType: '', reason: '', whole: true };
}

/** Reads the properties at the reader, and trace context among the user properties. The reader stands behind them after. */
export function readProperties(properties: Properties, reader: ByteReader, trace: TraceContext): void {
  properties.topicAlias = 0;
  properties.contentType = properties.reason = '';
  properties.whole = true;
  const begin = reader.at;
  const length = reader.varint();
  const stop = reader.at + length;
  properties.bytes = stop - begin;
  const { bytes } = reader;
  while (reader.at < stop && !reader.short) {
    const id = reader.u8();
    switch (id < 128 ? types[id] : Type.none) {
      case Type.byte:
        reader.skip(1);
        break;
      case Type.u16: {
        const value = reader.u16be();
        if (id === 0x23) properties.topicAlias = value;
        break;
      }
      case Type.u32:
        reader.skip(4);
        break;
      case Type.varint:
        reader.varint();
        break;
      case Type.text: {
        const size = reader.u16be();
        const from = reader.at;
        reader.skip(size);
        if (reader.short) break;
        if (id === 0x03) properties.contentType = contentTypes.text(bytes, from, from + size);
        else if (id === 0x1f) properties.reason = reasons.text(bytes, from, from + size);
        break;
      }
      case Type.pair: {
        const nameSize = reader.u16be();
        const name = reader.at;
        reader.skip(nameSize);
        const valueSize = reader.u16be();
        const value = reader.at;
        reader.skip(valueSize);
        if (reader.short) break;
        names.text(bytes, name, name + nameSize);
        readTraceHeader(trace, names.derived, bytes, value, value + valueSize);
        break;
      }
      default:
        properties.whole = false;
        return;
    }
  }
  if (reader.short || reader.at !== stop) properties.whole = false;
}
