import { randomBytes } from 'node:crypto';
import { compileFilter, type Predicate, parseFilter } from '../../model/filter/index.ts';
import type { TableBlock } from '../../wire/block/validate.ts';
import type { EntityDirectory } from '../entities.ts';
import type { EventStream } from '../http/handlers.ts';
import { BlockRows } from '../read/block-rows.ts';

export type LiveType = 'request' | 'connection' | 'event';

const typeOf: Readonly<Record<string, LiveType>> = { requests: 'request', flows: 'connection', events: 'event' };

/** Blocks that are kept for those who come back: at most so many, so many bytes, and while somebody looked so lately. */
const mostKept = 512;
const mostKeptBytes = 64 * 1024 * 1024;
const keptAfter = 120_000;

interface Subscriber {
  readonly predicate: Predicate;
  readonly types: ReadonlySet<LiveType>;
  readonly perSecond: number;
  readonly stream: EventStream;
  readonly end: () => void;
  waiting: boolean;
  dropped: number;
  second: number;
  sent: number;
}

/** A block with its number, in the order in which blocks were shown. */
interface KeptBlock {
  readonly number: number;
  readonly type: LiveType;
  readonly block: TableBlock;
}

/** What is asked of a live stream. */
export interface LiveQuestion {
  readonly filter: string;
  readonly types: ReadonlySet<LiveType>;
  /** Records a second at most. */
  readonly perSecond: number;
  /** The id of the last record that the reader got before it lost us. */
  readonly after?: string | undefined;
}

/**
 * Shows records to those who look, as blocks come in. Costs nothing while nobody looks. Every record has an id that says where
 * it stands: who comes back with it gets what came meanwhile.
 */
export class LiveRecords {
  readonly #entities: EntityDirectory;
  readonly #rows: BlockRows;
  readonly #otherLatency: (block: TableBlock, row: number) => number | undefined;
  readonly #subscribers = new Set<Subscriber>();
  /** Tells the ids of this run from those of one before. */
  readonly #run = randomBytes(4).toString('hex');
  readonly #kept: KeptBlock[] = [];
  #keptBytes = 0;
  #number = 0;
  #leftAt = Number.NEGATIVE_INFINITY;
  /** Blocks are shown one after another, also where names have to be looked up first. */
  #showing: Promise<void> | undefined;
  /** Records that did not reach a reader since the start. */
  dropped = 0;

  /** @param otherLatency what the other side measured for a row of requests, where it was seen */
  constructor(
    entities: EntityDirectory,
    otherLatency: (block: TableBlock, row: number) => number | undefined = () => undefined,
  ) {
    this.#otherLatency = otherLatency;
    this.#entities = entities;
    this.#rows = new BlockRows(entities);
  }

  get size(): number {
    return this.#subscribers.size;
  }

