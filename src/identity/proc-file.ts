/** Reading of small files that may vanish, be forbidden or be larger than any reader wants. Nothing here throws. */
import { closeSync, constants, openSync, readlinkSync, readSync, statSync } from 'node:fs';

const buffer = Buffer.allocUnsafe(65_536);
const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * The first bytes of a file of a process as text (UTF-8, wrong bytes as U+FFFD); undefined where it cannot be read. Opened
 * without blocking, so that a FIFO in its place does not stop the reader. Not for lists such as mountinfo, which the kernel
 * hands out page by page: {@link readRecord}.
 *
 * @param limit bytes, at most 64 KiB
 */
export function readText(path: string, limit = 65_536): string | undefined {
  let file: number;
  try {
    file = openSync(path, flags);
  } catch {
    return undefined;
  }
  try {
    // One read is enough: the kernel makes these files whole when they are read.
    const length = readSync(file, buffer, 0, Math.min(limit, buffer.length), null);
    return buffer.toString('utf8', 0, length);
  } catch {
    return undefined; // the process ended while it was read
  } finally {
    closeSync(file);
  }
}

/** Where a symbolic link points to, '' where it cannot be read. */
export function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** A whole file that someone else's tools wrote, undefined where it is missing, no regular file or larger than `limit`. */
export function readRecord(path: string, limit: number): string | undefined {
  let file: number;
  try {
    const info = statSync(path, { throwIfNoEntry: false });
    if (info === undefined || !info.isFile() || info.size > limit) return undefined;
    file = openSync(path, flags);
  } catch {
    return undefined;
  }
  try {
    const content = Buffer.allocUnsafe(limit);
    let length = 0;
    while (length < limit) {
      const count = readSync(file, content, length, limit - length, null);
      if (count === 0) return content.toString('utf8', 0, length);
      length += count;
    }
    return undefined;
  } catch {
    return undefined;
  } finally {
    closeSync(file);
  }
}

/** When a file was last changed, in milliseconds since the epoch; -1 where it cannot be told. */
export function changedAt(path: string): number {
  try {
    return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? -1;
  } catch {
    return -1;
  }
}

/** The inode of a namespace link such as `net:[4026531833]`, 0 for any other text. */
export function namespaceInode(link: string): number {
  const match = /^[a-z_]+:\[(\d+)\]$/.exec(link);
  return match === null ? 0 : Number(match[1]);
}
