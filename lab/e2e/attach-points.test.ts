import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WirelightError } from '../../src/base/errors.ts';
import {
  type EntryPoint,
  entryPoint,
  exitPoints,
  type GeneralRegister,
  returnPoints,
} from '../../src/probe/attach-points/index.ts';
import { decode } from '../../src/probe/attach-points/x86-64/decode.ts';
import { type ElfFile, type ElfSymbol, openElf } from '../../src/probe/elf/index.ts';
import { programPath } from '../run/packages.ts';
import { suite } from '../run/requires.ts';

/** An instruction as objdump prints it: bytes from the start of the function, and the text. */
interface Printed {
  readonly at: number;
  readonly text: string;
}

interface PrintedFunction {
  readonly name: string;
  readonly address: number;
  readonly instructions: readonly Printed[];
}

/** The functions of a program's code as objdump cuts it. What holds data, which objdump prints as bad code, is left out. */
function disassemble(path: string, ...range: readonly string[]): PrintedFunction[] {
  const options = ['-d', '-w', '--no-show-raw-insn', '-j', '.text', ...range];
  const printed = execFileSync('objdump', [...options, path], { encoding: 'latin1', maxBuffer: 1 << 30 });
  const functions: { name: string; address: number; instructions: Printed[] }[] = [];
  for (const line of printed.split('\n')) {
    const title = /^([0-9a-f]{8,}) <(.*)>:$/.exec(line);
    if (title) functions.push({ name: title[2], address: Number.parseInt(title[1], 16), instructions: [] });
    const instruction = /^ +([0-9a-f]+):\t(.*)$/.exec(line);
    const current = functions.at(-1);
    if (!instruction || !current) continue;
    current.instructions.push({
      at: Number.parseInt(instruction[1], 16) - current.address,
      text: instruction[2].trim(),
    });
  }
  return functions.filter(({ instructions }) => !instructions.some(({ text }) => text.includes('(bad)')));
}

/** Bytes from an address to the start of the file, of a program's code. */
function fileOffsetOf(path: string): number {
  const header = execFileSync('objdump', ['-h', '-j', '.text', path], { encoding: 'latin1' });
  const [, address, , offset] = (/\.text +.*/.exec(header)?.[0] ?? '')
    .split(/ +/)
    .slice(1)
    .map((x) => Number.parseInt(x, 16));
  return offset - address;
}

/** Where a library is that a program loads, or undefined. */
function libraryOf(program: string, library: string): string | undefined {
  const path = programPath(program);
  if (path === undefined) return undefined;
  const needed = execFileSync('ldd', [path], { encoding: 'utf8' });
  return new RegExp(`${library.replace('.', '\\.')}[^ ]* => (\\S+)`).exec(needed)?.[1];
}

/** Functions that are cut otherwise than objdump cuts them. */
function cutOtherwise(path: string, functions: readonly PrintedFunction[]): string[] {
  using elf = openElf(path);
  const shift = fileOffsetOf(path);
  return functions.flatMap(({ name, address, instructions }, index) => {
    const end = functions[index + 1]?.address;
    const last = instructions.at(-1);
    if (end === undefined || last === undefined) return [];
    // Up to the last instruction, whose length objdump does not say.
    const code = elf.bytes({ name, fileOffset: address + shift, size: Math.min(end - address, last.at + 16) });
    const found = new Set(decode(code).instructions.map(({ at }) => at));
    const ours = [...found].filter((at) => at <= last.at).join();
    return ours === instructions.map(({ at }) => at).join() ? [] : [name];
  });
}

const arguments_: readonly GeneralRegister[] = ['rdi', 'rsi', 'rdx', 'rcx'];
/** Names of the registers and of their parts, as the destination of an instruction in AT&T syntax. */
const argumentNames = /%([re]?di|[re]?si|[re]?dx|[re]?cx|dil|sil|d[lh]|c[lh])$/;
const emulated = /^(bnd |notrack )?(push|nop|j[a-z]+|call|data16 nop|cs nop|xchg +%ax,%ax)/;
const reads = /^(cmp|test|bt |ucomis|comis|nop|push|j)/;

