import { ByteMap } from '../byte-map.ts';
import type { ByteReader } from '../byte-reader.ts';
import { Interner } from '../interner.ts';
import { Meaning, Op, type Program } from './program.ts';
import { clearRecords, newRecords, readBatches } from './records.ts';

const topics = new Interner(1024);
const texts = new Interner(512);

/**
 * Names of topics by their ids, learned from the metadata that goes by on any connection: ids are unique in the world, and
 * clients fetch by id on other connections than the one on which they asked for the name.
 */
const topicNames = new ByteMap<string>(4096, 16);

/** What is read out of the body of a request or response. Reused. */
export class Facts {
  /** The first topic, and how many there are. */
  topic = '';
  topicCount = 0;
  /** True where the first topic has an id whose name was never seen. */
  topicUnknown = false;
  /** The first partition, -1 where none, and how many there are. */
  partition = -1;
  partitionCount = 0;
  /** The first error code that is not 0, and how many were looked at. */
  error = 0;
  errorsRead = 0;
  group = '';
  transaction = '';
  name = '';
  acks = 1;
  maxWait = 0;
  software = '';
  softwareVersion = '';
  /** Records in all batches whose heads were captured, how they are compressed, and what the first carries. */
  readonly records = newRecords();

  #topicOfThis = '';

  /** Walks through a body by its program, as far as it was captured. The reader stands at its beginning. */
  read(program: Program, reader: ByteReader): void {
    this.topic = this.group = this.transaction = this.name = this.software = this.softwareVersion = '';
    this.topicCount = this.partitionCount = this.error = this.errorsRead = this.maxWait = 0;
    this.topicUnknown = false;
    this.partition = -1;
    this.acks = 1;
    clearRecords(this.records);
    this.#topicOfThis = '';
    this.#run(program, 0, program.length, reader);
  }

  #run(program: Program, from: number, to: number, reader: ByteReader): void {
    for (let i = from; i < to && !reader.short; i += 2) {
      const operand = program[i + 1];
      switch (program[i]) {
        case Op.skip:
          reader.skip(operand);
          break;
        case Op.string:
          this.#text(operand, reader, reader.i16be());
          break;
        case Op.compactString:
          this.#text(operand, reader, reader.varint() - 1);
          break;
        case Op.bytes:
          this.#bytes(operand, reader, reader.i32be());
          break;
        case Op.compactBytes:
          this.#bytes(operand, reader, reader.varint() - 1);
          break;
        case Op.array:
        case Op.compactArray: {
          const count = program[i] === Op.array ? reader.i32be() : reader.varint() - 1;
          for (let n = 0; n < count && !reader.short; n++) {
            this.#topicOfThis = '';
            this.#run(program, i + 2, operand, reader);
          }
          i = operand - 2;
          break;
        }
        case Op.fixedArray:
          this.#skip(reader, reader.i32be() * operand);
          break;
        case Op.compactFixedArray:
          this.#skip(reader, (reader.varint() - 1) * operand);
          break;
        case Op.option:
          if (reader.i8() >= 0) this.#run(program, i + 2, operand, reader);
          i = operand - 2;
          break;
        case Op.int16:
          this.#int16(operand, reader);
          break;
        case Op.int32:
          this.#int32(operand, reader);
          break;
        case Op.uuid:
          this.#topicId(reader);
          break;
        default:
          this.#tags(reader);
      }
    }
  }

  #skip(reader: ByteReader, bytes: number): void {
    if (bytes > 0) reader.skip(bytes);
  }

  #tags(reader: ByteReader): void {
    for (let count = reader.varint(); count > 0 && !reader.short; count--) {
      reader.varint();
      reader.skip(reader.varint());
    }
  }

  #text(meaning: number, reader: ByteReader, length: number): void {
    const at = reader.at;
    if (length > 0) reader.skip(length);
    if (meaning === Meaning.none || length <= 0 || reader.short) return;
    if (meaning === Meaning.topic) {
      this.#topicOfThis = topics.text(reader.bytes, at, at + length);
      this.#addTopic(this.#topicOfThis);
      return;
    }
    const text = texts.text(reader.bytes, at, at + length);
    if (meaning === Meaning.group) this.group ||= text;
    else if (meaning === Meaning.transaction) this.transaction ||= text;
    else if (meaning === Meaning.name) this.name ||= text;
    else if (meaning === Meaning.software) this.software = text;
    else if (meaning === Meaning.softwareVersion) this.softwareVersion = text;
  }

  #addTopic(topic: string): void {
    if (this.topicCount++ === 0) this.topic = topic;
  }

  #topicId(reader: ByteReader): void {
    const { bytes, at } = reader;
    reader.skip(16);
    if (reader.short) return;
    let isZero = true;
    for (let i = at; i < at + 16; i++) if (bytes[i] !== 0) isZero = false;
    if (isZero) return;
    if (this.#topicOfThis !== '') {
      if (topicNames.get(bytes, at, at + 16) !== this.#topicOfThis) {
        topicNames.set(bytes, at, at + 16, this.#topicOfThis);
      }
      this.#topicOfThis = '';
      return;
    }
    const name = topicNames.get(bytes, at, at + 16);
    if (this.topicCount === 0 && name === undefined) this.topicUnknown = true;
    this.#addTopic(name ?? '');
  }

  #bytes(meaning: number, reader: ByteReader, length: number): void {
    if (length <= 0) return;
    if (meaning === Meaning.records)
      readBatches(this.records, reader.bytes, reader.at, Math.min(reader.at + length, reader.end));
    reader.skip(length);
  }

  #int16(meaning: number, reader: ByteReader): void {
    const value = reader.i16be();
    if (reader.short) return;
    if (meaning === Meaning.acks) this.acks = value;
    else if (meaning === Meaning.error) {
      this.errorsRead++;
      if (this.error === 0) this.error = value;
    }
  }

  #int32(meaning: number, reader: ByteReader): void {
    const value = reader.i32be();
    if (reader.short) return;
    if (meaning === Meaning.maxWait) this.maxWait = value;
    else if (meaning === Meaning.partition && this.partitionCount++ === 0) this.partition = value;
  }
}
