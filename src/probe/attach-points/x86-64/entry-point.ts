import { type Decoded, type GeneralRegister, type Instruction, registersWritten } from './decode.ts';
import { isEmulated } from './emulated.ts';

/** Longer is no prologue. */
const MOST_INSTRUCTIONS = 64;

/**
 * The first instruction that every call of a function executes once, that is emulated, and before which none of the
 * live registers is written: bytes from the function's start, or undefined where there is none.
 *
 * Nothing is asked of the stack pointer: what is attached there reads arguments from registers. It walks from the
 * function's first instruction to the first that may lead elsewhere. The check of the stack's size at the start of Go
 * functions is passed, since from where it leads the function begins anew.
 */
export function cheapEntry(decoded: Decoded, live: readonly GeneralRegister[]): number | undefined {
  if (!decoded.complete) return undefined;
  const { code, instructions } = decoded;
  const jumps = instructions.filter(({ flow, target }) => flow !== 'call' && target !== undefined);
  const targets = new Set(jumps.map(({ target }) => target));
  const restarts = new Set(jumps.filter(({ target }) => target === 0).map(({ at }) => at));

  for (const instruction of instructions.slice(0, MOST_INSTRUCTIONS)) {
    const { at, length, flow } = instruction;
    // Whoever jumps here comes by more than once a call.
    if (at > 0 && targets.has(at)) return undefined;
    const once = at === 0 || restarts.size === 0;
    if (once && isEmulated(code.subarray(at, at + length))) return at;
    if (flow === 'branch') {
      const restart = restartOf(instructions, instruction.target);
      if (restart === undefined) return undefined;
      restarts.delete(restart);
    } else if (flow !== 'next') {
      return undefined;
    }
    const written = registersWritten(decoded, instruction);
    if (live.some((register) => written.has(register))) return undefined;
  }
  return undefined;
}

/** Where the way from a branch's target leads, over calls alone, back to the function's start: the jump that does. */
function restartOf(instructions: readonly Instruction[], target: number | undefined): number | undefined {
  const start = instructions.findIndex(({ at }) => at === target);
  if (start < 0) return undefined;
  for (const { at, flow, target: next } of instructions.slice(start, start + MOST_INSTRUCTIONS)) {
    if (flow === 'jump') return next === 0 ? at : undefined;
    if (flow !== 'next' && flow !== 'call') return undefined;
  }
  return undefined;
}
