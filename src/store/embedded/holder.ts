import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The process that has the engine's directory open, undefined where there is none or it cannot be told. The engine locks its
 * file `status` and writes its process id into it; a number that was left by a process that died belongs to nobody or to
 * somebody who does not have the file open.
 */
export async function holderOf(directory: string): Promise<number | undefined> {
  try {
    const path = await realpath(join(directory, 'status'));
    const pid = Number(/^PID: (\d+)/m.exec(await readFile(path, 'utf8'))?.[1]);
    if (!Number.isSafeInteger(pid) || pid === process.pid) return undefined;
    const descriptors = `/proc/${pid}/fd`;
    for (const name of await readdir(descriptors)) {
      const target = await readlink(join(descriptors, name)).catch(() => '');
      if (target === path) return pid;
    }
  } catch {
    // No such file, no such process, or not for us to see: the lock itself decides.
  }
  return undefined;
}
