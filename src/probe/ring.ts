import { type Mapping, mapMemory } from './mapping.ts';

const PAGE = 4096;
const HEADER = 8;
const BUSY = 0x80000000;
const DISCARDED = 0x40000000;
const LENGTH = 0x3fffffff;

/** Takes the record that begins at `at` in {@link Ring.bytes}. */
export type RecordHandler = (at: number, length: number) => void;

/**
 * A BPF ring buffer read without system calls: its pages are mapped and polled.
 * Format: https://docs.kernel.org/bpf/ringbuf.html
 */
export class Ring implements Disposable {
  /** The data pages. They are mapped a little further than they reach, so that no record is cut at the end. */
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly #size: number;
  readonly #consumer: Mapping;
  readonly #producer: Mapping;
  readonly #consumed: BigUint64Array<ArrayBuffer>;
  readonly #produced: BigUint64Array<ArrayBuffer>;
  #position: number;

  /**
   * @param fd of the map
   * @param size of its data in bytes, a power of two
   * @param longest record that the programs write, in bytes
   */
  constructor(fd: number, size: number, longest: number) {
    this.#size = size;
    const overlap = Math.ceil((longest + HEADER) / PAGE) * PAGE;
    this.#consumer = mapMemory(fd, PAGE, 0, true);
    this.#producer = mapMemory(fd, PAGE + size + overlap, PAGE, false);
    this.#consumed = new BigUint64Array(this.#consumer.buffer, 0, 1);
    this.#produced = new BigUint64Array(this.#producer.buffer, 0, 1);
    this.bytes = Buffer.from(this.#producer.buffer, PAGE, size + overlap);
    this.view = new DataView(this.#producer.buffer, PAGE, size + overlap);
    this.#position = Number(Atomics.load(this.#consumed, 0));
  }

  /** Bytes of the ring that are in use, 0 to 1. */
  get fill(): number {
    return (Number(Atomics.load(this.#produced, 0)) - this.#position) / this.#size;
  }

  /**
   * Hands every finished record to `handle`, in the order in which they were reserved, at most `most` of them.
   * Their memory is given back to the kernel as it goes.
   * @param discarded gets records that a program began and then gave up
   * @returns the number of records handled
   */
  poll(handle: RecordHandler, most: number, discarded?: RecordHandler): number {
    const produced = Number(Atomics.load(this.#produced, 0));
    const { view } = this;
    const giveBack = this.#size >> 3;
    let position = this.#position;
    let given = position;
    let count = 0;
    while (position < produced && count < most) {
      const at = position % this.#size;
      const header = view.getUint32(at, true);
      if ((header & BUSY) !== 0) break;
      const length = header & LENGTH;
      if ((header & DISCARDED) === 0) {
        handle(at + HEADER, length);
        count++;
      } else discarded?.(at + HEADER, length);
      position += (length + HEADER + 7) & ~7;
      if (position - given > giveBack) {
        Atomics.store(this.#consumed, 0, BigInt(position));
        given = position;
      }
    }
    if (position !== given) Atomics.store(this.#consumed, 0, BigInt(position));
    this.#position = position;
    return count;
  }

  [Symbol.dispose](): void {
    this.#consumer[Symbol.dispose]();
    this.#producer[Symbol.dispose]();
  }
}
