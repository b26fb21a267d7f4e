/**
 * AES-128 (FIPS 197), encryption alone, by the usual table: a few packets of each connection are opened with a key of
 * their own, and setting up a library's cipher takes longer than the work. The keys are public: nothing is to be hidden.
 */

const box = new Uint8Array(256);
const table = new Int32Array(256);

for (let p = 1, q = 1, done = false; !done; ) {
  // p goes through all elements of the field but 0, q through their inverses.
  p ^= ((p << 1) ^ (p & 0x80 ? 0x1b : 0)) & 0xff;
  q ^= q << 1;
  q ^= q << 2;
  q ^= q << 4;
  q &= 0xff;
  if (q & 0x80) q ^= 0x09;
  const x = q ^ ((q << 1) | (q >> 7)) ^ ((q << 2) | (q >> 6)) ^ ((q << 3) | (q >> 5)) ^ ((q << 4) | (q >> 4));
  box[p] = (x ^ 0x63) & 0xff;
  done = p === 1;
}
box[0] = 0x63;
for (let i = 0; i < 256; i++) {
  const s = box[i];
  const twice = ((s << 1) ^ (s & 0x80 ? 0x1b : 0)) & 0xff;
  table[i] = (twice << 24) | (s << 16) | (s << 8) | (twice ^ s);
}

/** Words that the keys of all rounds take. */
export const roundKeyWords = 44;

/** Writes the keys of all rounds to keys[at] .. keys[at + 43], from a key of 4 words. */
export function expandKey(words: ArrayLike<number>, keys: Int32Array, at: number): void {
  for (let i = 0; i < 4; i++) keys[at + i] = words[i];
  let constant = 1;
  for (let i = at + 4; i < at + roundKeyWords; i++) {
    let t = keys[i - 1];
    if (((i - at) & 3) === 0) {
      t = (box[(t >>> 16) & 255] << 24) | (box[(t >>> 8) & 255] << 16) | (box[t & 255] << 8) | box[t >>> 24];
      t ^= constant << 24;
      constant = (constant << 1) ^ (constant & 0x80 ? 0x11b : 0);
    }
    keys[i] = keys[i - 4] ^ t;
  }
}

/** Encrypts a block of 4 words in place, with the round keys at keys[at]. */
export function encryptBlock(keys: Int32Array, at: number, block: Int32Array): void {
  let a = block[0] ^ keys[at];
  let b = block[1] ^ keys[at + 1];
  let c = block[2] ^ keys[at + 2];
  let d = block[3] ^ keys[at + 3];
  const lastKeys = at + 40;
  for (let k = at + 4; k < lastKeys; k += 4) {
    const e = mixed(a, b, c, d) ^ keys[k];
    const f = mixed(b, c, d, a) ^ keys[k + 1];
    const g = mixed(c, d, a, b) ^ keys[k + 2];
    d = mixed(d, a, b, c) ^ keys[k + 3];
    a = e;
    b = f;
    c = g;
  }
  block[0] = last(a, b, c, d) ^ keys[lastKeys];
  block[1] = last(b, c, d, a) ^ keys[lastKeys + 1];
  block[2] = last(c, d, a, b) ^ keys[lastKeys + 2];
  block[3] = last(d, a, b, c) ^ keys[lastKeys + 3];
}

function mixed(a: number, b: number, c: number, d: number): number {
  const x = table[(b >>> 16) & 255];
  const y = table[(c >>> 8) & 255];
  const z = table[d & 255];
  return table[a >>> 24] ^ ((x >>> 8) | (x << 24)) ^ ((y >>> 16) | (y << 16)) ^ ((z >>> 24) | (z << 8));
}

function last(a: number, b: number, c: number, d: number): number {
  return (box[a >>> 24] << 24) | (box[(b >>> 16) & 255] << 16) | (box[(c >>> 8) & 255] << 8) | box[d & 255];
}
