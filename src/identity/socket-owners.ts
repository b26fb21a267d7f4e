/**
 * Which process holds which socket, by /proc alone: for kernels that cannot tell, and for sockets that are older than the
 * agent. Costs a directory entry a descriptor of every process (about 4 us each), so it is for starting up, not for
 * every connection.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { addressText } from '../base/ip-address.ts';
import { readLink } from './proc-file.ts';

/** One socket of a network namespace, as /proc/net/{tcp,tcp6,udp,udp6} lists it. */
export interface SocketEntry {
  readonly transport: 'tcp' | 'udp';
  readonly localIp: string;
  readonly localPort: number;
  readonly remoteIp: string;
  readonly remotePort: number;
  /** TCP state by the kernel's name ('ESTABLISHED', 'LISTEN'); of UDP 'ESTABLISHED' where connected, else 'CLOSE'. */
  readonly state: string;
  readonly uid: number;
  /** 0 where no process holds it any more (TIME_WAIT, orphans). */
  readonly inode: number;
  /** The process that holds it; where several do, the one with the lowest pid. 0 where none was found. */
  readonly pid: number;
}

/** Limits and place of {@link socketOwners}. */
export interface SocketOwnersOptions {
  readonly procRoot?: string;
  /** A process in the network namespace whose tables are read. That of this process by default. */
  readonly netnsPid?: number;
  readonly mostProcesses?: number;
  readonly mostDescriptors?: number;
  readonly mostSockets?: number;
}

/** Sockets and their owners at one moment. */
export interface SocketOwners {
  readonly sockets: readonly SocketEntry[];
  /** pid by inode, for all network namespaces: inodes of sockets are the same everywhere. */
  readonly owners: ReadonlyMap<number, number>;
  /** True where a limit was reached, so that some are missing. */
  readonly truncated: boolean;
  /** Processes whose descriptors may not be read. */
  readonly forbidden: number;
}

const states = [
  '',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'NEW_SYN_RECV',
];

/** Reads who holds which socket now. Synchronous and bounded. */
export function socketOwners(options: SocketOwnersOptions = {}): SocketOwners {
  const procRoot = options.procRoot ?? '/proc';
  const net = join(procRoot, options.netnsPid === undefined ? 'self' : String(options.netnsPid), 'net');
  const { owners, truncated, forbidden } = readOwners(
    procRoot,
    options.mostProcesses ?? 32_768,
    options.mostDescriptors ?? 131_072,
  );
  const most = options.mostSockets ?? 131_072;
  const sockets: SocketEntry[] = [];
  for (const table of ['tcp', 'tcp6', 'udp', 'udp6']) {
    readTable(join(net, table), table.startsWith('tcp') ? 'tcp' : 'udp', owners, sockets, most);
  }
  return { sockets, owners, truncated: truncated || sockets.length >= most, forbidden };
}

function readOwners(procRoot: string, mostProcesses: number, mostDescriptors: number) {
  const owners = new Map<number, number>();
  const pids = list(procRoot)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
  let left = mostDescriptors;
  let forbidden = 0;
  for (const pid of pids.slice(0, mostProcesses)) {
    const directory = join(procRoot, String(pid), 'fd');
    let descriptors: string[];
    try {
      descriptors = readdirSync(directory);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EACCES') forbidden++;
      continue;
    }
    for (const descriptor of descriptors) {
      if (left-- <= 0) return { owners, truncated: true, forbidden };
      const link = readLink(`${directory}/${descriptor}`);
      if (!link.startsWith('socket:[')) continue;
      const inode = Number(link.slice(8, -1));
      if (!owners.has(inode)) owners.set(inode, pid);
    }
  }
  return { owners, truncated: pids.length > mostProcesses, forbidden };
}

function readTable(
  path: string,
  transport: 'tcp' | 'udp',
  owners: ReadonlyMap<number, number>,
  into: SocketEntry[],
  most: number,
): void {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch {
    return; // no IPv6, or the process is gone
  }
  let begin = text.indexOf('\n') + 1;
  while (begin > 0 && begin < text.length && into.length < most) {
    let end = text.indexOf('\n', begin);
    if (end < 0) end = text.length;
    const entry = readSocketLine(text.slice(begin, end), transport, owners);
    if (entry !== undefined) into.push(entry);
    begin = end + 1;
  }
}

/** A line of those tables (proc_pid_net(5)); undefined where it is none. */
export function readSocketLine(
  line: string,
  transport: 'tcp' | 'udp',
  owners: ReadonlyMap<number, number>,
): SocketEntry | undefined {
  const match =
    /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{2}) \S+ \S+ \S+\s+(\d+)\s+\d+ (\d+)/.exec(
      line,
    );
  if (match === null) return undefined;
  const inode = Number(match[7]);
  return {
    transport,
    localIp: readAddress(match[1]),
    localPort: Number.parseInt(match[2], 16),
    remoteIp: readAddress(match[3]),
    remotePort: Number.parseInt(match[4], 16),
    state: states[Number.parseInt(match[5], 16)] ?? '',
    uid: Number(match[6]),
    inode,
    pid: inode === 0 ? 0 : (owners.get(inode) ?? 0),
  };
}

const littleEndian = endianness() === 'LE';

/** The kernel prints addresses as 32-bit words in the order of its own bytes. */
function readAddress(hex: string): string {
  const bytes = new Uint8Array(16);
  const start = hex.length === 8 ? 12 : 0;
  if (start === 12) bytes[10] = bytes[11] = 255;
  for (let i = 0; i < hex.length / 2; i++) {
    const at = littleEndian ? i ^ 3 : i;
    bytes[start + at] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  }
  return addressText(bytes);
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
