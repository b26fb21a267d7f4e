import { type Decoded, type GeneralRegister, type Instruction, registersWritten } from './decode.ts';
import { isEmulated } from './emulated.ts';

/** An exit of a function: bytes from its start. */
export interface CheapExit {
  readonly at: number;
  readonly cheap: boolean;
}

/**
 * For each return of a function the place before it that is passed by exactly the calls that end there, with the
 * result already in its register: an emulated instruction where there is one, else the return itself. Undefined where
 * the function may be left in another way that gives back a result (it jumps into another function, or to where a
 * table says), or where its code is not understood.
 */
export function cheapExits(decoded: Decoded, result: GeneralRegister): readonly CheapExit[] | undefined {
  const { code, instructions, complete } = decoded;
  if (!complete) return undefined;
  const indexOf = new Map(instructions.map(({ at }, index) => [at, index]));
  const leaves = ({ flow, target }: Instruction) =>
    flow === 'indirect' ||
    flow === 'unknown' ||
    ((flow === 'jump' || flow === 'branch') && (target === undefined || !indexOf.has(target)));
  if (instructions.some(leaves)) return undefined;

  const targets = new Set(
    instructions.flatMap(({ flow, target }) => (flow === 'call' || target === undefined ? [] : [target])),
  );
  const returning = whatReturns(instructions, indexOf);
  return instructions.flatMap(({ at, flow }, index): CheapExit[] => {
    if (flow !== 'return') return [];
    for (let before = index - 1; before >= 0; before--) {
      const instruction = instructions[before];
      // From here on others join who did not come by what is before.
      if (targets.has(instructions[before + 1].at)) break;
      const elsewhere = instruction.target === undefined ? undefined : indexOf.get(instruction.target);
      const staysOn =
        instruction.flow === 'next' ||
        (instruction.flow === 'branch' && elsewhere !== undefined && !returning[elsewhere]);
      if (!staysOn) break;
      if (isEmulated(code.subarray(instruction.at, instruction.at + instruction.length))) {
        return [{ at: instruction.at, cheap: true }];
      }
      if (registersWritten(decoded, instruction).has(result)) break;
    }
    return [{ at, cheap: false }];
  });
}

/** Which instructions a return can follow, by index. Calls are taken to come back. */
function whatReturns(instructions: readonly Instruction[], indexOf: ReadonlyMap<number, number>): readonly boolean[] {
  const before = new Map<number, number[]>();
  const leads = (from: number, to: number | undefined) => {
    if (to === undefined) return;
    const known = before.get(to);
    if (known) known.push(from);
    else before.set(to, [from]);
  };
  const returning = new Array<boolean>(instructions.length).fill(false);
  const open: number[] = [];
  for (const [index, { flow, target }] of instructions.entries()) {
    if (flow === 'next' || flow === 'call' || flow === 'branch') leads(index, index + 1);
    if ((flow === 'jump' || flow === 'branch') && target !== undefined) leads(index, indexOf.get(target));
    if (flow === 'return') open.push(index);
  }
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (returning[index]) continue;
    returning[index] = true;
    for (const earlier of before.get(index) ?? []) open.push(earlier);
  }
  return returning;
}
