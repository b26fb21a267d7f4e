import type { FileWindow } from './file-window.ts';
import { type Layout, SECTION, type Section } from './layout.ts';

/** Names that share a place in the table: more are the work of somebody who wants to keep us busy. */
const LONGEST_CHAIN = 4096;
const HEADER = 16;
const SYMBOL = 24;

/**
 * Numbers of the dynamic symbols that bear a name, by the hash table with which the dynamic linker finds them: a few reads
 * whatever the size of the library. Undefined where the file has no such table.
 * Format: https://sourceware.org/gnu-gabi/program-loading-and-dynamic-linking.txt (DT_GNU_HASH).
 */
export function exportedSymbols(file: FileWindow, layout: Layout, name: string): number[] | undefined {
  const table = layout.sections.find(({ type }) => type === SECTION.gnuHash);
  const symbols = table && layout.sections[table.link];
  const strings = symbols && layout.sections[symbols.link];
  if (!strings || table.size < HEADER || symbols.type !== SECTION.dynamicSymbols) return undefined;
  const buckets = file.u32(table.offset);
  const firstHashed = file.u32(table.offset + 4);
  const bucketsAt = table.offset + HEADER + file.u32(table.offset + 8) * 8;
  const chainsAt = bucketsAt + buckets * 4;
  if (buckets === 0 || chainsAt > table.offset + table.size) return undefined;

  const hash = hashOf(name);
  const found: number[] = [];
  let index = file.u32(bucketsAt + (hash % buckets) * 4);
  if (index < firstHashed) return found;
  for (let left = LONGEST_CHAIN; left > 0; left--, index++) {
    const at = chainsAt + (index - firstHashed) * 4;
    if (at + 4 > table.offset + table.size || (index + 1) * SYMBOL > symbols.size) return found;
    const hashHere = file.u32(at);
    if ((hashHere | 1) === (hash | 1) && isNamed(file, symbols, strings, index, name)) found.push(index);
    if ((hashHere & 1) !== 0) return found;
  }
  return found;
}

function isNamed(file: FileWindow, symbols: Section, strings: Section, index: number, name: string): boolean {
  const at = file.u32(symbols.offset + index * SYMBOL);
  return at < strings.size && file.text(strings.offset + at, name.length + 1) === name;
}

function hashOf(name: string): number {
  let hash = 5381;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 33) + name.charCodeAt(i)) | 0;
  return hash >>> 0;
}
