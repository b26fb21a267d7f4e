import { createHash } from 'node:crypto';
import type { FileWindow } from './file-window.ts';
import { type Layout, SECTION, SEGMENT } from './layout.ts';

const GNU_BUILD_ID = 3;
const GO_BUILD_ID = 4;
/** Notes are a few hundred bytes; node's build attributes are 12 KB. */
const MOST_NOTES = 64;
const CHUNK = 1024 * 1024;
/** A program is smaller. What lies beyond enters by the file's size alone. */
const MOST_HASHED = 256 * CHUNK;

/**
 * What tells this build from every other, in hex: the linker's build id, else a hash of the id that Go gave it, else a
 * hash of the content. A build id is what the file says of itself: nobody may take it for proof where the file is not
 * trusted.
 */
export function readBuildId(file: FileWindow, layout: Layout): string {
  const notes = [...notesOf(file, layout)];
  const gnu = notes.find(({ owner, type, content }) => owner === 'GNU' && type === GNU_BUILD_ID && content.length > 0);
  if (gnu) return gnu.content.toString('hex');
  const go = notes.find(({ owner, type, content }) => owner === 'Go' && type === GO_BUILD_ID && content.length > 0);
  if (go) return createHash('sha1').update(go.content).digest('hex');
  return contentHash(file);
}

interface Note {
  readonly owner: string;
  readonly type: number;
  readonly content: Buffer;
}

function* notesOf(file: FileWindow, layout: Layout): Generator<Note> {
  const inSegments = layout.segments.filter(({ type }) => type === SEGMENT.note);
  const inSections = layout.sections.filter(({ type }) => type === SECTION.note);
  const places = [
    ...inSegments.map(({ offset, fileSize }) => ({ offset, size: fileSize })),
    ...inSections.map(({ offset, size }) => ({ offset, size })),
  ];
  for (const { offset, size } of places) {
    const end = Math.min(offset + size, file.size);
    let at = offset;
    for (let count = 0; count < MOST_NOTES && at + 12 <= end; count++) {
      const ownerSize = file.u32(at);
      const contentSize = file.u32(at + 4);
      const contentAt = at + 12 + aligned(ownerSize);
      if (ownerSize > 64 || contentSize > 1024 || contentAt + contentSize > end) break;
      yield {
        owner: file.text(at + 12, ownerSize),
        type: file.u32(at + 8),
        content: file.bytes(contentAt, contentSize),
      };
      at = contentAt + aligned(contentSize);
    }
  }
}

function aligned(size: number): number {
  return Math.ceil(size / 4) * 4;
}

function contentHash(file: FileWindow): string {
  const hash = createHash('sha1').update(`${file.size}\n`);
  const end = Math.min(file.size, MOST_HASHED);
  for (let at = 0; at < end; at += CHUNK) hash.update(file.bytes(at, Math.min(CHUNK, end - at)));
  return hash.digest('hex');
}
