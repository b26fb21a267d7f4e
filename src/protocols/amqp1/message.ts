/** Sections of a message (part 3, section 3.2), read for what it can be followed by. */
import type { ByteReader } from '../byte-reader.ts';
import { Interner } from '../interner.ts';
import { topicInterner } from '../topic.ts';
import { readTraceHeader, readTraceparent, type TraceContext } from '../trace-context.ts';
import { compound, openCompound, readDescriptor, readText, skipValue } from './values.ts';

const keys = new Interner(256, { longest: 64, derive: (key) => key.toLowerCase() });
const contentTypes = new Interner(64, { longest: 64 });
const correlationIds = new Interner(16, { longest: 0 });
/** Addresses of nodes, and what of them is not an id. */
export const addresses = topicInterner(2048, '/');

const Section = {
  header: 0x70,
  deliveryAnnotations: 0x71,
  messageAnnotations: 0x72,
  properties: 0x73,
  applicationProperties: 0x74,
} as const;

/** What is read out of a message. Reused. */
export interface Message {
  /** Address in the message itself, for senders whose link has none. */
  to: string;
  toTarget: string;
  contentType: string;
  correlationId: string;
}

/** Blank. */
export function newMessage(): Message {
  return { to: '', toTarget: '', contentType: '', correlationId: '' };
}

/** Reads the sections before the body. */
export function readMessage(message: Message, reader: ByteReader, trace: TraceContext): void {
  message.to = message.toTarget = message.contentType = message.correlationId = '';
  while (reader.left > 2 && !reader.short) {
    const section = readDescriptor(reader);
    switch (section) {
      case Section.deliveryAnnotations:
      case Section.messageAnnotations:
      case Section.applicationProperties:
        readMap(reader, trace);
        break;
      case Section.properties:
        readProperties(message, reader);
        break;
      case Section.header:
        skipValue(reader);
        break;
      default:
        return;
    }
  }
}

function readMap(reader: ByteReader, trace: TraceContext): void {
  if (!openCompound(reader)) return;
  const { end } = compound;
  for (let pairs = compound.count >> 1; pairs > 0 && !reader.short; pairs--) {
    const key = readText(reader, keys);
    const name = key === '' ? '' : keys.derived;
    const formatCode = reader.bytes[reader.at];
    const from = reader.at;
    skipValue(reader);
    if (reader.short || name === '' || (formatCode >> 4 !== 0xa && formatCode >> 4 !== 0xb)) continue;
    const value = from + (formatCode >> 4 === 0xa ? 2 : 5);
    // Azure's name for what is a traceparent.
    if (name === 'diagnostic-id') readTraceparent(trace, reader.bytes, value, reader.at);
    else readTraceHeader(trace, name, reader.bytes, value, reader.at);
  }
  if (reader.at < end) reader.skip(end - reader.at);
}

/** Properties: message-id, user-id, to, subject, reply-to, correlation-id, content-type, ... */
function readProperties(message: Message, reader: ByteReader): void {
  if (!openCompound(reader)) return;
  const { count, end } = compound;
  for (let i = 0; i < count && i < 7 && !reader.short; i++) {
    if (i === 2) {
      message.to = readText(reader, addresses);
      message.toTarget = addresses.derived;
    } else if (i === 5) message.correlationId = readText(reader, correlationIds);
    else if (i === 6) message.contentType = readText(reader, contentTypes);
    else skipValue(reader);
  }
  if (reader.at < end) reader.skip(end - reader.at);
}
