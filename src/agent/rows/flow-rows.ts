import { type CaptureTime, NEVER } from '../../base/units.ts';
import type { Connection, Counters } from '../../model/connection.ts';
import { seenAt } from '../../model/judgement.ts';
import { tables } from '../../model/tables/index.ts';
import { BlockBuilder } from '../../wire/block/block-builder.ts';
import type { EntityRows } from './entity-rows.ts';
import { appendEndpoints, appendEntities, type Origin } from './shared-rows.ts';

/** What was already told of a connection. */
interface Told {
  until: CaptureTime;
  opened: boolean;
  established: boolean;
  clientBytes: number;
  serverBytes: number;
  clientSegments: number;
  serverSegments: number;
  clientRetransmits: number;
  serverRetransmits: number;
  outOfOrder: number;
  zeroWindow: number;
}

/** Shorter intervals than this are left to the next, unless the connection ended. */
const shortest = 1_000_000_000;

/** Rows of `flows`: what each connection did since its last row. A quiet connection has none. */
export class FlowRows {
  readonly block = new BlockBuilder(tables.flows);
  readonly #entities: EntityRows;
  readonly #origin: Origin;
  readonly #told = new WeakMap<Connection, Told>();

  constructor(entities: EntityRows, origin: Origin) {
    this.#entities = entities;
    this.#origin = origin;
  }

  /** Remembers a connection that began, so that its beginning is in its first row. */
  begin(connection: Readonly<Connection>): void {
    this.#told.set(connection, newTold(connection));
  }

  /** The interval up to `now`. */
  update(connection: Readonly<Connection>, now: CaptureTime): void {
    const told = this.#told.get(connection) ?? newTold(connection);
    if (now - told.until < shortest || !differs(told, connection)) return;
    this.#append(connection, told, now, false);
    this.#told.set(connection, told);
  }

  /** The last interval of a connection. */
  end(connection: Readonly<Connection>): void {
    const told = this.#told.get(connection) ?? newTold(connection);
    this.#append(connection, told, connection.ended, true);
    this.#told.delete(connection);
  }

  #append(c: Readonly<Connection>, told: Told, until: CaptureTime, ended: boolean): void {
    const { columns } = this.block;
    const { counters } = c;
    const established = c.established !== NEVER && c.beginningSeen && !told.established;
    columns.time.appendCapture(told.until);
    columns.duration_ns.append(Math.max(0, Math.round(until - told.until)));
    appendEntities(columns, this.#entities.idsOf(c.client), this.#entities.idsOf(c.server));
    columns.side.append(seenAt(c));
    columns.counted.append(true);
    columns.transport.append(c.transport);
    columns.protocol.append(c.protocol);
    columns.connection.append(this.#origin.connectionBase + c.id);
    appendEndpoints(columns, c);
    columns.connection_start.appendCapture(c.start);
    columns.beginning_seen.append(c.beginningSeen);
    columns.opened.append(c.beginningSeen && !told.opened);
    columns.ended.append(ended && c.end !== 'open');
    columns.state.append(c.end);
    columns.errno.append(c.errno);
    columns.connect_ns.append(established ? Math.max(0, Math.round(c.established - c.start)) : -1);
    columns.source_bytes.append(since(told.clientBytes, counters.clientBytes));
    columns.destination_bytes.append(since(told.serverBytes, counters.serverBytes));
    columns.source_segments.append(since(told.clientSegments, counters.clientSegments));
    columns.destination_segments.append(since(told.serverSegments, counters.serverSegments));
    columns.source_retransmits.append(since(told.clientRetransmits, counters.clientRetransmits));
    columns.destination_retransmits.append(since(told.serverRetransmits, counters.serverRetransmits));
    columns.out_of_order.append(since(told.outOfOrder, counters.outOfOrder));
    columns.zero_window.append(since(told.zeroWindow, counters.zeroWindow));
    columns.rtt_ns.append(known(counters.rttSmoothed));
    columns.rtt_min_ns.append(known(counters.rttMin));
    columns.send_queue_bytes.append(Math.max(0, counters.sendQueue));
    columns.receive_queue_bytes.append(Math.max(0, counters.receiveQueue));
    this.block.endRow();
    remember(told, counters);
    told.until = until;
    told.opened = true;
    told.established ||= established;
  }
}

function newTold(c: Readonly<Connection>): Told {
  return {
    until: c.start,
    opened: false,
    established: false,
    clientBytes: 0,
    serverBytes: 0,
    clientSegments: 0,
    serverSegments: 0,
    clientRetransmits: 0,
    serverRetransmits: 0,
    outOfOrder: 0,
    zeroWindow: 0,
  };
}

/** Whether anything is worth a row. */
function differs(told: Told, c: Readonly<Connection>): boolean {
  const { counters } = c;
  return (
    (c.beginningSeen && !told.opened) ||
    counters.clientBytes > told.clientBytes ||
    counters.serverBytes > told.serverBytes ||
    counters.clientSegments > told.clientSegments ||
    counters.serverSegments > told.serverSegments ||
    counters.clientRetransmits > told.clientRetransmits ||
    counters.serverRetransmits > told.serverRetransmits
  );
}

function remember(told: Told, counters: Readonly<Counters>): void {
  told.clientBytes = Math.max(told.clientBytes, counters.clientBytes);
  told.serverBytes = Math.max(told.serverBytes, counters.serverBytes);
  told.clientSegments = Math.max(told.clientSegments, counters.clientSegments);
  told.serverSegments = Math.max(told.serverSegments, counters.serverSegments);
  told.clientRetransmits = Math.max(told.clientRetransmits, counters.clientRetransmits);
  told.serverRetransmits = Math.max(told.serverRetransmits, counters.serverRetransmits);
  told.outOfOrder = Math.max(told.outOfOrder, counters.outOfOrder);
  told.zeroWindow = Math.max(told.zeroWindow, counters.zeroWindow);
}

/** What came on top, 0 where nothing is known (-1) or a counter went back. */
function since(before: number, now: number): number {
  return Math.max(0, now - before);
}

function known(nanos: number): number {
  return nanos < 0 ? -1 : Math.round(nanos);
}
