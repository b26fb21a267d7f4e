import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

/** A file of the UI, ready to be sent. */
export interface StaticFile {
  readonly type: string;
  readonly bytes: Buffer;
  readonly gzip: Buffer | undefined;
  readonly brotli: Buffer | undefined;
  readonly etag: string;
  /** True where its name holds a hash of its content. */
  readonly immutable: boolean;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

/** Reads all files of the UI once, before the server gives up its rights. Empty where there is no UI. */
export function readStaticFiles(directory: string | undefined): ReadonlyMap<string, StaticFile> {
  const files = new Map<string, StaticFile>();
  if (directory === undefined || !existsSync(directory)) return files;
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const path = join(directory, name);
    const type = types[extname(name)];
    if (type === undefined || !statSync(path).isFile()) continue;
    files.set(`/${relative(directory, path).replaceAll('\\', '/')}`, fileOf(readFileSync(path), type, name));
  }
  return files;
}

function fileOf(bytes: Buffer, type: string, name: string): StaticFile {
  const squeezable = bytes.length > 1024 && !/png|woff2|x-icon/.test(type);
  return {
    type,
    bytes,
    gzip: squeezable ? gzipSync(bytes, { level: 9 }) : undefined,
    brotli: squeezable ? brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }) : undefined,
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    immutable: /[-.][A-Za-z0-9_-]{8,}\.(js|css|woff2|svg|png)$/.test(name),
  };
}
