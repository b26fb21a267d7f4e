/** Parts of rows that several tables have. */
import type { Connection } from '../../model/connection.ts';
import type { tables } from '../../model/tables/index.ts';
import type { Columns } from '../../model/tables/table.ts';
import type { ColumnBuilders } from '../../wire/block/block-builder.ts';
import type { EndIds } from './entity-rows.ts';

type Some<All extends Columns, Names extends keyof All> = ColumnBuilders<Pick<All, Names>>;
type RequestColumns = (typeof tables)['requests']['columns'];

/** What is the same in every row of an agent's blocks. */
export interface Origin {
  readonly cluster: string;
  readonly host: string;
  /** 16 hex digits. */
  readonly agent: string;
  /** Added to the numbers of connections, so that those of an earlier run are others. */
  readonly connectionBase: number;
}

/** Fills the columns that are the same in all rows of a block, once the others are complete. */
export function fillOrigin(
  block: { readonly rows: number; readonly columns: Some<RequestColumns, 'cluster' | 'host' | 'agent' | 'block'> },
  origin: Origin,
  number: number,
): void {
  const { columns, rows } = block;
  columns.cluster.appendRepeated(origin.cluster, rows);
  columns.host.appendRepeated(origin.host, rows);
  columns.agent.repeatId(origin.agent, rows);
  columns.block.appendRepeated(number >>> 0, Math.floor(number / 0x1_0000_0000), rows);
}

export function appendEntities(
  columns: Some<RequestColumns, 'source' | 'destination' | 'source_instance' | 'destination_instance'>,
  source: EndIds,
  destination: EndIds,
): void {
  const { parts: from } = source;
  const { parts: to } = destination;
  columns.source.appendParts(from[0], from[1]);
  columns.destination.appendParts(to[0], to[1]);
  columns.source_instance.appendParts(from[2], from[3]);
  columns.destination_instance.appendParts(to[2], to[3]);
}

export function appendEndpoints(
  columns: Some<
    RequestColumns,
    | 'source_ip'
    | 'source_port'
    | 'source_pid'
    | 'source_tid'
    | 'source_netns'
    | 'destination_ip'
    | 'destination_port'
    | 'destination_pid'
    | 'destination_tid'
    | 'destination_netns'
  >,
  connection: Readonly<Connection>,
): void {
  const { client, server } = connection;
  columns.source_ip.append(client.ip);
  columns.source_port.append(client.port);
  columns.source_pid.append(client.pid);
  columns.source_tid.append(client.tid);
  columns.source_netns.append(client.netns);
  columns.destination_ip.append(server.ip);
  columns.destination_port.append(server.port);
  columns.destination_pid.append(server.pid);
  columns.destination_tid.append(server.tid);
  columns.destination_netns.append(server.netns);
}
