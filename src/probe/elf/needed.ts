import type { FileWindow } from './file-window.ts';
import { type Layout, locate, SEGMENT } from './layout.ts';

const NEEDED = 1;
const STRINGS = 5;
const MOST_ENTRIES = 4096;
const LONGEST_NAME = 4096;

/** Names of the libraries that a program or library says it needs (`DT_NEEDED`), in its order. */
export function readNeeded(file: FileWindow, layout: Layout): readonly string[] {
  const dynamic = layout.segments.find(({ type }) => type === SEGMENT.dynamic);
  if (!dynamic) return [];
  const names: number[] = [];
  let strings = 0;
  const count = Math.min(MOST_ENTRIES, Math.floor(dynamic.fileSize / 16));
  for (let index = 0; index < count; index++) {
    const at = dynamic.offset + index * 16;
    const tag = file.u64(at);
    if (tag === 0) break;
    if (tag === NEEDED) names.push(file.u64(at + 8));
    if (tag === STRINGS) strings = file.u64(at + 8);
  }
  const start = locate(layout, strings);
  if (!start) return [];
  return names.filter((name) => name < start.left).map((name) => file.text(start.offset + name, LONGEST_NAME));
}
