import { TimeText } from '../../base/iso-time.ts';
import { type CaptureClock, NEVER } from '../../base/units.ts';
import type { Connection, ConnectionChange } from '../../model/connection.ts';
import { errnoName } from '../../model/errno.ts';
import type { EventFields } from '../../model/event.ts';
import { EventEnds } from '../../model/event-ends.ts';
import { count, duration, type Quantity, size } from '../../model/format.ts';
import { connectionVerdict, eventVerdict, isFailure } from '../../model/judgement.ts';
import type { Names } from '../../model/names.ts';
import { Outcome, outcomeNames, type RequestFields, RequestFlag } from '../../model/request.ts';
import { latencyOf, waitedOf } from '../../model/timing.ts';
import type { Style } from '../style.ts';
import { type Cell, type Dress, quantityCell, textCell } from '../table/cell.ts';
import type { Column } from '../table/layout.ts';
import { Table } from '../table/table.ts';
import { endText, endTextWithPort } from './end-text.ts';
import type { RecordLines, Shown } from './record-lines.ts';

type Layout = 'requests' | 'connections' | 'events' | 'mixed';

const left = { align: 'left', cut: 'middle' } as const;
const right = { align: 'right', cut: 'end' } as const;

const time: Column = { title: 'TIME', ...left, rank: 4, least: 12, most: 12 };
const source: Column = { title: 'SOURCE', ...left, rank: 1, least: 8, most: 24 };
const destination: Column = { title: 'DESTINATION', ...left, rank: 1, least: 12, most: 30 };
const protocol: Column = { title: 'PROTOCOL', ...left, rank: 6, least: 8, most: 10 };
const status: Column = { title: 'STATUS', ...left, rank: 2, least: 6, most: 12 };
const bytesOut: Column = { title: 'SENT', ...right, rank: 8, least: 8, most: 8 };
const bytesIn: Column = { title: 'RECEIVED', ...right, rank: 7, least: 8, most: 8 };

/** What each kind of output shows. The same words as docs/records.md where there is room for them. */
const layouts: Readonly<Record<Layout, readonly Column[]>> = {
  requests: [
    time,
    source,
    destination,
    protocol,
    { title: 'OPERATION', ...left, rank: 1, least: 14, most: 56 },
    status,
    { title: 'LATENCY', ...right, rank: 3, least: 7, most: 7 },
    { title: 'WAITED', ...right, rank: 9, least: 7, most: 7 },
    bytesOut,
    bytesIn,
    { title: 'NOTES', ...left, rank: 10, least: 8, most: 24 },
  ],
  connections: [
    time,
    source,
    destination,
    protocol,
    { title: 'CHANGE', ...left, rank: 1, least: 11, most: 11 },
    { title: 'STATE', ...left, rank: 2, least: 9, most: 24 },
    { title: 'DURATION', ...right, rank: 3, least: 8, most: 8 },
    bytesOut,
    bytesIn,
    { title: 'RTT', ...right, rank: 9, least: 7, most: 7 },
    { title: 'RETRANS', ...right, rank: 10, least: 7, most: 7 },
  ],
  events: [
    time,
    source,
    destination,
    { title: 'EVENT', ...left, rank: 1, least: 15, most: 20 },
    { title: 'REASON', ...left, rank: 2, least: 12, most: 32 },
    { title: 'COUNT', ...right, rank: 7, least: 5, most: 6 },
    { title: 'PROCESS', ...left, rank: 8, least: 10, most: 22 },
    { title: 'TCP STATE', ...left, rank: 9, least: 11, most: 11 },
  ],
  mixed: [
    time,
    source,
    destination,
    protocol,
    { title: 'WHAT', ...left, rank: 1, least: 14, most: 48 },
    { ...status, most: 22 },
    { title: 'LATENCY', ...right, rank: 3, least: 7, most: 7 },
    bytesOut,
    bytesIn,
  ],
};

/** What a row is made of before it is known which columns are shown. */
type Row = Readonly<Record<string, Cell>>;

const nothing = textCell('');

/** Rows for people. */
export class TableLines implements RecordLines {
  readonly #names: Names;
  readonly #time: TimeText;
  readonly #style: Style;
  readonly #columns: readonly Column[];
  readonly #ends = new EventEnds();
  #table: Table;

  /** @param width columns of the terminal, infinity for a file */
  constructor(clock: CaptureClock, names: Names, shown: Shown, width: number, style: Style) {
    this.#names = names;
    this.#time = new TimeText(clock);
    this.#style = style;
    this.#columns = layouts[layoutFor(shown)];
    this.#table = new Table(this.#columns, width, style);
  }

  /** Uses another width from now on; the caller shows the header again. */
  resize(width: number): void {
    this.#table = new Table(this.#columns, width, this.#style);
  }

  header(): string {
    return `${this.#table.header()}\n`;
  }

