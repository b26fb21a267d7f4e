import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs';
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
  const home = openSync('/proc/self/ns/net', 'r');
  try {
    const fd = openSync(path, 'r');
    try {
      if (n.setns(fd, CLONE_NEWNET) !== 0) return false;
    } finally {
      closeSync(fd);
    }
    try {
      inside();
    } finally {
      if (n.setns(home, CLONE_NEWNET) !== 0) throw new Error('cannot return to the own network namespace');
    }
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  } finally {
    closeSync(home);
  }
}
