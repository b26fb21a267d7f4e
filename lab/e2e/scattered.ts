/** A random number generator that gives the same numbers for the same seed: `random(n)` is an integer from 0 to n - 1. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    // mulberry32: 32 bits of state are plenty for choosing cuts.
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/**
 * Pieces of a stream as a bad network delivers them: of all sizes, out of order, overlapping, some twice and some not at
 * all. Each is [from, to).
 */
export function scattered(length: number, random: (below: number) => number, largest = 120): [number, number][] {
  const pieces: [number, number][] = [];
  for (let at = 0; at < length; ) {
    const to = Math.min(length, at + 1 + random(largest));
    if (random(10) > 0) pieces.push([Math.max(0, at - (random(3) === 0 ? random(largest) : 0)), to]);
    if (random(5) === 0) pieces.push([at, to]);
    at = to;
  }
  for (let at = pieces.length - 1; at > 0; at--) {
    if (random(2) === 0) continue;
    const other = random(at + 1);
    [pieces[at], pieces[other]] = [pieces[other], pieces[at]];
  }
  return pieces.map(([from, to]) => [from, Math.min(to, from + largest * 2)]);
}
