import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WirelightError } from '../base/errors.ts';
import { cgroupDirectory } from './cgroup.ts';
import { type Features, probeFeatures } from './features.ts';
import { KernelObject, openFile } from './kernel-object.ts';
import { FlowKey, FlowValue, Loss, SegmentRecord } from './layout.ts';
import { native } from './libbpf.ts';
import { type Mapping, mapMemory } from './mapping.ts';
import { inNetworkNamespace, networkNamespaces } from './namespaces.ts';
import { PolicyTable } from './policy-table.ts';
import { Ring } from './ring.ts';
import { TlsProbes, type TlsProbesOptions } from './tls/tls-probes.ts';

/** Bytes of the ring by default: about a tenth of a second at 100,000 requests a second. */
const RING_BYTES = 8 << 20;
const LONGEST_RECORD = SegmentRecord.SIZE + 4096 + 128;

/** What to watch and how closely. */
export interface KernelOptions {
  /** cgroup whose sockets' messages are captured; the whole host by default. */
  readonly scope?: string;
  /** Bytes of each message's head. */
  readonly captureBytes: number;
  readonly ringBytes?: number;
}

/** One part of the kernel side that this kernel does not offer, and what is lost by it. */
export interface Missing {
  readonly concern: string;
  readonly lost: string;
  readonly why: string;
}

/** The kernel side, loaded and attached. Closing it (or ending in any way) detaches everything. */
export interface Kernel extends Disposable {
  readonly features: Features;
  readonly missing: readonly Missing[];
  readonly ring: Ring;
  readonly policies: PolicyTable;
  /** What the programs lost, by name. */
  losses(): Map<string, number>;
  /** All TCP and UDP sockets of the network namespaces, as records ({@link SocketRecord}), a buffer a namespace. */
  sockets(protocol: 'tcp' | 'udp', visit: (records: Buffer) => void): void;
  /** Owners of sockets: inode → pid. */
  owners(): Map<number, number>;
  /**
   * Loads what sees the plaintext of TLS. It is attached to nothing yet. Call at most once.
   * @throws WirelightError `object_refused`, `object_missing`
   */
  openTls(options: TlsProbesOptions): TlsProbes;
  /** UDP flows since they were last forgotten: visits key and value; what `visit` answers true to is deleted. */
  flows(visit: (key: DataView, value: DataView) => boolean): void;
}

/** Directory of the compiled kernel programs for this machine. */
export function objectDirectory(): string {
  const arch = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const named = process.env.WIRELIGHT_BPF_DIR;
  if (named !== undefined) return named;
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json')) && directory !== '/') directory = dirname(directory);
  return join(directory, 'build', 'bpf', arch);
}

/**
 * Loads and attaches the kernel programs, object by object: what this kernel refuses is left out and named in `missing`.
 * @throws WirelightError `not_permitted`, `no_btf`, `bpf_refused`, `object_missing`, `no_cgroup`
 */
