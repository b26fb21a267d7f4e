import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Piece, Sample } from '../src/protocols/testing.ts';

const folder = fileURLToPath(new URL('../src/protocols/', import.meta.url));

/** The real conversations of every protocol: what each folder of protocols exports as `samples` from its `samples.ts`. */
export async function loadSamples(): Promise<Map<string, Sample[]>> {
  const byProtocol = new Map<string, Sample[]>();
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = join(folder, entry.name, 'samples.ts');
    if (!entry.isDirectory() || !existsSync(file)) continue;
    const { samples } = (await import(pathToFileURL(file).href)) as { samples: readonly Sample[] };
    for (const sample of samples) {
      const known = byProtocol.get(sample.protocol);
      if (known === undefined) byProtocol.set(sample.protocol, [sample]);
      else known.push(sample);
    }
  }
  return byProtocol;
}

/** The pieces of a protocol's conversations. */
export function conversationsOf(
  samples: ReadonlyMap<string, readonly Sample[]>,
  protocol: string,
): (readonly Piece[])[] {
  return (samples.get(protocol) ?? []).map((sample) => sample.pieces).filter((pieces) => pieces.length > 0);
}
