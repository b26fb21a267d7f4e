/**
 * Makes the engine's memory of what it has stored true again after a crash. A MergeTree table notes the token of an insert in
 * its deduplication log *before* the part gets its name. A process that dies in between leaves a token without rows, and the
 * same insert, sent again, would be left aside as done. So before the engine is opened, every noted part is looked for; what
 * is not there, alone or within a merged part, is taken out of the log by a line that drops it, as the engine itself writes.
 */
import { appendFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const added = '1';
const dropped = '2';

/**
 * Looks through all tables under a data directory of the engine, which must not be open.
 *
 * @returns how many tokens were taken out
 */
export async function forgetLostParts(directory: string): Promise<number> {
  let forgotten = 0;
  const root = join(directory, 'store');
  for (const prefix of await names(root)) {
    for (const table of await names(join(root, prefix))) forgotten += await forgetInTable(join(root, prefix, table));
  }
  return forgotten;
}

async function forgetInTable(directory: string): Promise<number> {
  const logs = (await names(join(directory, 'deduplication_logs')))
    .map((name) => ({ name, number: Number(/^deduplication_log_(\d+)\.txt$/.exec(name)?.[1] ?? Number.NaN) }))
    .filter(({ number }) => Number.isFinite(number))
    .toSorted((a, b) => a.number - b.number);
  const newest = logs.at(-1);
  if (newest === undefined) return 0;
  /** Token → name of its part. */
  const noted = new Map<string, string>();
  let endsInLine = true;
  for (const { name } of logs) {
    const text = await readFile(join(directory, 'deduplication_logs', name), 'utf8');
    endsInLine = text === '' || text.endsWith('\n');
    for (const line of text.split('\n')) {
      const [operation, part, token] = line.split('\t');
      if (token === undefined) continue;
      if (operation === added) noted.set(token, part);
      else if (operation === dropped) noted.delete(token);
    }
  }
  if (noted.size === 0) return 0;
  const present = new Parts(await names(directory));
  const lost = [...noted].filter(([, part]) => !present.has(part));
  if (lost.length > 0) {
    const lines = lost.map(([token, part]) => `${dropped}\t${part}\t${token}\n`);
    const text = (endsInLine ? '' : '\n') + lines.join('');
    await appendFile(join(directory, 'deduplication_logs', newest.name), text);
  }
  return lost.length;
}

/** The parts that are there: names are PARTITION_FIRSTBLOCK_LASTBLOCK_LEVEL, and a merged part covers the blocks between. */
class Parts {
  readonly #ranges = new Map<string, (readonly [first: number, last: number])[]>();

  constructor(directories: readonly string[]) {
    for (const name of directories) {
      const part = partOf(name);
      if (part === undefined) continue;
      const ranges = this.#ranges.get(part.partition);
      if (ranges === undefined) this.#ranges.set(part.partition, [[part.first, part.last]]);
      else ranges.push([part.first, part.last]);
    }
  }

  has(name: string): boolean {
    const part = partOf(name);
    if (part === undefined) return true;
    return (this.#ranges.get(part.partition) ?? []).some(([first, last]) => first <= part.first && part.last <= last);
  }
}

function partOf(name: string): { partition: string; first: number; last: number } | undefined {
  const match = /^([^_]+)_(\d+)_(\d+)_(\d+)(?:_\d+)?$/.exec(name);
  return match === null ? undefined : { partition: match[1], first: Number(match[2]), last: Number(match[3]) };
}

async function names(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return [];
    throw error;
  }
}
