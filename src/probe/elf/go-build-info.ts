import type { FileWindow } from './file-window.ts';
import { type Layout, sectionNamed } from './layout.ts';

const MAGIC = Buffer.from('\xff Go buildinf:', 'latin1');
const INLINE_STRINGS = 2;
const LONGEST_VERSION = 127;

/**
 * The version of Go that built a program, such as `go1.26.8`; undefined where it was not Go, or older than 1.18.
 * Format: the package debug/buildinfo of Go.
 */
export function readGoVersion(file: FileWindow, layout: Layout): string | undefined {
  const section = sectionNamed(layout, '.go.buildinfo');
  if (!section || section.size < 34 || section.offset + 34 > file.size) return undefined;
  const start = section.offset;
  if (!file.view(start, MAGIC.length).equals(MAGIC)) return undefined;
  if ((file.u8(start + 15) & INLINE_STRINGS) === 0) return undefined;
  const length = file.u8(start + 32);
  if (length === 0 || length > LONGEST_VERSION || start + 33 + length > file.size) return undefined;
  return file.view(start + 33, length).toString('latin1');
}
