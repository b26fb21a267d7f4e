import type { ElfFile, ElfSymbol } from '../elf/index.ts';
import * as aarch64 from './aarch64.ts';
import { decode, type GeneralRegister } from './x86-64/decode.ts';
import { cheapEntry } from './x86-64/entry-point.ts';

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
  const moved = cheapEntry(decode(elf.bytes(symbol)), liveRegisters);
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
