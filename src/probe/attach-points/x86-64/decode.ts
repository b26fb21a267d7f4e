import { createRequire } from 'node:module';
import type * as Iced from 'iced-x86';

/** A general register of 64 bits. */
export type GeneralRegister = (typeof GENERAL_REGISTERS)[number];

/** In the order in which machine code counts them. */
export const GENERAL_REGISTERS = [
  'rax',
  'rcx',
  'rdx',
  'rbx',
  'rsp',
  'rbp',
  'rsi',
  'rdi',
  'r8',
  'r9',
  'r10',
  'r11',
  'r12',
  'r13',
  'r14',
  'r15',
] as const;

/**
 * Where an instruction leads: on; away for good; perhaps away; to a function and back; out of this one; to where a
 * register or memory says; nowhere (a trap); who knows.
 */
export type Flow = 'next' | 'jump' | 'branch' | 'call' | 'return' | 'indirect' | 'stop' | 'unknown';

/** One instruction. */
export interface Instruction {
  /** Bytes from the start of the code. */
  readonly at: number;
  readonly length: number;
  readonly flow: Flow;
  /** Where a direct jump, branch or call leads, in bytes from the start of the code; may be outside of it. */
  readonly target: number | undefined;
}

/** Code cut into instructions. */
export interface Decoded {
  readonly code: Uint8Array;
  readonly instructions: readonly Instruction[];
  /** Whether all of the code was understood; if not, the instructions end where it was not. */
  readonly complete: boolean;
}

const require = createRequire(import.meta.url);
let loaded: typeof Iced | undefined;

/** The decoder is 800 KB of WebAssembly: it is loaded (40 ms) when the first code is to be read. */
function iced(): typeof Iced {
  loaded ??= require('iced-x86') as typeof Iced;
  return loaded;
}

/** Cuts the code of a function into instructions, from its first byte on, one after the other. */
export function decode(code: Uint8Array): Decoded {
  const { Decoder, DecoderOptions, Instruction: IcedInstruction, OpKind } = iced();
  const decoder = new Decoder(64, code, DecoderOptions.None);
  const instruction = new IcedInstruction();
  try {
    const instructions: Instruction[] = [];
    let at = 0;
    while (decoder.canDecode) {
      decoder.decodeOut(instruction);
      if (instruction.isInvalid) return { code, instructions, complete: false };
      const flow = flowOf(instruction);
      const direct = instruction.op0Kind === OpKind.NearBranch64;
      instructions.push({
        at,
        length: instruction.length,
        flow,
        target: direct ? Number(BigInt.asIntN(64, instruction.nearBranchTarget)) : undefined,
      });
      at += instruction.length;
    }
    return { code, instructions, complete: true };
  } finally {
    instruction.free();
    decoder.free();
  }
}

function flowOf(instruction: Iced.Instruction): Flow {
  const { FlowControl, Mnemonic } = iced();
  switch (instruction.flowControl) {
    case FlowControl.Next:
      return 'next';
    case FlowControl.UnconditionalBranch:
      return 'jump';
    case FlowControl.ConditionalBranch:
      return 'branch';
    case FlowControl.Call:
    case FlowControl.IndirectCall:
      return 'call';
    case FlowControl.Return:
      return instruction.mnemonic === Mnemonic.Ret ? 'return' : 'unknown';
    case FlowControl.IndirectBranch:
      return 'indirect';
    case FlowControl.Exception:
    case FlowControl.Interrupt:
      return 'stop';
    default:
      return 'unknown';
  }
}

/** The general registers that an instruction changes or may change, also those it changes without naming them. */
export function registersWritten({ code }: Decoded, { at, length }: Instruction): ReadonlySet<GeneralRegister> {
  const { Decoder, DecoderOptions, InstructionInfoFactory, OpAccess, Register, RegisterExt } = iced();
  const decoder = new Decoder(64, code.subarray(at, at + length), DecoderOptions.None);
  const instruction = decoder.decode();
  const factory = new InstructionInfoFactory();
  const info = factory.info(instruction);
  try {
    const written = new Set<GeneralRegister>();
    for (const used of info.usedRegisters() as Iced.UsedRegister[]) {
      const onlyRead = [OpAccess.None, OpAccess.Read, OpAccess.CondRead, OpAccess.NoMemAccess].includes(used.access);
      const number = RegisterExt.fullRegister(used.register) - Register.RAX;
      if (!onlyRead && number >= 0 && number < GENERAL_REGISTERS.length) written.add(GENERAL_REGISTERS[number]);
      used.free();
    }
    return written;
  } finally {
    info.free();
    factory.free();
    instruction.free();
    decoder.free();
  }
}