  /** Serves one reader until the signal is aborted. */
  async serve(stream: EventStream, question: LiveQuestion, signal: AbortSignal): Promise<void> {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const subscriber: Subscriber = {
      end,
      predicate: compileFilter(parseFilter(question.filter), this.#rows.names),
      types: question.types,
      perSecond: question.perSecond,
      stream,
      waiting: false,
      dropped: 0,
      second: 0,
      sent: 0,
    };
    if (question.after !== undefined) this.#catchUp(subscriber, question.after);
    this.#subscribers.add(subscriber);
    const report = setInterval(() => this.#report(subscriber), 1000);
    try {
      if (signal.aborted) return;
      signal.addEventListener('abort', end, { once: true });
      await ended;
    } finally {
      clearInterval(report);
      signal.removeEventListener('abort', end);
      this.#subscribers.delete(subscriber);
      this.#leftAt = performance.now();
    }
  }

  /** Ends all streams: their readers come back, and go on where they were. */
  disconnect(): void {
    for (const one of this.#subscribers) one.end();
  }

  /** Takes in a block that came from an agent. */
  block(block: TableBlock): void {
    const type = typeOf[block.table.name];
    if (type === undefined) return;
    if (this.#subscribers.size === 0 && performance.now() - this.#leftAt > keptAfter) {
      this.#kept.length = this.#keptBytes = 0;
      // Numbers go on, so that who comes back sees that something is missing.
      this.#number++;
      return;
    }
    const missing = [...BlockRows.idsIn(block)].filter((id) => this.#entities.peek(id) === undefined);
    if (missing.length === 0 && this.#showing === undefined) {
      this.#show(type, block);
      return;
    }
    const showing = (this.#showing ?? Promise.resolve())
      .then(() => this.#entities.want(missing))
      .catch(() => undefined)
      .then(() => {
        if (this.#showing === showing) this.#showing = undefined;
        this.#show(type, block);
      });
    this.#showing = showing;
  }

  #show(type: LiveType, block: TableBlock): void {
    const kept = { number: ++this.#number, type, block };
    this.#keep(kept);
    const wanting = [...this.#subscribers].filter((one) => one.types.has(type));
    if (wanting.length > 0) this.#tell(kept, 0, wanting, (one) => this.#mayHave(one));
  }

  #tell(
    { number, type, block }: KeptBlock,
    from: number,
    to: readonly Subscriber[],
    mayHave: (one: Subscriber) => boolean,
  ): void {
    const rows = this.#rows;
    const counted = block.columns.get('counted')?.data;
    for (let row = from; row < block.rows; row++) {
      // The row of its other side stands for it.
      if (counted?.get(row) === false) continue;
      let data: string | undefined;
      const change = type === 'connection' ? rows.readFlow(block, row) : 'updated';
      if (type === 'request') rows.readRequest(block, row);
      if (type === 'event') rows.readEvent(block, row);
      for (const one of to) {
        const { predicate } = one;
        const passes =
          type === 'request'
            ? predicate.request(rows.request, rows.connection)
            : type === 'connection'
              ? predicate.connection(rows.connection, change)
              : predicate.event(rows.event);
        if (!passes || !mayHave(one)) continue;
        data ??= JSON.stringify(
          type === 'request'
            ? rows.requestRecord(this.#otherLatency(block, row))
            : type === 'connection'
              ? rows.connectionRecord(change)
              : rows.eventRecord(),
        );
        if (!one.stream.send(type, data, `${this.#run}.${number}.${row}`)) this.#pause(one);
      }
    }
  }

  #keep(block: KeptBlock): void {
    this.#kept.push(block);
    this.#keptBytes += block.block.bytes.length;
    while (this.#kept.length > mostKept || this.#keptBytes > mostKeptBytes) {
      this.#keptBytes -= this.#kept.shift()?.block.bytes.length ?? 0;
    }
  }

  /** Tells what came after the record of an id, or that this cannot be told any more. */
  #catchUp(one: Subscriber, after: string): void {
    const [run, number, row] = after.split('.');
    const [block, last] = [Number(number), Number(row)];
    const first = this.#kept[0]?.number ?? this.#number + 1;
    if (run !== this.#run || !Number.isSafeInteger(block) || !Number.isSafeInteger(last) || block + 1 < first) {
      one.stream.send('gap', JSON.stringify({ why: run === this.#run ? 'too_long' : 'restarted' }));
      return;
    }
    for (const kept of this.#kept) {
      if (kept.number < block || !one.types.has(kept.type)) continue;
      this.#tell(kept, kept.number === block ? last + 1 : 0, [one], () => true);
    }
  }

  #mayHave(one: Subscriber): boolean {
    const second = Math.floor(Date.now() / 1000);
    if (second !== one.second) {
      one.second = second;
      one.sent = 0;
    }
    if (!one.waiting && one.sent < one.perSecond) {
      one.sent++;
      return true;
    }
    one.dropped++;
    this.dropped++;
    return false;
  }

  #pause(one: Subscriber): void {
    one.waiting = true;
    void one.stream.drained().then(() => {
      one.waiting = false;
    });
  }

  #report(one: Subscriber): void {
    if (one.dropped === 0 || one.waiting) return;
    const count = one.dropped;
    one.dropped = 0;
    one.stream.send('dropped', JSON.stringify({ count }));
  }
}
