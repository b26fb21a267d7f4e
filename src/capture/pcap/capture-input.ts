import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { WirelightError } from '../../base/errors.ts';

const READ_SIZE = 1024 * 1024;

/** Why a file could not be opened, by errno. */
const openFailures: Readonly<Record<string, { why: string; next: string }>> = {
  ENOENT: { why: 'there is no such file', next: 'check the path' },
  EACCES: { why: 'this user may not read it', next: 'read it as its owner: sudo ./wirelight read FILE' },
  EISDIR: { why: 'it is a directory', next: 'name the capture file itself' },
};

/**
 * The bytes of a capture file, decompressed where it is gzipped. `-` is standard input.
 * @param path file name, '-' for `stdin`
 * @throws WirelightError `cannot_open`, `unsupported_compression`
 */
export async function* captureBytes(
  path: string,
  stdin: AsyncIterable<Uint8Array> = process.stdin,
): AsyncGenerator<Uint8Array> {
  const raw = (path === '-' ? stdin : fileBytes(path))[Symbol.asyncIterator]();
  try {
    const head = await firstBytes(raw, 6);
    const rest = after(head, raw);
    if (head.length >= 2 && head[0] === 0x1f && head[1] === 0x8b) yield* gunzip(rest);
    else {
      refuseOtherCompression(head, path);
      yield* rest;
    }
  } finally {
    await raw.return?.();
  }
}

async function* fileBytes(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path).catch((cause: unknown) => {
    throw cannotOpen(path, cause);
  });
  try {
    const buffer = Buffer.allocUnsafe(READ_SIZE);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, READ_SIZE).catch((cause: unknown) => {
        throw cannotOpen(path, cause);
      });
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

function cannotOpen(path: string, cause: unknown): WirelightError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const known = openFailures[code];
  return new WirelightError('cannot_open', `cannot read ${path}`, {
    why: known?.why ?? (cause instanceof Error ? cause.message : String(cause)),
    ...(known === undefined ? {} : { next: known.next }),
    cause,
  });
}

/** Pulls until there are `wanted` bytes, so that a pipe that begins with a short write is recognised as well. */
async function firstBytes(raw: AsyncIterator<Uint8Array>, wanted: number): Promise<Uint8Array> {
  let head = Buffer.alloc(0);
  while (head.length < wanted) {
    const { value, done } = await raw.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  return head;
}

async function* after(head: Uint8Array, raw: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  for (;;) {
    const { value, done } = await raw.next();
    if (done === true) return;
    yield value;
  }
}

/** Copies the pieces, since the decompressor reads on while its source's buffer is reused. */
async function* owned(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of source) yield Buffer.from(piece);
}

async function* gunzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = Readable.from(owned(source), { objectMode: false, highWaterMark: READ_SIZE });
  const unzip = createGunzip({ chunkSize: READ_SIZE });
  input.once('error', (error) => unzip.destroy(error));
  input.pipe(unzip);
  try {
    for await (const piece of unzip) yield piece;
  } finally {
    input.destroy();
    unzip.destroy();
  }
}

function refuseOtherCompression(head: Uint8Array, path: string): void {
  const hex = Buffer.from(head).toString('hex');
  const tool = hex.startsWith('28b52ffd')
    ? 'zstd'
    : hex.startsWith('fd377a58')
      ? 'xz'
      : hex.startsWith('425a68')
        ? 'bzip2'
        : hex.startsWith('04224d18')
          ? 'lz4'
          : undefined;
  if (tool === undefined) return;
  throw new WirelightError('unsupported_compression', `cannot read ${path}`, {
    why: `it is compressed with ${tool}, and only gzip is read directly`,
    next: `decompress it on the way: ${tool} -dc ${path} | ./wirelight read -`,
  });
}
