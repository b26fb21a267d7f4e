/** Columns that several tables have, said once. */
import { bool, choice, column, id, ip, label, n64, time, u16, u32 } from './column.ts';

/** The words of `side`: at which end it was seen. `both`: one row stands for both ends; `unknown`: from in between. */
export const sides = ['client', 'server', 'both', 'unknown'] as const;
export const transports = ['tcp', 'udp', 'other'] as const;

/** Codec of moments that ascend within the order key. */
export const timeCodec = 'Delta(8), ZSTD(1)';
/** Codec of numbers that use few of their bits. */
export const smallNumberCodec = 'T64, ZSTD(1)';

/** Where a row comes from: the block that brought it. */
export const originColumns = {
  cluster: column(label, "The cluster's name, '' on hosts that stand alone."),
  host: column(label, 'The host that saw it.'),
  agent: column(id, 'The agent that saw it.'),
  block: column(n64, "Number of the agent's block that brought the row: (agent, block) is stored once.", {
    unit: '1',
    codec: 'Delta(8), ZSTD(1)',
  }),
} as const;

/** Both ends as entities. Names are in `entities`. */
export const entityColumns = {
  source: column(id, 'Entity that asked or connected: workload, domain, address.'),
  destination: column(id, 'Entity that was asked.'),
  source_instance: column(id, 'The very pod, container, process or address behind `source`.'),
  destination_instance: column(id, 'The very pod, container, process or address behind `destination`.'),
} as const;

/** Both ends as sockets. */
export const endpointColumns = {
  source_ip: column(ip, "The client's address, IPv4 mapped into IPv6."),
  source_port: column(u16, "The client's port.", { codec: 'ZSTD(1)' }),
  source_pid: column(u32, 'Process of the client, 0 where it is on another host or unknown.'),
  source_tid: column(u32, 'Thread of the client that last sent, 0 where unknown.'),
  source_netns: column(u32, 'Network namespace (inode) of the client, 0 where unknown.'),
  destination_ip: column(ip, "The server's address, IPv4 mapped into IPv6."),
  destination_port: column(u16, "The server's port."),
  destination_pid: column(u32, 'Process of the server, 0 where it is on another host or unknown.'),
  destination_tid: column(u32, 'Thread of the server that last sent, 0 where unknown.'),
  destination_netns: column(u32, 'Network namespace (inode) of the server, 0 where unknown.'),
} as const;

/** Where it was seen, and whether it counts. */
export const sideColumns = {
  side: column(choice(sides), 'At which end it was seen.'),
  counted: column(
    bool,
    "Whether this row stands for what it tells in counts: false where the other end's row of the same does.",
    { absent: 'true' },
  ),
} as const;

export const startColumn = (doc: string) => column(time, doc, { unit: 'ns', codec: timeCodec });
