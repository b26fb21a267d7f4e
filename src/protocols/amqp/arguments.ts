/** Arguments of methods: short strings, tags, bits (AMQP 0-9-1, sections 1 and 4.2.5). */
import type { ByteReader } from '../byte-reader.ts';
import { Interner } from '../interner.ts';
import { topicInterner } from '../topic.ts';
import { Method } from './methods.ts';

/** Names of queues, exchanges, consumers, virtual hosts. */
export const names = new Interner(1024);
/** Routing keys and, derived, what of them is not an id. */
export const routes = topicInterner(2048, '.');

/** The short string at the reader, from a cache; '' where it is not all there. */
export function shortText(reader: ByteReader, cache: Interner): string {
  const length = reader.u8();
  const at = reader.at;
  reader.skip(length);
  return cache.text(reader.bytes, at, reader.short ? at : at + length);
}

/** Name of a queue: those that servers make up are one. */
export function queueName(reader: ByteReader): string {
  const name = shortText(reader, names);
  return name.startsWith('amq.gen-') ? 'amq.gen' : name;
}

/** What the arguments of a request say. */
export interface Arguments {
  /** Queue or exchange. */
  target: string;
  consumerTag: string;
  /** The server is not to answer. */
  noWait: boolean;
  /** What is delivered needs no acknowledgement. */
  noAck: boolean;
}

const result: Arguments = { target: '', consumerTag: '', noWait: false, noAck: false };

/** One of the bits in the byte at the reader. */
function bit(reader: ByteReader, index: number): boolean {
  return (reader.u8() & (1 << index)) !== 0;
}

/** Reads the arguments of a request. One object is reused for all. */
export function readArguments(reader: ByteReader, method: number): Readonly<Arguments> {
  result.target = result.consumerTag = '';
  result.noWait = result.noAck = false;
  switch (method) {
    case Method.exchangeDeclare:
      reader.skip(2);
      result.target = shortText(reader, names);
      reader.skip(reader.u8());
      result.noWait = bit(reader, 4);
      break;
    case Method.exchangeDelete:
      reader.skip(2);
      result.target = shortText(reader, names);
      result.noWait = bit(reader, 1);
      break;
    case Method.exchangeBind:
    case Method.exchangeUnbind:
    case Method.queueBind:
      reader.skip(2);
      result.target = queueName(reader);
      reader.skip(reader.u8());
      reader.skip(reader.u8());
      result.noWait = bit(reader, 0);
      break;
    case Method.queueUnbind:
      reader.skip(2);
      result.target = queueName(reader);
      break;
    case Method.queueDeclare:
      reader.skip(2);
      result.target = queueName(reader);
      result.noWait = bit(reader, 4);
      break;
    case Method.queuePurge:
      reader.skip(2);
      result.target = queueName(reader);
      result.noWait = bit(reader, 0);
      break;
    case Method.queueDelete:
      reader.skip(2);
      result.target = queueName(reader);
      result.noWait = bit(reader, 2);
      break;
    case Method.consume: {
      reader.skip(2);
      result.target = queueName(reader);
      result.consumerTag = shortText(reader, names);
      const bits = reader.u8();
      result.noAck = (bits & 2) !== 0;
      result.noWait = (bits & 8) !== 0;
      break;
    }
    case Method.cancel:
      result.consumerTag = shortText(reader, names);
      result.noWait = bit(reader, 0);
      break;
    case Method.get:
      reader.skip(2);
      result.target = queueName(reader);
      result.noAck = bit(reader, 0);
      break;
    case Method.confirmSelect:
      result.noWait = bit(reader, 0);
      break;
    default:
  }
  return result;
}