export function openKernel(options: KernelOptions): Kernel {
  if (process.getuid?.() !== 0 && process.env.WIRELIGHT_SKIP_ROOT_CHECK === undefined)
    throw new WirelightError('not_permitted', 'Wirelight cannot look into the kernel as this user', {
      why: `it runs as user ${process.getuid?.()}, and loading kernel programs needs root`,
      next: 'run it as root: sudo ./wirelight ... (reading a capture file needs no root: wirelight read FILE)',
    });
  raiseLockedMemory();
  const features = probeFeatures();
  const directory = objectDirectory();
  const missing: Missing[] = [];
  const opened: Disposable[] = [];
  const close = (): void => {
    for (const one of opened.splice(0).reverse()) one[Symbol.dispose]();
  };
  try {
    const ringBytes = options.ringBytes ?? RING_BYTES;
    const connections = KernelObject.load(join(directory, 'connections.bpf.o'), {
      knobs: {
        cookie_helper: features.socketCookies,
        socket_storage: features.socketStorage,
        both_ends: options.scope === undefined,
      },
      sizes: { records: ringBytes },
      without: features.udpIterator ? [] : ['udp_sockets'],
    });
    opened.push(connections);
    const shared = connections.maps;
    const messages = KernelObject.load(join(directory, 'messages.bpf.o'), {
      shared,
      knobs: {
        capture_bytes: options.captureBytes,
        task_helper: features.packetTask,
        comm_helper: features.packetTaskName,
        skip_loopback_client: options.scope === undefined,
      },
      ...(features.packetTask ? { sizes: { tasks: 1 } } : {}),
      without: features.socketStorage ? [] : ['read_by_process'],
    });
    opened.push(messages);
    const ring = new Ring(connections.map('records'), ringBytes, LONGEST_RECORD);
    opened.push(ring);
    const policies = new PolicyTable(messages.map('policies'));
    opened.push(policies);
    const counted = mapMemory(connections.map('losses'), 4096, 0, false);
    opened.push(counted);

    connections.attach('state_changed');
    // What listens already must be known before the first packet passes.
    sockets(connections, 'tcp_sockets', () => undefined);
    {
      using cgroup = openFile(cgroupDirectory(options.scope));
      messages.attachCgroup('received', cgroup.fd);
      messages.attachCgroup('sent', cgroup.fd);
    }
    const optional = (concern: string, lost: string, attach: () => void): void => {
      try {
        attach();
      } catch (error) {
        if (!(error instanceof WirelightError)) throw error;
        missing.push({ concern, lost, why: error.why ?? error.message });
      }
    };
    if (features.socketStorage)
      optional('read', 'time that requests wait in the socket', () => messages.attach('read_by_process'));
    else
      missing.push({ concern: 'read', lost: 'time that requests wait in the socket', why: 'kernel older than 5.11' });
    if (!features.packetTask)
      optional('owners', 'which process uses a connection, where it is not listed', () => {
        const owners = KernelObject.load(join(directory, 'owners.bpf.o'), {
          shared: messages.maps,
          knobs: { cookie_helper: features.socketCookies },
        });
        opened.push(owners);
        using cgroup = openFile(cgroupDirectory(options.scope));
        for (const program of owners.programs) {
          if (program === 'reads') owners.attach(program);
          else owners.attachCgroup(program, cgroup.fd);
        }
      });
    optional('events', 'retransmits, resets and drops', () => {
      const events = KernelObject.load(join(directory, 'events.bpf.o'), {
        shared,
        knobs: { cookie_helper: features.socketCookies, ...reasonKnobs(features.reasonNames) },
        without: [features.dropReasons ? 'dropped_without_reason' : 'dropped'],
      });
      opened.push(events);
      for (const program of events.programs) events.attach(program);
    });
    optional('processes', 'names of short-lived processes', () => {
      const processes = KernelObject.load(join(directory, 'processes.bpf.o'), { shared });
      opened.push(processes);
      for (const program of processes.programs) processes.attach(program);
    });
    return {
      features,
      missing,
      ring,
      policies,
      losses: () => readLosses(counted),
      sockets: (protocol, visit) => {
        if (protocol === 'tcp' || features.udpIterator) sockets(connections, `${protocol}_sockets`, visit);
      },
      owners: () => readOwners(connections),
      openTls: (tls) => {
        const probes = TlsProbes.load(directory, messages.maps, features, tls);
        opened.push(probes);
        return probes;
      },
      flows: (visit) => visitFlows(messages.map('flows'), visit),
      [Symbol.dispose]: close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** Kernels before 5.11 charge BPF memory to a limit that is tiny by default. */
function raiseLockedMemory(): void {
  native().setrlimit(8, new BigUint64Array([0xffffffffffffffffn, 0xffffffffffffffffn]));
}

function reasonKnobs(names: ReadonlyMap<number, string>): Record<string, number> {
  const knobs: Record<string, number> = {};
  for (const [value, name] of names) {
    if (name === 'CONSUMED') knobs.reason_not_a_drop = value;
    else if (name === 'QUEUE_PURGE') knobs.reason_queue_purge = value;
    else if (name === 'SOCKET_RCVBUFF') knobs.reason_socket_rcvbuff = value;
    else if (name === 'PROTO_MEM') knobs.reason_proto_mem = value;
  }
  return knobs;
}

/** An iterator sees the network namespace in which it was made. */
function sockets(object: KernelObject, program: string, visit: (records: Buffer) => void): void {
  for (const path of networkNamespaces().values()) inNetworkNamespace(path, () => visit(object.iterate(program)));
}

function readOwners(object: KernelObject): Map<number, number> {
  const found = object.iterate('socket_owners');
  const owners = new Map<number, number>();
  for (let at = 0; at + 16 <= found.length; at += 16)
    owners.set(Number(found.readBigUInt64LE(at)), found.readUInt32LE(at + 8));
  return owners;
}

function readLosses(counted: Mapping): Map<string, number> {
  const values = new BigUint64Array(counted.buffer, 0, Loss.count);
  const losses = new Map<string, number>();
  for (const [name, index] of Object.entries(Loss))
    if (name !== 'count')
      losses.set(
        name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`),
        Number(values[index]),
      );
  return losses;
}

function visitFlows(fd: number, visit: (key: DataView, value: DataView) => boolean): void {
  const n = native();
  const keys: Uint8Array[] = [];
  let key: Uint8Array | null = null;
  for (;;) {
    const next = new Uint8Array(FlowKey.SIZE);
    if (n.bpf_map_get_next_key(fd, key, next) !== 0) break;
    keys.push(next);
    key = next;
    if (keys.length >= 131072) break;
  }
  const value = new Uint8Array(FlowValue.SIZE);
  const valueView = new DataView(value.buffer);
  for (const one of keys) {
    if (n.bpf_map_lookup_elem(fd, one, value) !== 0) continue;
    if (visit(new DataView(one.buffer), valueView)) n.bpf_map_delete_elem(fd, one);
  }
}
