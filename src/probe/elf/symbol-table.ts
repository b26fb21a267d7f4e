import { exportedSymbols } from './exported-symbols.ts';
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

interface Ranked extends FunctionAddress {
  /** What is exported by default comes before older versions, what is global before what is not. */
  readonly rank: number;
}

/**
 * Looks a function up in the symbols of an ELF file: in the exported ones by their hash table, and in all of them where it
 * was not stripped. Nothing is indexed: the strings are searched for the name, then the symbols for one that bears it, which
 * takes 20 ms in the 110,000 symbols of node.
 */
export function lookUp(file: FileWindow, layout: Layout, name: string): FunctionAddress | undefined {
  const exported = tableOf(layout, SECTION.dynamicSymbols);
  const hashed = exported && exportedSymbols(file, layout, name);
  if (hashed) {
    const best = bestOf(file, layout, exported, hashed);
    if (best) return best;
  }
  const tables = [tableOf(layout, SECTION.symbols), hashed ? undefined : exported];
  for (const table of tables) {
    const strings = table && layout.sections[table.link];
    const found = strings && bestOf(file, layout, table, bearersOf(file, table, placesOf(file, strings, name)));
    if (found) return found;
  }
  return undefined;
}

function tableOf(layout: Layout, wanted: number): Section | undefined {
  return layout.sections.find(({ type, entrySize }) => type === wanted && entrySize === ENTRY);
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

/** Numbers of the symbols whose names begin at one of these places. */
function bearersOf(file: FileWindow, table: Section, places: ReadonlySet<number>): number[] {
  const bearers: number[] = [];
  if (places.size === 0) return bearers;
  const count = Math.floor(Math.min(table.size, file.size - table.offset, LARGEST_TABLE) / ENTRY);
  const atOnce = Math.floor(CHUNK / ENTRY);
  for (let first = 0; first < count; first += atOnce) {
    const here = Math.min(atOnce, count - first);
    const chunk = file.view(table.offset + first * ENTRY, here * ENTRY);
    for (let index = 0; index < here; index++) {
      if (!places.has(chunk.readUInt32LE(index * ENTRY))) continue;
      bearers.push(first + index);
      if (bearers.length >= MOST_PLACES) return bearers;
    }
  }
  return bearers;
}

/** Of several symbols the function that new programs would get. */
function bestOf(file: FileWindow, layout: Layout, table: Section, indices: readonly number[]): Ranked | undefined {
  let best: Ranked | undefined;
  for (const index of indices) {
    const found = functionAt(file, layout, table, index);
    if (found && (best === undefined || found.rank > best.rank)) best = found;
  }
  return best;
}

/** The function that a symbol defines, undefined where it is data, or needed from elsewhere. */
function functionAt(file: FileWindow, layout: Layout, table: Section, index: number): Ranked | undefined {
  const at = table.offset + index * ENTRY;
  const info = file.u8(at + 4);
  const kind = info & 15;
  const isCode = kind === 0 || kind === 2 || kind === 10;
  if (!isCode || file.u16(at + 6) === UNDEFINED_SECTION) return undefined;
  const address = file.u64(at + 8);
  const size = file.u64(at + 16);
  if (!locate(layout, address)?.executable) return undefined;
  const versions =
    table.type === SECTION.dynamicSymbols ? layout.sections.find(({ type }) => type === SECTION.versions) : undefined;
  const isOld = versions !== undefined && isHidden(file, versions, index);
  return { address, size, rank: (isOld ? 0 : 2) + (info >> 4 !== 0 ? 1 : 0) };
}

/** Whether a symbol is an older version of a name, kept for programs linked long ago. */
function isHidden(file: FileWindow, versions: Section, index: number): boolean {
  if ((index + 1) * 2 > versions.size) return false;
  return (file.u16(versions.offset + index * 2) & HIDDEN_VERSION) !== 0;
}
