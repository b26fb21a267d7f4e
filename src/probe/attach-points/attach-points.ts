import type { ElfFile, ElfSymbol } from '../elf/index.ts';
import * as aarch64 from './aarch64.ts';
import { decode, type GeneralRegister } from './x86-64/decode.ts';
import { cheapEntry } from './x86-64/entry-point.ts';
import { cheapExits } from './x86-64/exit-points.ts';

/** Where to attach a uprobe. */
export interface EntryPoint {
  /** Bytes from the start of the file. */
  readonly fileOffset: number;
  /** Whether the kernel emulates the instruction there (below 1 us a hit) rather than single-stepping it (15 us). */
  readonly cheap: boolean;
  /**
   * Bytes behind the function's first instruction. Where it is not 0 the stack pointer may have moved: a return probe
   * (uretprobe), which takes the return address from the top of the stack, must not be attached there.
   */
  readonly moved: number;
}

/** The first four arguments by the System V calling convention. */
const ARGUMENTS: readonly GeneralRegister[] = ['rdi', 'rsi', 'rdx', 'rcx'];

/**
 * Where to see every call of a function once, with its arguments in their registers, at the least cost: the first
 * emulated instruction that is reached before any of them is written, or the function's first one where there is none.
 *
 * @param liveRegisters x86-64 registers that must still hold what the caller put there: the fewer, the likelier a
 *   cheap point. For functions of Go those are rax, rbx, rcx, rdi, rsi, r8 ... in this order.
 *
 * @example
 * const read = elf.symbol('SSL_read'); // sub $0x18,%rsp; mov %fs:0x28,%rax; ...; test %edx,%edx; js ...
 * entryPoint(elf, read, ['rdi', 'rsi', 'rdx']); // { fileOffset: read.fileOffset + 22, cheap: true, moved: 22 }
 *
 * @throws WirelightError where the file cannot be read
 */
export function entryPoint(
  elf: ElfFile,
  symbol: ElfSymbol,
  liveRegisters: readonly GeneralRegister[] = ARGUMENTS,
): EntryPoint {
  const start = { fileOffset: symbol.fileOffset, moved: 0 };
  if (elf.machine === 'aarch64') return { ...start, cheap: aarch64.isSimulated(elf.bytes(symbol)) };
  if (elf.machine !== 'x86-64') return { ...start, cheap: false };
  const decoded = decode(elf.bytes(symbol));
  // Where the size is not known the code is cut somewhere, most likely within an instruction of another function.
  const moved = cheapEntry(symbol.size === 0 ? { ...decoded, complete: true } : decoded, liveRegisters);
  return moved === undefined
    ? { ...start, cheap: false }
    : { fileOffset: symbol.fileOffset + moved, cheap: true, moved };
}

/**
 * Where a function returns: every RET, as bytes from the start of the file. For functions of Go, whose stacks move, so
 * that return probes crash them. Empty where the size of the function is not known.
 *
 * @throws WirelightError where the file cannot be read
 */
export function returnPoints(elf: ElfFile, symbol: ElfSymbol): readonly number[] {
  if (symbol.size === 0 || elf.machine === 'other') return [];
  const code = elf.bytes(symbol);
  const returns =
    elf.machine === 'aarch64'
      ? aarch64.returns(code)
      : decode(code).instructions.flatMap(({ at, flow }) => (flow === 'return' ? [at] : []));
  return returns.map((at) => symbol.fileOffset + at);
}

/** Where to attach a uprobe that sees calls of a function end. */
export interface ExitPoint {
  /** Bytes from the start of the file. */
  readonly fileOffset: number;
  /** Whether the kernel emulates the instruction there rather than single-stepping it. */
  readonly cheap: boolean;
}

/**
 * Where to see every call of a function end once, with its result already in `rax`, by plain
 * uprobes: instead of a return probe, which has to be attached to the function's first instruction, cheap or not.
 * Undefined where the function has exits that cannot be seen so (it jumps into another function, or by a table), or
 * where its code or its size is not known, or is not x86-64: then only a return probe sees them all.
 *
 * @example
 * exitPoints(elf, read); // SSL_read: [{ fileOffset: read.fileOffset + 56, cheap: true }], where it checks its stack
 *
 * @throws WirelightError where the file cannot be read
 */
export function exitPoints(elf: ElfFile, symbol: ElfSymbol): readonly ExitPoint[] | undefined {
  if (elf.machine !== 'x86-64' || symbol.size === 0) return undefined;
  const exits = cheapExits(decode(elf.bytes(symbol)), 'rax');
  return exits?.map(({ at, cheap }) => ({ fileOffset: symbol.fileOffset + at, cheap }));
}

/**
 * The function that the direct call or jump at a place of another one leads to, as a symbol without a size: what
 * `SSL_read_ex` does is done by a static function that it calls first, which begins more cheaply, gets the same
 * arguments, and can bear a return probe. Undefined where there is no such instruction. Through a procedure linkage
 * table it leads only to the table.
 *
 * @param at bytes from the start of the file, as {@link entryPoint} gives them
 */
export function calleeAt(elf: ElfFile, symbol: ElfSymbol, at: number): ElfSymbol | undefined {
  if (elf.machine !== 'x86-64') return undefined;
  const { instructions } = decode(elf.bytes(symbol));
  const found = instructions.find((instruction) => instruction.at === at - symbol.fileOffset);
  if (found?.target === undefined || (found.flow !== 'call' && found.flow !== 'jump')) return undefined;
  return { name: `called by ${symbol.name}`, fileOffset: symbol.fileOffset + found.target, size: 0 };
}
