import type { EventFields } from '../../model/event.ts';
import { EventEnds } from '../../model/event-ends.ts';
import { tables } from '../../model/tables/index.ts';
import { BlockBuilder } from '../../wire/block/block-builder.ts';
import type { EntityRows } from './entity-rows.ts';
import { appendEntities, type Origin } from './shared-rows.ts';

/** Rows of `events`. */
export class EventRows {
  readonly block = new BlockBuilder(tables.events);
  readonly #entities: EntityRows;
  readonly #origin: Origin;
  readonly #ends = new EventEnds();

  constructor(entities: EntityRows, origin: Origin) {
    this.#entities = entities;
    this.#origin = origin;
  }

  append(e: Readonly<EventFields>): void {
    const { columns } = this.block;
    this.#ends.set(e);
    const { source, destination } = this.#ends;
    columns.time.appendCapture(e.time);
    columns.kind.append(e.kind);
    columns.reason.append(e.reason);
    if (source.ip === '' || destination.ip === '') {
      columns.source.appendDefault();
      columns.destination.appendDefault();
      columns.source_instance.appendDefault();
      columns.destination_instance.appendDefault();
    } else appendEntities(columns, this.#entities.idsOf(source), this.#entities.idsOf(destination));
    columns.transport.append(e.transport);
    columns.protocol.append(e.connection?.protocol ?? '');
    if (source.ip === '') columns.source_ip.appendDefault();
    else columns.source_ip.append(source.ip);
    columns.source_port.append(source.port);
    if (destination.ip === '') columns.destination_ip.appendDefault();
    else columns.destination_ip.append(destination.ip);
    columns.destination_port.append(destination.port);
    columns.netns.append(e.netns);
    columns.pid.append(e.pid);
    columns.process.append(e.comm);
    columns.tcp_state.append(e.tcpState);
    columns.bytes.append(e.bytes);
    columns.count.append(e.count);
    columns.connection.append(e.connection === undefined ? 0 : this.#origin.connectionBase + e.connection.id);
    columns.errno.append(e.connection?.errno ?? 0);
    this.block.endRow();
  }

  /** A place that lost `count` since it was asked last. @param time epoch nanoseconds */
  loss(name: string, count: number, time: bigint): void {
    const {
      time: times,
      kind,
      reason,
      transport,
      count: counts,
      cluster,
      host,
      agent,
      block,
      ...others
    } = this.block.columns;
    times.appendBig(time);
    kind.append('loss');
    reason.append(name);
    transport.append('other');
    counts.append(Math.min(count, 0xffff_ffff));
    for (const column of Object.values(others)) column.appendDefault();
    this.block.endRow();
  }
}