  request(r: Readonly<RequestFields>, connection: Readonly<Connection>): string {
    const what = textCell(operationText(r));
    const waited = waitedOf(r);
    const latency = latencyOf(r);
    return this.#row({
      TIME: textCell(this.#time.local(r.start), 'dim'),
      SOURCE: textCell(endText(this.#names, connection.client)),
      DESTINATION: textCell(endTextWithPort(this.#names, connection.server)),
      PROTOCOL: textCell(r.protocol, 'dim'),
      OPERATION: what,
      WHAT: what,
      STATUS: textCell(statusText(r), statusDress(r)),
      LATENCY: quantityCell(known(latency, duration)),
      WAITED: quantityCell(known(waited, duration), waited > 1e6 && waited > latency / 2 ? 'warning' : undefined),
      SENT: quantityCell(size(r.requestBytes)),
      RECEIVED: quantityCell(size(r.responseBytes)),
      NOTES: textCell(notesOf(r), 'dim'),
    });
  }

  connection(c: Readonly<Connection>, change: ConnectionChange): string {
    const failed = connectionVerdict(c.end) === 'failed';
    const state = errnoName(c.errno) === '' ? c.end : `${c.end} (${errnoName(c.errno)})`;
    const { counters } = c;
    const lived = c.ended === NEVER ? Number.NaN : c.ended - c.start;
    const retransmits = Math.max(0, counters.clientRetransmits) + Math.max(0, counters.serverRetransmits);
    const when = change === 'closed' && c.ended !== NEVER ? c.ended : change === 'opened' ? c.start : c.established;
    return this.#row({
      TIME: textCell(this.#time.local(when === NEVER ? c.start : when), 'dim'),
      SOURCE: textCell(endText(this.#names, c.client)),
      DESTINATION: textCell(endTextWithPort(this.#names, c.server)),
      PROTOCOL: textCell(c.protocol === '' ? c.transport : c.protocol, 'dim'),
      CHANGE: textCell(change),
      WHAT: textCell(`connection ${change}`, 'dim'),
      STATE: textCell(state, failed ? 'error' : undefined),
      STATUS: textCell(c.end === 'open' ? '' : c.end, failed ? 'error' : 'dim'),
      DURATION: quantityCell(known(lived, duration)),
      LATENCY: quantityCell(known(lived, duration)),
      SENT: quantityCell(counters.clientBytes < 0 ? undefined : size(counters.clientBytes)),
      RECEIVED: quantityCell(counters.serverBytes < 0 ? undefined : size(counters.serverBytes)),
      RTT: quantityCell(counters.rttSmoothed < 0 ? undefined : duration(counters.rttSmoothed)),
      RETRANS: quantityCell(count(retransmits), retransmits > 0 ? 'warning' : undefined),
    });
  }

  event(e: Readonly<EventFields>): string {
    this.#ends.set(e);
    const { source, destination } = this.#ends;
    const bad = eventVerdict(e.kind) !== '';
    const many = e.count > 1 ? ` ×${e.count}` : '';
    return this.#row({
      TIME: textCell(this.#time.local(e.time), 'dim'),
      SOURCE: textCell(endTextWithPort(this.#names, source)),
      DESTINATION: textCell(endTextWithPort(this.#names, destination)),
      PROTOCOL: textCell(e.connection?.protocol || e.transport, 'dim'),
      EVENT: textCell(e.kind, bad ? 'error' : 'warning'),
      WHAT: textCell(`${e.kind}${many}`, bad ? 'error' : 'warning'),
      REASON: textCell(e.reason),
      STATUS: textCell(e.reason),
      COUNT: quantityCell(count(e.count)),
      PROCESS: textCell(e.pid === 0 ? e.comm : `${e.comm} (${e.pid})`),
      'TCP STATE': textCell(e.tcpState, 'dim'),
      SENT: e.bytes > 0 ? quantityCell(size(e.bytes)) : nothing,
    });
  }

  #row(cells: Row): string {
    return `${this.#table.row(this.#columns.map(({ title }) => cells[title] ?? nothing))}\n`;
  }
}

function layoutFor(shown: Shown): Layout {
  const kinds = (['requests', 'connections', 'events'] as const).filter((kind) => shown[kind]);
  return kinds.length === 1 ? kinds[0] : 'mixed';
}

function operationText(r: Readonly<RequestFields>): string {
  const target = r.resource === '' ? r.target : r.resource;
  return [r.method, target].filter(Boolean).join(' ');
}

/** The protocol's own code where there is one, else how it ended. */
function statusText(r: Readonly<RequestFields>): string {
  if (r.outcome === Outcome.timeout || r.outcome === Outcome.aborted) return outcomeNames[r.outcome];
  if (r.codeText !== '') return r.codeText;
  if (r.code !== -1) return String(r.code);
  return r.outcome === Outcome.unset ? '' : outcomeNames[r.outcome];
}

function statusDress(r: Readonly<RequestFields>): Dress {
  if (isFailure(r.outcome)) return 'error';
  return r.outcome === Outcome.clientError ? 'warning' : undefined;
}

const notes: readonly (readonly [number, string])[] = [
  [RequestFlag.partial, 'partial'],
  [RequestFlag.wait, 'wait'],
  [RequestFlag.streaming, 'stream'],
  [RequestFlag.tls, 'tls'],
  [RequestFlag.oneWay, 'one-way'],
  [RequestFlag.retry, 'retry'],
  [RequestFlag.upgrade, 'upgrade'],
];

function notesOf(r: Readonly<RequestFields>): string {
  return notes
    .filter(([bit]) => (r.flags & bit) !== 0)
    .map(([, name]) => name)
    .join(' ');
}

function known(value: number, quantity: (value: number) => Quantity): Quantity | undefined {
  return Number.isNaN(value) ? undefined : quantity(value);
}
