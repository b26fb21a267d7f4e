import { open, readFile, rename } from 'node:fs/promises';

/** Replaces a small file by a new one at once: after a crash it is the old or the new, never a half. */
export async function replaceFile(path: string, content: string | Uint8Array, sync: boolean): Promise<void> {
  const next = `${path}.new`;
  const file = await open(next, 'w', 0o600);
  try {
    await file.writeFile(content);
    if (sync) await file.datasync();
  } finally {
    await file.close();
  }
  await rename(next, path);
}

/** The JSON in a file, undefined where there is no such file or no JSON in it. */
export async function readJsonFile(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error && error.code === 'ENOENT'))
      return undefined;
    throw error;
  }
}
