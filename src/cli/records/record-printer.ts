import type { CaptureSink } from '../../capture/sink.ts';
import type { Connection, ConnectionChange } from '../../model/connection.ts';
import type { EventFields } from '../../model/event.ts';
import type { Predicate } from '../../model/filter/index.ts';
import type { RequestFields } from '../../model/request.ts';
import type { RecordLines, Shown } from './record-lines.ts';

/** Where lines go. Where it is full, the line is not even made. */
export interface LineSink {
  readonly full: boolean;
  /** Counts a line that was not made because it is full. */
  refuse(): void;
  push(line: string): void;
}

export interface RecordPrinterOptions {
  readonly lines: RecordLines;
  readonly output: LineSink;
  readonly shown: Shown;
  readonly predicate: Predicate;
  /** Changes of connections that are shown; those that most people want by default. */
  readonly changes?: ReadonlySet<ConnectionChange>;
  /** How many records are shown at most. */
  readonly limit?: number;
  /** Called once when the limit is reached. */
  readonly onLimit?: () => void;
}

/** What passed by and what of it was shown. */
export interface RecordCounts {
  requests: number;
  connections: number;
  events: number;
  /** Requests, connections and events that passed the filter, whether or not there was room to show them. */
  matched: number;
}

/** The changes of a connection that are shown unless a filter asks for others. */
export const usualChanges: ReadonlySet<ConnectionChange> = new Set(['opened', 'closed']);

/** Every change, for filters that ask for changes. */
export const allChanges: ReadonlySet<ConnectionChange> = new Set([
  ...usualChanges,
  'established',
  'identified',
  'updated',
]);

/** Shows what a capture finds and a filter passes. What is not shown costs a count and the filter's test. */
export class RecordPrinter implements CaptureSink {
  readonly #options: RecordPrinterOptions;
  readonly #changes: ReadonlySet<ConnectionChange>;
  readonly #limit: number;
  readonly counts: RecordCounts = { requests: 0, connections: 0, events: 0, matched: 0 };

  constructor(options: RecordPrinterOptions) {
    this.#options = options;
    this.#changes = options.changes ?? usualChanges;
    this.#limit = options.limit ?? Number.POSITIVE_INFINITY;
  }

  request(request: Readonly<RequestFields>, connection: Readonly<Connection>): void {
    this.counts.requests++;
    const { shown, predicate, lines, output } = this.#options;
    if (!shown.requests || !predicate.request(request, connection)) return;
    if (this.#admit()) output.push(lines.request(request, connection));
  }

  connection(connection: Readonly<Connection>, change: ConnectionChange): void {
    if (change === 'opened') this.counts.connections++;
    const { shown, predicate, lines, output } = this.#options;
    if (!shown.connections || !this.#changes.has(change) || !predicate.connection(connection, change)) return;
    if (this.#admit()) output.push(lines.connection(connection, change));
  }

  event(event: Readonly<EventFields>): void {
    this.counts.events += event.count;
    const { shown, predicate, lines, output } = this.#options;
    if (!shown.events || !predicate.event(event)) return;
    if (this.#admit()) output.push(lines.event(event));
  }

  /** Whether one more may be shown. */
  #admit(): boolean {
    const { matched } = this.counts;
    if (matched >= this.#limit) return false;
    this.counts.matched = matched + 1;
    if (matched + 1 === this.#limit) queueMicrotask(() => this.#options.onLimit?.());
    const { output } = this.#options;
    if (!output.full) return true;
    output.refuse();
    return false;
  }
}
