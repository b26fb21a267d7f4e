import { entryPoint, exitPoints, returnPoints } from '../attach-points/index.ts';
import type { ElfFile } from '../elf/index.ts';
import { type TlsFunction, type TlsLibrary, tlsFunctions } from './functions.ts';

/** One place in a file where one kernel program is attached. */
export interface ProbePoint {
  readonly program: string;
  readonly fileOffset: number;
  /** Attached to where the function returns to (uretprobe) rather than to the instruction itself. */
  readonly onReturn: boolean;
  /** Whether the kernel emulates the instruction that gives way to it. */
  readonly cheap: boolean;
  /** At the beginning of calls, or at their end. */
  readonly at: 'call' | 'return';
}

/**
 * Where to attach what in a program or library, so that every call is seen once and costs little. Empty where the file
 * has none of the family's functions.
 * @throws WirelightError where the file cannot be read
 */
export function planProbes(elf: ElfFile, library: TlsLibrary): readonly ProbePoint[] {
  return tlsFunctions[library].flatMap((wanted) => {
    const symbol = elf.symbol(wanted.symbol);
    if (symbol === undefined) return [];
    if (wanted.unless !== undefined && elf.symbol(wanted.unless) !== undefined) return [];
    return pointsOf(elf, symbol, wanted, library === 'go');
  });
}

function pointsOf(
  elf: ElfFile,
  symbol: Parameters<typeof entryPoint>[1],
  { enters, leaves, live }: TlsFunction,
  isGo: boolean,
): ProbePoint[] {
  const entry = entryPoint(elf, symbol, live);
  const points: ProbePoint[] = [
    { program: enters, fileOffset: entry.fileOffset, onReturn: false, cheap: entry.cheap, at: 'call' },
  ];
  if (leaves === undefined) return points;
  const exits = exitPoints(elf, symbol);
  const first = entry.moved === 0 && entry.cheap;
  // A return probe sits on the function's first instruction, and where that is a cheap one it is as good as any other.
  if (!isGo && (exits === undefined || (first && exits.some(({ cheap }) => !cheap))))
    return [...points, { program: leaves, fileOffset: symbol.fileOffset, onReturn: true, cheap: first, at: 'return' }];
  const ends = exits ?? returnPoints(elf, symbol).map((fileOffset) => ({ fileOffset, cheap: false }));
  return [
    ...points,
    ...ends.map(
      ({ fileOffset, cheap }): ProbePoint => ({ program: leaves, fileOffset, onReturn: false, cheap, at: 'return' }),
    ),
  ];
}