/** What is wrong with an entry point by what objdump prints of the function, '' where nothing is. */
function faultOf(instructions: readonly Printed[], { moved, cheap }: EntryPoint): string {
  const chosen = instructions.findIndex(({ at }) => at === moved);
  if (chosen < 0) return 'is within an instruction';
  if (!cheap) return moved === 0 ? '' : 'moved for nothing';
  if (!emulated.test(instructions[chosen].text)) return `is ${instructions[chosen].text}`;
  for (const { text } of instructions.slice(0, chosen)) {
    if (/^(call|ret|jmp|syscall|rep |mul|div|cpuid)/.test(text)) return `is behind ${text}`;
    const operands = text.replace(/ +[#<].*$/, '');
    if (!reads.test(text) && argumentNames.test(operands)) return `is behind ${text}`;
  }
  return '';
}

/** What is wrong with where a function's calls end, by what objdump prints of it, '' where nothing is. */
function exitFaultOf(instructions: readonly Printed[], exits: readonly number[]): string {
  const returns = instructions.filter(({ text }) => /^(repz )?ret/.test(text)).length;
  if (exits.length !== returns) return `has ${exits.length} ends and ${returns} returns`;
  for (const exit of exits) {
    const first = instructions.findIndex(({ at }) => at === exit);
    if (first < 0) return 'ends within an instruction';
    for (const { text } of instructions.slice(first)) {
      if (/^(repz )?ret/.test(text)) break;
      if (/^(call|jmp|mul|div|imul|cltq|cwtl|xchg)/.test(text)) return `has ${text} behind its end`;
      if (!reads.test(text) && /%([re]?ax|al|ah)$/.test(text)) return `has ${text} behind its end`;
    }
  }
  return '';
}

const libraries = [
  { library: 'libssl', program: 'openssl' },
  { library: 'libgnutls', program: 'gnutls-cli' },
  { library: 'libnettle', program: 'gnutls-cli' },
  { library: 'libc.so', program: 'openssl' },
];
const elsewhere = process.arch === 'x64' ? undefined : 'reads x86-64 code';

suite('machine code', { packages: ['binutils', 'openssl', 'gnutls-bin'], unless: elsewhere }, () => {
  it.each(libraries)('of the whole of $library is cut as objdump cuts it', ({ library, program }) => {
    const path = libraryOf(program, library);
    expect(path).toBeDefined();
    const functions = disassemble(path ?? '');
    expect(functions.length).toBeGreaterThan(100);
    expect(cutOtherwise(path ?? '', functions)).toEqual([]);
  });

  it('of node is cut as objdump cuts it', () => {
    using node = openElf(process.execPath);
    const shift = fileOffsetOf(process.execPath);
    for (const name of ['napi_module_register', 'SSL_read', 'SSL_write', 'uv_run', 'napi_create_object']) {
      const symbol = node.symbol(name);
      if (!symbol) continue;
      const start = symbol.fileOffset - shift;
      const range = [`--start-address=${start}`, `--stop-address=${start + 300_000}`];
      expect(cutOtherwise(process.execPath, disassemble(process.execPath, ...range))).toEqual([]);
    }
  });

  /** The exported functions of a library, with what objdump prints of each. */
  function exportedBy(elf: ElfFile, path: string): { symbol: ElfSymbol; instructions: readonly Printed[] }[] {
    const shift = fileOffsetOf(path);
    return disassemble(path).flatMap(({ name, address, instructions }) => {
      const symbol = elf.symbol(name.replace(/@.*$/, ''));
      if (symbol?.fileOffset !== address + shift) return [];
      return [{ symbol, instructions: instructions.filter(({ at }) => at < symbol.size) }];
    });
  }

  it.each(['libssl', 'libgnutls'])('of %s says where calls end with the result in its register', (library) => {
    const path = libraryOf('gnutls-cli', library) ?? libraryOf('openssl', library) ?? '';
    using elf = openElf(path);
    const ends = exportedBy(elf, path).flatMap(({ symbol, instructions }) => {
      const exits = exitPoints(elf, symbol);
      return exits === undefined ? [] : [{ symbol, instructions, exits }];
    });
    const faults = ends.flatMap(({ symbol, instructions, exits }) => {
      const fault = exitFaultOf(
        instructions,
        exits.map(({ fileOffset }) => fileOffset - symbol.fileOffset),
      );
      return fault === '' ? [] : [`${symbol.name} ${fault}`];
    });
    expect(faults).toEqual([]);
    expect(ends.length).toBeGreaterThan(200);
    expect(ends.some(({ exits }) => exits.some(({ cheap }) => cheap))).toBe(true);
  });

  it.each(['libssl', 'libgnutls'])('of %s gives entry points at which all arguments are there', (library) => {
    const path = libraryOf('gnutls-cli', library) ?? libraryOf('openssl', library) ?? '';
    using elf = openElf(path);
    const exported = exportedBy(elf, path);
    expect(exported.length).toBeGreaterThan(300);
    const points = exported.map(({ symbol, instructions }) => ({
      symbol,
      instructions,
      point: entryPoint(elf, symbol, arguments_),
    }));
    const faults = points.flatMap(({ symbol, instructions, point }) => {
      const fault = faultOf(instructions, point);
      return fault === '' ? [] : [`${symbol.name}+${point.moved} ${fault}`];
    });
    expect(faults).toEqual([]);
    expect(points.filter(({ point }) => point.cheap).length).toBeGreaterThan(points.length / 3);
  });
});

const noGo = programPath('go') === undefined ? 'needs Go to build a program' : elsewhere;

suite('programs of Go', { packages: ['binutils'], unless: noGo }, () => {
  const folder = mkdtempSync('/tmp/wirelight-go-');
  const names = ['crypto/tls.(*Conn).Read', 'crypto/tls.(*Conn).Write'];
  const builds = {
    whole: [],
    stripped: ['-ldflags=-s -w'],
    'position-independent': ['-buildmode=pie', '-ldflags=-s -w'],
  } as const;
  const pathOf = (build: string) => join(folder, build);

  beforeAll(() => {
    const source = 'package main\nimport "net/http"\nfunc main() { http.Get("https://127.0.0.1:1/") }\n';
    writeFileSync(join(folder, 'main.go'), source);
    writeFileSync(join(folder, 'go.mod'), 'module example\ngo 1.21\n');
    for (const [build, options] of Object.entries(builds)) {
      execFileSync('go', ['build', ...options, '-o', pathOf(build), '.'], { cwd: folder, stdio: 'pipe' });
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function functionsOf(elf: ElfFile): ElfSymbol[] {
    return names.flatMap((name) => elf.symbol(name) ?? []);
  }

  it.each(Object.keys(builds))('are known as such and give their functions: %s', (build) => {
    using elf = openElf(pathOf(build));
    const version = execFileSync('go', ['version', pathOf(build)], { encoding: 'utf8' });
    expect(elf.isGo).toBe(true);
    expect(version).toContain(elf.goVersion);
    expect(functionsOf(elf).map(({ name }) => name)).toEqual(names);
    expect(elf.symbol('crypto/tls.(*Conn).Rea')).toBeUndefined();
    for (const symbol of functionsOf(elf)) {
      const point = entryPoint(elf, symbol, ['rax', 'rbx', 'rcx', 'r14']);
      // push %rbp, behind the check of the stack
      expect([point.cheap, elf.bytes(symbol)[point.moved]]).toEqual([true, 0x55]);
      const code = elf.bytes(symbol);
      expect(returnPoints(elf, symbol).map((at) => code[at - symbol.fileOffset])).not.toContain(undefined);
    }
  });

  it('have the same code where they were stripped', () => {
    using whole = openElf(pathOf('whole'));
    using stripped = openElf(pathOf('stripped'));
    const offsets = (elf: ElfFile) => functionsOf(elf).map(({ fileOffset }) => fileOffset);
    expect(offsets(stripped)).toEqual(offsets(whole));
  });

  it('are cut as objdump cuts them, with all of their returns', () => {
    const functions = disassemble(pathOf('whole'));
    expect(cutOtherwise(pathOf('whole'), functions)).toEqual([]);
    using elf = openElf(pathOf('whole'));
    for (const name of names) {
      const symbol = elf.symbol(name);
      const printed = functions.find((candidate) => candidate.name === name);
      const returns = printed?.instructions.filter(({ text }) => text === 'ret').map(({ at }) => at);
      expect(returns?.length).toBeGreaterThan(1);
      expect(symbol && returnPoints(elf, symbol).map((at) => at - symbol.fileOffset)).toEqual(returns);
    }
  });

  it('lie about their function table without harm', () => {
    const bytes = readFileSync(pathOf('stripped'));
    const table = bytes.indexOf(Buffer.from([0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8]));
    expect(table).toBeGreaterThan(0);
    const path = pathOf('mutant');
    const damage: string[] = [];
    for (let index = 0; index < 150; index++) {
      const mutant = Buffer.from(bytes);
      const at = table + (index % 20) * 4;
      mutant.writeUInt32LE([0, 1, 0xffff, 0x7fffffff, 0xffffffff, 0x100000][index % 6], at);
      // In the rows of the table as well.
      mutant[table + 72 + ((index * 7919) % 2_000_000)] ^= 0xff;
      writeFileSync(path, mutant);
      try {
        using elf = openElf(path);
        for (const symbol of functionsOf(elf)) {
          entryPoint(elf, symbol);
          returnPoints(elf, symbol);
        }
      } catch (error) {
        if (!(error instanceof WirelightError)) damage.push(String(error));
      }
    }
    expect(damage).toEqual([]);
  });
});
