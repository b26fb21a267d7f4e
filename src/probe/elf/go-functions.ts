import type { FileWindow } from './file-window.ts';
import { type Layout, locate, SECTION, type Section, sectionNamed } from './layout.ts';
import type { FunctionAddress } from './symbol-table.ts';

/** First 4 bytes of the table by which Go names functions in stack traces: Go 1.18 and 1.20 changed it, later ones did not. */
const MAGICS = [0xfffffff0, 0xfffffff1];
const CHUNK = 128 * 1024;
const HEADER = 72;
/** Kubernetes' largest programs have 150,000. */
const MOST_FUNCTIONS = 4_000_000;
const MOST_RELOCATION_SECTIONS = 4;
const LARGEST_RELOCATIONS = 128 * 1024 * 1024;
/** Where the start of the code stands in what the runtime knows of a program (`runtime.moduledata.text`). */
const TEXT_IN_MODULE = 176;

/** Where the function table of a Go program is: it stays when symbols are stripped. */
export function goFunctionTable(layout: Layout): Section | undefined {
  return sectionNamed(layout, '.gopclntab', '.data.rel.ro.gopclntab');
}

/**
 * Looks a function up by the name that Go gives it (`crypto/tls.(*Conn).Read`), in programs of Go 1.18 and later that
 * may be stripped. Format: the packages debug/gosym and cmd/link/internal/ld (pcln.go) of Go.
 */
export function lookUpGo(file: FileWindow, layout: Layout, name: string): FunctionAddress | undefined {
  const table = goFunctionTable(layout);
  if (!table || table.size < HEADER || table.offset + table.size > file.size) return undefined;
  const start = table.offset;
  if (!MAGICS.includes(file.u32(start)) || file.u8(start + 7) !== 8) return undefined;
  const count = file.u64(start + 8);
  const names = file.u64(start + 32);
  const functions = file.u64(start + 64);
  const rows = start + functions;
  // The last row is followed by the end of the last function.
  if (count > MOST_FUNCTIONS || functions + count * 8 + 4 > table.size || names >= table.size) return undefined;

  const nameAt = nameOffset(file, start + names, table.size - names, name);
  if (nameAt === undefined) return undefined;
  const atOnce = CHUNK / 8;
  for (let first = 0; first < count; first += atOnce) {
    const here = Math.min(atOnce, count - first);
    // A copy, since the details of each function move the window.
    const chunk = file.bytes(rows + first * 8, here * 8 + 4);
    for (let index = 0; index < here; index++) {
      const details = functions + chunk.readUInt32LE(index * 8 + 4);
      if (details + 8 > table.size) return undefined;
      if (file.u32(start + details + 4) !== nameAt) continue;
      const entry = chunk.readUInt32LE(index * 8);
      const text = startOfCode(file, layout, table);
      const size = Math.max(0, chunk.readUInt32LE((index + 1) * 8) - entry);
      return text === undefined ? undefined : { address: text + entry, size };
    }
  }
  return undefined;
}

function nameOffset(file: FileWindow, start: number, size: number, name: string): number | undefined {
  const wanted = Buffer.from(`\0${name}\0`, 'utf8');
  for (let at = 0; at < size; at += CHUNK) {
    const chunk = file.view(start + at, Math.min(CHUNK + wanted.length, size - at));
    const found = chunk.indexOf(wanted);
    if (found >= 0) return at + found + 1;
  }
  return undefined;
}

/**
 * The address that functions are counted from. Up to Go 1.25 it stands in the table's header, from 1.26 on in the
 * section of the module data; in both places a position-independent program has it only in its relocations.
 */
function startOfCode(file: FileWindow, layout: Layout, table: Section): number | undefined {
  const module = sectionNamed(layout, '.go.module');
  const places = [
    { offset: table.offset + 24, address: table.address + 24 },
    ...(module && module.size >= TEXT_IN_MODULE + 8
      ? [{ offset: module.offset + TEXT_IN_MODULE, address: module.address + TEXT_IN_MODULE }]
      : []),
  ];
  for (const { offset, address } of places) {
    for (const text of [file.u64(offset), addend(file, layout, address)]) {
      if (text !== undefined && text !== 0 && locate(layout, text)?.executable) return text;
    }
  }
  return undefined;
}

/** The value that the dynamic linker puts at an address, less the place where the program was loaded. */
function addend(file: FileWindow, layout: Layout, address: number): number | undefined {
  const sections = layout.sections.filter(
    ({ type, entrySize }) => type === SECTION.relocationsWithAddend && entrySize === 24,
  );
  for (const section of sections.slice(0, MOST_RELOCATION_SECTIONS)) {
    const end = Math.min(section.offset + Math.min(section.size, LARGEST_RELOCATIONS), file.size) - 24;
    for (let at = section.offset; at <= end; at += 24) {
      if (file.u64(at) === address) return file.u64(at + 16);
    }
  }
  return undefined;
}
