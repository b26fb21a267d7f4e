/**
 * The Huffman code of HPACK (RFC 7541, appendix B). The code is canonical, so that the lengths of its words (by symbol, 256
 * being the end of string) say all. Decoded four bits at a time through a table made when first needed.
 */
const lengths = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6,
  5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23,
  22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22,
  23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26,
  20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27,
  27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27,
  27, 27, 27, 26, 30,
];

const END_OF_STRING = 256;
const FAIL = -1;

/**
 * steps[node * 16 + nibble]: next node in the low 16 bits, above it the symbol that was completed + 1 (0 where none was), or
 * {@link FAIL}. A word has at least 5 bits, so that a nibble completes at most one.
 */
let steps: Int32Array | undefined;
/** Nodes at which a string may end: at most 7 bits of padding, all ones. */
let final: Uint8Array = new Uint8Array(0);

/** Longest text that `count` coded bytes can stand for. */
export function decodedBound(count: number): number {
  return Math.ceil((count * 8) / 5);
}

/**
 * Decodes bytes[start] .. bytes[end - 1] into `into` (at least {@link decodedBound} bytes) and returns the number of bytes of
 * text, or -1 where the code is not one.
 */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number, into: Uint8Array): number {
  steps ??= makeSteps();
  let node = 0;
  let length = 0;
  for (let i = start; i < end; i++) {
    const b = bytes[i];
    let step = steps[(node << 4) | (b >> 4)];
    if (step === FAIL) return -1;
    if (step > 0xffff) into[length++] = (step >> 16) - 1;
    step = steps[((step & 0xffff) << 4) | (b & 15)];
    if (step === FAIL) return -1;
    if (step > 0xffff) into[length++] = (step >> 16) - 1;
    node = step & 0xffff;
  }
  return final[node] === 1 ? length : -1;
}

function makeSteps(): Int32Array {
  const children: number[] = [0, 0];
  const symbols = new Map<number, number>();
  // Canonical: words in order of length, then of symbol, each one above the one before.
  const order = lengths
    .map((length, symbol) => ({ length, symbol }))
    .sort((a, b) => a.length - b.length || a.symbol - b.symbol);
  let code = 0;
  let before = order[0].length;
  for (const { length, symbol } of order) {
    code *= 2 ** (length - before);
    before = length;
    let node = 0;
    for (let bit = length - 1; bit >= 0; bit--) {
      const side = Math.floor(code / 2 ** bit) % 2;
      if (children[node * 2 + side] === 0) {
        children[node * 2 + side] = children.length / 2;
        children.push(0, 0);
      }
      node = children[node * 2 + side];
    }
    symbols.set(node, symbol);
    code++;
  }
  const nodes = children.length / 2;
  const table = new Int32Array(nodes * 16).fill(FAIL);
  final = new Uint8Array(nodes);
  for (let node = 0, depth = 0; depth < 8; depth++) {
    final[node] = 1;
    node = children[node * 2 + 1];
  }
  for (let node = 0; node < nodes; node++) {
    if (symbols.has(node)) continue;
    for (let nibble = 0; nibble < 16; nibble++) table[node * 16 + nibble] = step(node, nibble, children, symbols);
  }
  return table;
}

function step(from: number, nibble: number, children: readonly number[], symbols: ReadonlyMap<number, number>): number {
  let node = from;
  let completed = 0;
  for (let bit = 3; bit >= 0; bit--) {
    node = children[node * 2 + ((nibble >> bit) & 1)];
    const symbol = symbols.get(node);
    if (symbol === END_OF_STRING || (node === 0 && symbol === undefined)) return FAIL;
    if (symbol !== undefined) {
      completed = symbol + 1;
      node = 0;
    }
  }
  return (completed << 16) | node;
}
