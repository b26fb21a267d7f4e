import { compileFilter, type Predicate, parseFilter } from '../../model/filter/index.ts';
import type { TableBlock } from '../../wire/block/validate.ts';
import type { EntityDirectory } from '../entities.ts';
import type { EventStream } from '../http/handlers.ts';
import { BlockRows } from '../read/block-rows.ts';

export type LiveType = 'request' | 'connection' | 'event';

const typeOf: Readonly<Record<string, LiveType>> = { requests: 'request', flows: 'connection', events: 'event' };

interface Subscriber {
  readonly predicate: Predicate;
  readonly types: ReadonlySet<LiveType>;
  readonly perSecond: number;
  readonly stream: EventStream;
  waiting: boolean;
  dropped: number;
  second: number;
  sent: number;
}

/** Shows records to those who look, as blocks come in. Costs nothing while nobody looks. */
export class LiveRecords {
  readonly #entities: EntityDirectory;
  readonly #rows: BlockRows;
  readonly #otherLatency: (block: TableBlock, row: number) => number | undefined;
  readonly #subscribers = new Set<Subscriber>();
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
  async serve(
    stream: EventStream,
    question: { filter: string; types: ReadonlySet<LiveType>; perSecond: number },
    signal: AbortSignal,
  ): Promise<void> {
    const subscriber: Subscriber = {
      predicate: compileFilter(parseFilter(question.filter), this.#rows.names),
      types: question.types,
      perSecond: question.perSecond,
      stream,
      waiting: false,
      dropped: 0,
      second: 0,
      sent: 0,
    };
    this.#subscribers.add(subscriber);
    const report = setInterval(() => this.#report(subscriber), 1000);
    try {
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    } finally {
      clearInterval(report);
      this.#subscribers.delete(subscriber);
    }
  }

  /** Takes in a block that came from an agent. */
  block(block: TableBlock): void {
    const type = typeOf[block.table.name];
    if (type === undefined || this.#subscribers.size === 0) return;
    const wanting = [...this.#subscribers].filter((one) => one.types.has(type));
    if (wanting.length === 0) return;
    const missing = [...BlockRows.idsIn(block)].filter((id) => this.#entities.peek(id) === undefined);
    if (missing.length === 0) this.#show(type, block, wanting);
    else
      void this.#entities
        .want(missing)
        .catch(() => undefined)
        .then(() => this.#show(type, block, wanting));
  }

  #show(type: LiveType, block: TableBlock, wanting: readonly Subscriber[]): void {
    const rows = this.#rows;
    const counted = block.columns.get('counted')?.data;
    for (let row = 0; row < block.rows; row++) {
      // The row of its other side stands for it.
      if (counted?.get(row) === false) continue;
      let data: string | undefined;
      const change = type === 'connection' ? rows.readFlow(block, row) : 'updated';
      if (type === 'request') rows.readRequest(block, row);
      if (type === 'event') rows.readEvent(block, row);
      for (const one of wanting) {
        const { predicate } = one;
        const passes =
          type === 'request'
            ? predicate.request(rows.request, rows.connection)
            : type === 'connection'
              ? predicate.connection(rows.connection, change)
              : predicate.event(rows.event);
        if (!passes) continue;
        if (!this.#mayHave(one)) continue;
        data ??= JSON.stringify(
          type === 'request'
            ? rows.requestRecord(this.#otherLatency(block, row))
            : type === 'connection'
              ? rows.connectionRecord(change)
              : rows.eventRecord(),
        );
        if (!one.stream.send(type, data)) this.#pause(one);
      }
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
