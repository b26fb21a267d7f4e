import type { FileWindow } from './file-window.ts';
import { type Layout, locate, SECTION, type Section } from './layout.ts';

/** Where a function is, as addresses of the program. */
export interface FunctionAddress {
  readonly address: number;
  /** Bytes, 0 where the table does not say. */
  readonly size: number;
}

const CHUNK = 128 * 1024;
const ENTRY = 24;
/** A table is smaller (those of Chromium with all symbols are 250 MB): what says it is larger is read so far. */
const LARGEST_TABLE = 256 * 1024 * 1024;
/** A name is looked for in all strings first; more places than this are the work of somebody who wants to keep us busy. */
const MOST_PLACES = 4096;
const UNDEFINED_SECTION = 0;
const HIDDEN_VERSION = 0x8000;

/**
 * Looks a function up in the symbols of an ELF file: all of them where it was not stripped, else the exported ones.
 * Nothing is indexed: the strings are searched for the name, then the symbols for one that bears it, which takes
 * 20 ms in the 140,000 symbols of node.
 */
export function lookUp(file: FileWindow, layout: Layout, name: string): FunctionAddress | undefined {
  for (const wanted of [SECTION.symbols, SECTION.dynamicSymbols]) {
    const table = layout.sections.find(({ type, entrySize }) => type === wanted && entrySize === ENTRY);
    const strings = table && layout.sections[table.link];
    const found = strings && findIn(file, layout, table, placesOf(file, strings, name));
    if (found) return found;
  }
  return undefined;
}

/** Where in a string table a name ends a text or stands before its version (`name@@VERSION`). Linkers share endings. */
function placesOf(file: FileWindow, strings: Section, name: string): Set<number> {
  const wanted = Buffer.from(name, 'latin1');
  const places = new Set<number>();
  const end = Math.min(strings.size, file.size - strings.offset, LARGEST_TABLE);
  const overlap = wanted.length + 1;
  for (let start = 0; start < end; start += CHUNK) {
    const chunk = file.view(strings.offset + start, Math.min(CHUNK + overlap, end - start));
    for (let at = chunk.indexOf(wanted); at >= 0 && at < CHUNK; at = chunk.indexOf(wanted, at + 1)) {
      const next = chunk[at + wanted.length];
      const versioned = next === 0x40 && chunk[at + wanted.length + 1] === 0x40;
      if (next !== 0 && !versioned) continue;
      places.add(start + at);
      if (places.size >= MOST_PLACES) return places;
    }
  }
  return places;
}

function findIn(
  file: FileWindow,
  layout: Layout,
  table: Section,
  places: ReadonlySet<number>,
): FunctionAddress | undefined {
  if (places.size === 0) return undefined;
  const versions = layout.sections.find(
    ({ type }) => type === SECTION.versions && table.type === SECTION.dynamicSymbols,
  );
  const count = Math.floor(Math.min(table.size, file.size - table.offset, LARGEST_TABLE) / ENTRY);
  const atOnce = Math.floor(CHUNK / ENTRY);
  let best: (FunctionAddress & { readonly rank: number }) | undefined;
  for (let first = 0; first < count; first += atOnce) {
    const here = Math.min(atOnce, count - first);
    // A copy for each chunk, since what is asked about a hit moves the window.
    const chunk = file.bytes(table.offset + first * ENTRY, here * ENTRY);
    for (let index = 0; index < here; index++) {
      const at = index * ENTRY;
      if (!places.has(chunk.readUInt32LE(at))) continue;
      const symbol = functionAt(chunk, at);
      if (symbol === undefined || !locate(layout, symbol.address)?.executable) continue;
      const hidden = versions !== undefined && isHidden(file, versions, first + index);
      const rank = (hidden ? 0 : 2) + (symbol.global ? 1 : 0);
      if (best === undefined || rank > best.rank) best = { address: symbol.address, size: symbol.size, rank };
    }
  }
  return best;
}

/** The function that an entry defines, undefined where it is data, or needed from elsewhere. */
function functionAt(table: Buffer, at: number): (FunctionAddress & { readonly global: boolean }) | undefined {
  const kind = table[at + 4] & 15;
  const isCode = kind === 0 || kind === 2 || kind === 10;
  if (!isCode || table.readUInt16LE(at + 6) === UNDEFINED_SECTION) return undefined;
  const address = table.readUInt32LE(at + 8) + table.readUInt32LE(at + 12) * 0x1_0000_0000;
  const size = table.readUInt32LE(at + 16) + table.readUInt32LE(at + 20) * 0x1_0000_0000;
  return { address, size, global: table[at + 4] >> 4 !== 0 };
}

/** Whether a symbol is an older version of a name, kept for programs linked long ago. */
function isHidden(file: FileWindow, versions: Section, index: number): boolean {
  if ((index + 1) * 2 > versions.size) return false;
  return (file.u16(versions.offset + index * 2) & HIDDEN_VERSION) !== 0;
}
