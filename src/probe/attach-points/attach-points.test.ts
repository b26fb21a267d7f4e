import { describe, expect, it } from 'vitest';
import type { ElfFile, ElfSymbol } from '../elf/index.ts';
import { calleeAt, entryPoint, exitPoints, returnPoints } from './index.ts';
import { isEmulated } from './x86-64/emulated.ts';

/** A function of these bytes, at offset 0x1000 of its file. */
function functionOf(digits: string, machine: ElfFile['machine'] = 'x86-64'): [ElfFile, ElfSymbol] {
  const code = Buffer.from(digits.replace(/\s+/g, ''), 'hex');
  const elf: ElfFile = {
    machine,
    buildId: '',
    identity: '',
    needed: [],
    isGo: false,
    goVersion: undefined,
    symbol: () => undefined,
    bytes: () => code,
    [Symbol.dispose]: () => {},
  };
  return [elf, { name: 'f', fileOffset: 0x1000, size: code.length }];
}

/** SSL_read of Debian's OpenSSL 3.0, x86-64. */
const SSL_READ = `
  4883ec18 64488b042528000000 4889442408 31c0 85d2 782f 4889e1 4863d2 e83dfeffff 85c0 7e03 8b0424
  488b542408 64482b142528000000 7544 4883c418 31d2 31c9 31f6 31ff c3
  e84423feff 488d1505d50400 be4c070000 488d3d62cc0400 e82c26feff 31c0 31d2 be0f010000 bf14000000 e84723feff
  b8ffffffff ebac e8`;

describe('the cheapest place to see a call', () => {
  it('is the first instruction where the kernel emulates that', () => {
    expect(entryPoint(...functionOf('55 4889e5 5d c3'))).toEqual({ fileOffset: 0x1000, cheap: true, moved: 0 });
    expect(entryPoint(...functionOf('4157 415f c3'))).toEqual({ fileOffset: 0x1000, cheap: true, moved: 0 });
  });

  it('is where SSL_read looks at its third argument, at which all three are still there', () => {
    const [elf, symbol] = functionOf(`${SSL_READ}00000000`);
    expect(entryPoint(elf, symbol, ['rdi', 'rsi', 'rdx'])).toEqual({ fileOffset: 0x1016, cheap: true, moved: 22 });
  });

  it('is the function itself where an argument is written before', () => {
    // sub $8,%rsp; mov %edx,%ecx; jmp
    const [elf, symbol] = functionOf('4883ec08 89d1 eb00 c3');
    expect(entryPoint(elf, symbol)).toEqual({ fileOffset: 0x1000, cheap: false, moved: 0 });
    expect(entryPoint(elf, symbol, ['rdi', 'rsi', 'rdx'])).toEqual({ fileOffset: 0x1006, cheap: true, moved: 6 });
  });

  it('sees what is written without being named', () => {
    // mov $1,%eax; mul %r8 (writes rdx); nop; ret
    expect(entryPoint(...functionOf('b801000000 49f7e0 90 c3')).cheap).toBe(false);
    // rep movsb (writes rdi, rsi, rcx); nop; ret
    expect(entryPoint(...functionOf('f3a4 90 c3')).cheap).toBe(false);
    // mov %dl,%sil writes a part of rsi; nop; ret
    expect(entryPoint(...functionOf('4088d6 90 c3')).cheap).toBe(false);
  });

  it('is not within a loop, which would count a call several times', () => {
    // test %edi,%edi; top: push %rax; pop %rax; dec %r8; jne top; ret
    expect(entryPoint(...functionOf('85ff 50 58 49ffc8 75f9 c3')).cheap).toBe(false);
  });

  it('is behind the check of the stack in a function of Go, from where it may start anew', () => {
    // cmp 0x10(%r14),%rsp; jbe 1f; push %rbp; pop %rbp; ret; 1: call; jmp start
    const [elf, symbol] = functionOf('493b6610 7603 55 5d c3 e800000000 ebf0');
    expect(entryPoint(elf, symbol, ['rax', 'rbx'])).toEqual({ fileOffset: 0x1006, cheap: true, moved: 6 });
  });

  it('is the function itself where its code is not understood', () => {
    expect(entryPoint(...functionOf('4883ec08 06 90 c3'))).toEqual({ fileOffset: 0x1000, cheap: false, moved: 0 });
    expect(entryPoint(...functionOf('90', 'other'))).toEqual({ fileOffset: 0x1000, cheap: false, moved: 0 });
  });
});

describe('what the kernel emulates', () => {
  it.each([
    ['push %rbp', '55', true],
    ['push %r15', '4157', true],
    ['push %rbp with a prefix that changes nothing', '4055', false],
    ['nop', '90', true],
    ['nop of 5 bytes', '0f1f440000', true],
    ['nop of 10 bytes, which it does not know', '662e0f1f840000000000', false],
    ['xchg %r8,%rax, which looks like a nop', '4990', false],
    ['endbr64', 'f30f1efa', false],
    ['call', 'e800000000', true],
    ['call through a register', 'ffd0', false],
    ['jmp', 'eb00', true],
    ['jne near', '0f8500000000', true],
    ['a jump with an operand size prefix, which is refused', '66e900000000', false],
    ['jrcxz', 'e300', false],
    ['ret', 'c3', false],
    ['sub $8,%rsp', '4883ec08', false],
  ])('%s', (_, digits, expected) => {
    expect(isEmulated(Buffer.from(digits, 'hex'))).toBe(expected);
  });
});

describe('where calls end', () => {
  it('is every return of a function', () => {
    // je; ret; mov $0xc3,%eax holds no return; repz ret
    expect(returnPoints(...functionOf('7401 c3 b8c3000000 f3c3'))).toEqual([0x1002, 0x1008]);
  });

  it('is every return of a function of aarch64', () => {
    // mov x0,x1; ret; autiasp; retaa
    expect(returnPoints(...functionOf('e00301aa c0035fd6 bf2303d5 ff0b5fd6', 'aarch64'))).toEqual([0x1004, 0x100c]);
  });

  it('is where SSL_read checks its stack, with the result in its register', () => {
    expect(exitPoints(...functionOf(`${SSL_READ}00000000`))).toEqual([{ fileOffset: 0x1038, cheap: true }]);
  });

  it('is the return where the result is written last', () => {
    // push %rbx; pop %rbx; jmp 1f; 1: mov %ecx,%eax; ret
    expect(exitPoints(...functionOf('53 5b eb00 89c8 c3'))).toEqual([{ fileOffset: 0x1006, cheap: false }]);
  });

  it('is not what others come by', () => {
    // xor %eax,%eax; test %edi,%edi; je 1f; nop; 1: ret
    expect(exitPoints(...functionOf('31c0 85ff 7401 90 c3'))).toEqual([{ fileOffset: 0x1007, cheap: false }]);
  });

  it('cannot be said where a function goes on in another', () => {
    expect(exitPoints(...functionOf('4883ec08 4883c408 e9ffff0000'))).toBeUndefined();
    expect(exitPoints(...functionOf('ffe0'))).toBeUndefined();
  });
});

describe('a function that another calls', () => {
  it('is where the call leads', () => {
    const [elf, symbol] = functionOf('4883ec08 e8f7ff0000 4883c408 c3');
    expect(calleeAt(elf, symbol, 0x1004)?.fileOffset).toBe(0x11000);
    expect(calleeAt(elf, symbol, 0x1000)).toBeUndefined();
  });
});
