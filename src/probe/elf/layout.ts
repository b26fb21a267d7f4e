import { WirelightError } from '../../base/errors.ts';
import type { FileWindow } from './file-window.ts';

/** A part of the file that is mapped into memory (`PT_LOAD`) or describes what is (`PT_DYNAMIC`, `PT_NOTE`). */
export interface Segment {
  readonly type: number;
  readonly executable: boolean;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
}

/** A named part of the file. */
export interface Section {
  readonly name: string;
  readonly type: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  /** Number of the section that this one refers to: the strings of a symbol table. */
  readonly link: number;
  readonly entrySize: number;
}

/** Where everything is in an ELF file. */
export interface Layout {
  readonly machine: 'x86-64' | 'aarch64' | 'other';
  /** Address at which the program starts. */
  readonly entry: number;
  readonly segments: readonly Segment[];
  readonly sections: readonly Section[];
}

export const SEGMENT = { load: 1, dynamic: 2, note: 4 } as const;
export const SECTION = {
  symbols: 2,
  relocationsWithAddend: 4,
  note: 7,
  nothing: 8,
  dynamicSymbols: 11,
  gnuHash: 0x6ffffff6,
  versions: 0x6fffffff,
};

const MAGIC = 0x464c457f;
/** More of either is no program that a linker made (node has 41 sections, a kernel with symbols of each function 60,000). */
const MOST_SEGMENTS = 512;
const MOST_SECTIONS = 8192;
const LONGEST_SECTION_NAME = 256;

/**
 * Reads the headers of an ELF file. A file of 32 bits or of big-endian numbers has the machine `other` and no parts.
 * @throws WirelightError `not_elf`, `elf_damaged`
 */
export function readLayout(file: FileWindow): Layout {
  if (file.size < 20 || file.u32(0) !== MAGIC) {
    throw new WirelightError('not_elf', `${file.path} is no program`, { why: 'it does not begin as an ELF file does' });
  }
  if (file.u8(4) !== 2 || file.u8(5) !== 1) return { machine: 'other', entry: 0, segments: [], sections: [] };
  const machine = { 62: 'x86-64', 183: 'aarch64' } as const;
  const number = file.u16(18);
  return {
    machine: number === 62 || number === 183 ? machine[number] : 'other',
    entry: file.u64(24),
    segments: readSegments(file),
    sections: readSections(file),
  };
}

function readSegments(file: FileWindow): Segment[] {
  const start = file.u64(32);
  const size = file.u16(54);
  const count = file.u16(56);
  if (count === 0) return [];
  if (size < 56 || count > MOST_SEGMENTS) throw file.damaged('its list of segments is impossible');
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * size;
    return {
      type: file.u32(at),
      executable: (file.u32(at + 4) & 1) !== 0,
      offset: file.u64(at + 8),
      address: file.u64(at + 16),
      fileSize: file.u64(at + 32),
    };
  });
}

function readSections(file: FileWindow): Section[] {
  const start = file.u64(40);
  if (start === 0) return [];
  const size = file.u16(58);
  if (size < 64) throw file.damaged('its list of sections is impossible');
  const at = (index: number) => start + index * size;
  // Counts that do not fit into 16 bits stand in the first section.
  const count = file.u16(60) || file.u64(at(0) + 32);
  const names = file.u16(62) === 0xffff ? file.u32(at(0) + 40) : file.u16(62);
  if (count > MOST_SECTIONS) throw file.damaged('it has more sections than a program can have');
  const nameOffset = names < count ? file.u64(at(names) + 24) : 0;
  const sections = Array.from({ length: count }, (_, index) => ({
    nameAt: file.u32(at(index)),
    type: file.u32(at(index) + 4),
    address: file.u64(at(index) + 16),
    offset: file.u64(at(index) + 24),
    size: file.u64(at(index) + 32),
    link: file.u32(at(index) + 40),
    entrySize: file.u64(at(index) + 56),
  }));
  return sections.map(({ nameAt, ...section }) => ({
    name: nameOffset === 0 ? '' : file.text(nameOffset + nameAt, LONGEST_SECTION_NAME),
    ...section,
  }));
}

/** Where in the file the byte of an address is, and how many bytes of its segment follow; undefined where it is in none. */
export function locate(
  layout: Layout,
  address: number,
): { offset: number; left: number; executable: boolean } | undefined {
  for (const segment of layout.segments) {
    if (segment.type !== SEGMENT.load) continue;
    const into = address - segment.address;
    if (into < 0 || into >= segment.fileSize) continue;
    return { offset: segment.offset + into, left: segment.fileSize - into, executable: segment.executable };
  }
  return undefined;
}

/** The section of a name that has bytes in the file. */
export function sectionNamed(layout: Layout, ...names: readonly string[]): Section | undefined {
  return layout.sections.find(({ name, type }) => type !== SECTION.nothing && names.includes(name));
}
