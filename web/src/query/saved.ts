import type { ReadyQuery } from './library.ts';

const key = 'wirelight-queries';

/** The statements that were saved in this browser. */
export function readSaved(): readonly ReadyQuery[] {
  try {
    const read: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(read) ? read.flatMap(queryOf) : [];
  } catch {
    return [];
  }
}

/** Saves a statement; one of the same title is replaced. */
export function remember(title: string, sql: string): readonly ReadyQuery[] {
  return write([...readSaved().filter((query) => query.title !== title), { title, about: '', sql }]);
}

/** Forgets a saved statement. */
export function forget(title: string): readonly ReadyQuery[] {
  return write(readSaved().filter((query) => query.title !== title));
}

function write(queries: readonly ReadyQuery[]): readonly ReadyQuery[] {
  localStorage.setItem(key, JSON.stringify(queries));
  return queries;
}

function queryOf(item: unknown): ReadyQuery[] {
  if (typeof item !== 'object' || item === null || !('title' in item) || !('sql' in item)) return [];
  const { title, sql } = item;
  return typeof title === 'string' && typeof sql === 'string' ? [{ title, about: '', sql }] : [];
}
