import { readFileSync, readlinkSync, statSync } from 'node:fs';

/** A file whose code a process runs. */
export interface MappedFile {
  /** Where it can be opened, also if the process lives in a container: below /proc/PID/root. */
  readonly path: string;
  /** Tells it from every other file, also from one that takes its place. */
  readonly key: string;
}

/** Libraries that may hold TLS: OpenSSL under any name it is bundled by, GnuTLS, NSS by NSPR, and BoringSSL in Java's Netty and Conscrypt. */
const library = /\/lib(?:ssl|gnutls|nspr4|netty_tcnative|conscrypt)[^/]*\.so[^/]*$/;
const cryptography = /\/libcrypto[^/]*\.so[^/]*$/;

/** The libraries of a process that may hold TLS. Empty where it is gone, or has none. */
export function tlsLibrariesOf(pid: number): MappedFile[] {
  return mapped(pid, library);
}

/** The libraries of a process through which OpenSSL gives its ciphertext away. */
export function cryptoLibrariesOf(pid: number): MappedFile[] {
  return mapped(pid, cryptography);
}

/** The program that a process runs; undefined for kernel threads and where it is gone. */
export function programOf(pid: number): MappedFile | undefined {
  const path = `/proc/${pid}/exe`;
  const key = keyOf(path);
  return key === undefined ? undefined : { path, key };
}

/** A library on this host, whether or not it is used now. */
export function fileAt(path: string): MappedFile | undefined {
  const key = keyOf(path);
  return key === undefined ? undefined : { path, key };
}

/** Where the executable of a process is, as it sees it; '' where it is gone. */
export function executablePath(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return '';
  }
}

function mapped(pid: number, name: RegExp): MappedFile[] {
  let maps: string;
  try {
    maps = readFileSync(`/proc/${pid}/maps`, 'latin1');
  } catch {
    return [];
  }
  const found = new Map<string, MappedFile>();
  for (const line of maps.split('\n')) {
    // address permissions offset device inode path
    const at = line.indexOf('/');
    if (at < 0 || !line.includes('r-xp') || found.has(line.slice(at))) continue;
    const path = line.slice(at);
    if (!name.test(path)) continue;
    const file = fileAt(`/proc/${pid}/root${path}`);
    if (file !== undefined) found.set(path, file);
  }
  return [...found.values()];
}

function keyOf(path: string): string | undefined {
  try {
    const { dev, ino, size, mtimeMs } = statSync(path);
    return `${dev}:${ino}:${size}:${mtimeMs}`;
  } catch {
    return undefined;
  }
}
