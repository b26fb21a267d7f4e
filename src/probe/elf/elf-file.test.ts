import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { WirelightError } from '../../base/errors.ts';
import { openElf } from './index.ts';

const folder = mkdtempSync('/tmp/wirelight-elf-');
afterAll(() => rmSync(folder, { recursive: true }));

function codeOf(action: () => unknown): string {
  try {
    action();
    return 'no error';
  } catch (error) {
    if (!(error instanceof WirelightError)) throw error;
    return error.code;
  }
}

/** A file with these bytes. */
function fileOf(bytes: Uint8Array): string {
  const path = join(folder, 'file');
  writeFileSync(path, bytes);
  return path;
}

/** Asks for everything that can be asked for. */
function readAll(path: string): void {
  using elf = openElf(path);
  for (const name of ['main', 'free', '_init', 'crypto/tls.(*Conn).Read']) {
    const symbol = elf.symbol(name);
    if (symbol) elf.bytes(symbol);
  }
}

/** Numbers at which offsets and counts go wrong. */
const EDGES = [0n, 1n, 0x7fn, 0xffffn, 0x7fffffffn, 0xffffffffn, 0x7fffffffffffffffn, 0xffffffffffffffffn];

describe('what the ELF reader says of programs', () => {
  it('knows the program that runs it', () => {
    using node = openElf(process.execPath);
    expect(node.machine).toBe(process.arch === 'arm64' ? 'aarch64' : 'x86-64');
    expect(node.buildId).toMatch(/^[0-9a-f]{16,}$/);
    expect(node.needed).toContain('libc.so.6');
    expect(node.isGo).toBe(false);
    expect(node.goVersion).toBeUndefined();
    expect(node.symbol('no function has this name')).toBeUndefined();
    expect(node.symbol('')).toBeUndefined();
  });

  it('finds an exported function and gives its code', () => {
    using node = openElf(process.execPath);
    // Native modules are linked against it, so every build of node exports it.
    const symbol = node.symbol('napi_module_register');
    expect(symbol?.size).toBeGreaterThan(0);
    expect(symbol && node.bytes(symbol).length).toBe(symbol?.size);
  });

  it('does not give what is needed from elsewhere', () => {
    using node = openElf(process.execPath);
    expect(node.symbol('malloc')?.fileOffset).toBeUndefined();
  });

  it('gives the same hash of the same content where there is no build id', () => {
    const bytes = readFileSync('/bin/true');
    const at = bytes.indexOf('GNU\0', bytes.indexOf(Buffer.from([3, 0, 0, 0, 0x47, 0x4e, 0x55, 0])));
    bytes.write('XXX', at);
    const ids = [fileOf(bytes), fileOf(bytes)].map((path) => openElf(path).buildId);
    bytes[bytes.length - 1] ^= 1;
    expect(ids[0]).toMatch(/^[0-9a-f]{40}$/);
    expect(ids[1]).toBe(ids[0]);
    expect(openElf(fileOf(bytes)).buildId).not.toBe(ids[0]);
  });
});

describe('what the ELF reader does with everything else', () => {
  it('says so where something is no program', () => {
    expect(codeOf(() => openElf(import.meta.filename))).toBe('not_elf');
    expect(codeOf(() => openElf(fileOf(Buffer.from('\x7fELF'))))).toBe('not_elf');
    expect(codeOf(() => openElf(fileOf(Buffer.alloc(0))))).toBe('not_elf');
  });

  it('says so where nothing can be read', () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(codeOf(() => openElf(join(folder, 'absent')))).toBe('elf_unreadable');
    expect(codeOf(() => openElf(folder))).toBe('elf_unreadable');
    expect(codeOf(() => openElf(pipe))).toBe('elf_unreadable');
    expect(codeOf(() => openElf('/dev/zero'))).toBe('elf_unreadable');
  });

  it('takes 32 bits and big-endian numbers for other machines', () => {
    for (const at of [4, 5]) {
      const bytes = readFileSync('/bin/true');
      bytes[at] = at === 4 ? 1 : 2;
      using elf = openElf(fileOf(bytes));
      expect([elf.machine, elf.symbol('main'), elf.needed]).toEqual(['other', undefined, []]);
    }
  });

  it('cannot be asked when it was closed', () => {
    const elf = openElf('/bin/true');
    elf[Symbol.dispose]();
    elf[Symbol.dispose]();
    expect(codeOf(() => elf.bytes({ name: 'x', fileOffset: 300_000, size: 1 }))).toMatch(/^elf_/);
  });

  it('is cut at any place without harm', () => {
    const whole = readFileSync('/bin/true');
    for (let length = 0; length < whole.length; length += 1 + (length >> 5)) {
      const code = codeOf(() => readAll(fileOf(whole.subarray(0, length))));
      expect(['no error', 'not_elf', 'elf_damaged']).toContain(code);
    }
  });

  it('lies about any of its numbers without harm', () => {
    const whole = readFileSync('/bin/true');
    const sections = Number(whole.readBigUInt64LE(40));
    const places = [16, 64, sections].flatMap((start) => Array.from({ length: 260 }, (_, index) => start + index * 4));
    const seen = new Set<string>();
    for (const [index, at] of places.entries()) {
      if (at + 8 > whole.length) continue;
      const bytes = Buffer.from(whole);
      bytes.writeBigUInt64LE(EDGES[index % EDGES.length], at);
      seen.add(codeOf(() => readAll(fileOf(bytes))));
    }
    expect([...seen].filter((code) => !['no error', 'not_elf', 'elf_damaged'].includes(code))).toEqual([]);
    expect(seen).toContain('elf_damaged');
  });
});
