import { readlinkSync } from 'node:fs';
import { WirelightError } from '../../base/errors.ts';
import type { SocketOwners } from '../../capture/packets/captured-flow.ts';
import type { Names } from '../../model/names.ts';
import type { NamedNamespace } from './network-namespace.ts';

/** Who finds out which processes the captured conversations belong to. */
export interface OpenOwners {
  readonly owners: SocketOwners;
  readonly names: Names;
  /** What people should know about it, a sentence each. */
  readonly notes: readonly string[];
  close(): Promise<void>;
}

/** Opens it for a network namespace, that of this process where it is undefined. */
export type OwnersSource = (namespace: NamedNamespace | undefined) => Promise<OpenOwners>;

/** Bytes of each message that the live capture looks at: enough to recognise a protocol. */
const HEAD = 128;

/** By the live capture where the kernel permits it, by the lists in /proc otherwise. */
export const openOwners: OwnersSource = async (namespace) => {
  try {
    return await openLive(namespace?.inode ?? ownNamespace());
  } catch (error) {
    if (!(error instanceof WirelightError)) throw error;
    return openListed(namespace?.pid, error);
  }
};

async function openLive(inode: number): Promise<OpenOwners> {
  const [{ startAgent }, { LiveSocketOwners }] = await Promise.all([
    import('../../agent/agent.ts'),
    import('../../agent/live-socket-owners.ts'),
  ]);
  const owners = new LiveSocketOwners(inode);
  const agent = await startAgent({ captureBytes: HEAD }, owners);
  return { owners, names: agent.names, notes: [], close: () => agent.stop() };
}

async function openListed(pid: number | undefined, reason: WirelightError): Promise<OpenOwners> {
  const [{ ListedSocketOwners }, { Identity }] = await Promise.all([
    import('../../agent/listed-socket-owners.ts'),
    import('../../identity/index.ts'),
  ]);
  const names = new Identity();
  const why = reason.why === undefined ? reason.message : `${reason.message}: ${reason.why}`;
  return {
    owners: new ListedSocketOwners(pid),
    names,
    notes: [`processes are looked up in /proc, which misses those that end quickly (${why})`],
    close: async () => names.close(),
  };
}

function ownNamespace(): number {
  return Number(/\[(\d+)\]/.exec(readlinkSync('/proc/self/ns/net'))?.[1] ?? 0);
}
