/**
 * Requests that wait for their response. Both kinds reuse their entries (an entry that was handed out stays as it is until
 * the next `add`), grow only when needed and never above their limit, so that a session's memory is bounded.
 */

/** Entries of a queue that are kept for good, however few wait. */
const roomy = 512;

/** Requests answered in the order in which they were asked (HTTP/1, Redis, PostgreSQL, ...). */
export class PendingQueue<Entry> {
  readonly #create: () => Entry;
  readonly #limit: number;
  #ring: Entry[] = [];
  #first = 0;
  #length = 0;

  /**
   * @param create makes a blank entry; called only when the queue grows
   * @param limit most entries that wait at a time
   */
  constructor(create: () => Entry, limit = 4096) {
    this.#create = create;
    this.#limit = limit;
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Adds an entry at the end and returns it, with the values of its former life: overwrite every field. `undefined` where
   * the limit is reached: the caller gives up pairing (and counts it) rather than growing.
   */
  add(): Entry | undefined {
    if (this.#length === this.#ring.length) {
      if (this.#length >= this.#limit) return undefined;
      if (this.#first > 0) {
        this.#ring = this.#ring.slice(this.#first).concat(this.#ring.slice(0, this.#first));
        this.#first = 0;
      }
      this.#ring.push(this.#create());
    }
    let index = this.#first + this.#length++;
    if (index >= this.#ring.length) index -= this.#ring.length;
    return this.#ring[index];
  }

  /** The one that is answered next. */
  first(): Entry | undefined {
    return this.#length === 0 ? undefined : this.#ring[this.#first];
  }

  /** The one that was added last. */
  last(): Entry | undefined {
    return this.at(this.#length - 1);
  }

  /** The one that is answered after `index` others. */
  at(index: number): Entry | undefined {
    if (index < 0 || index >= this.#length) return undefined;
    index += this.#first;
    return this.#ring[index >= this.#ring.length ? index - this.#ring.length : index];
  }

  /** Takes the first out. It keeps its values until {@link add} hands it out again. */
  shift(): Entry | undefined {
    if (this.#length === 0) return undefined;
    const entry = this.#ring[this.#first];
    this.#length--;
    this.#first = this.#first + 1 === this.#ring.length ? 0 : this.#first + 1;
    if (this.#ring.length > roomy && this.#length < this.#ring.length >> 3) this.#shrink();
    return entry;
  }

  /** A flood is over: keeps the entries that wait, and no others. */
  #shrink(): void {
    this.#ring = Array.from({ length: this.#length }, (_, i) => this.#ring[(this.#first + i) % this.#ring.length]);
    this.#first = 0;
  }

  /** Takes the last out (it turned out not to be a request). */
  pop(): Entry | undefined {
    const entry = this.last();
    if (entry !== undefined) this.#length--;
    return entry;
  }

  /** Forgets all. */
  clear(): void {
    this.#first = this.#length = 0;
  }
}

/** Requests answered in any order, told apart by a number (DNS, Kafka, MongoDB, HTTP/2 streams, ...). */
export class PendingTable<Entry> {
  readonly #create: () => Entry;
  readonly #limit: number;
  readonly #byId = new Map<number, Entry>();
  #spare: Entry[] = [];

  /**
   * @param create makes a blank entry
   * @param limit most entries that wait at a time; above it the oldest has to go, see {@link oldest}
   */
  constructor(create: () => Entry, limit = 4096) {
    this.#create = create;
    this.#limit = limit;
  }

  get length(): number {
    return this.#byId.size;
  }

  /** True where {@link add} would give `undefined`. */
  get full(): boolean {
    return this.#byId.size >= this.#limit;
  }

  /**
   * Adds an entry under `id` and returns it, with the values of a former life: overwrite every field. Where `id` waits
   * already, {@link take} that one first; it would be replaced. `undefined` where the limit is reached.
   */
  add(id: number): Entry | undefined {
    const former = this.#byId.get(id);
    if (former !== undefined) {
      this.#byId.delete(id);
      this.#byId.set(id, former);
      return former;
    }
    if (this.#byId.size >= this.#limit) return undefined;
    const entry = this.#spare.pop() ?? this.#create();
    this.#byId.set(id, entry);
    return entry;
  }

  get(id: number): Entry | undefined {
    return this.#byId.get(id);
  }

  /** Takes an entry out. It keeps its values until {@link add} hands it out again. */
  take(id: number): Entry | undefined {
    const entry = this.#byId.get(id);
    if (entry === undefined) return undefined;
    this.#byId.delete(id);
    if (this.#spare.length < 16) this.#spare.push(entry);
    return entry;
  }

  /** Id of the entry that was added first, -1 where there is none. */
  oldest(): number {
    for (const id of this.#byId.keys()) return id;
    return -1;
  }

  /** All entries in the order in which they were added. An entry may be taken out while they are walked. */
  entries(): IterableIterator<[number, Entry]> {
    return this.#byId.entries();
  }

  /** Forgets all. */
  clear(): void {
    this.#byId.clear();
  }
}
