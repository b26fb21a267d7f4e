import { readdirSync, readlinkSync } from 'node:fs';
import { openFile } from './kernel-object.ts';
import { native } from './libbpf.ts';

const CLONE_NEWNET = 0x40000000;

/** Every network namespace that some process lives in or that has a name: inode number → a path that opens it. */
export function networkNamespaces(): Map<number, string> {
  const found = new Map<number, string>();
  for (const entry of readdirSync('/proc')) {
    if (entry.charCodeAt(0) < 0x30 || entry.charCodeAt(0) > 0x39) continue;
    const path = `/proc/${entry}/ns/net`;
    try {
      const inode = Number(/\[(\d+)\]/.exec(readlinkSync(path))?.[1] ?? 0);
      if (inode !== 0 && !found.has(inode)) found.set(inode, path);
    } catch {
      // The process ended meanwhile, or is not ours to look at.
    }
  }
  return found;
}

/** Runs `inside` with this thread in another network namespace, and comes back. False where it could not be entered. */
export function inNetworkNamespace(path: string, inside: () => void): boolean {
  const n = native();
  using home = openFile('/proc/self/ns/net');
  try {
    using there = openFile(path);
    if (n.setns(there.fd, CLONE_NEWNET) !== 0) return false;
  } catch {
    return false; // The process that lived in it has ended.
  }
  try {
    inside();
  } finally {
    n.setns(home.fd, CLONE_NEWNET);
  }
  return true;
}
