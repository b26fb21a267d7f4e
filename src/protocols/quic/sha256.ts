/**
 * SHA-256 (FIPS 180-4) in the pieces that HMAC and HKDF are made of, on words of 32 bits. The keys of Initial packets take
 * some thirty hashes of one block each: calling into a library for each takes ten times as long. What is computed with it is
 * public, so that nothing has to take the same time always.
 */

/** First 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const K = new Int32Array(64);
const initial = new Int32Array(8);

for (let n = 2, count = 0; count < 64; n++) {
  let isPrime = true;
  for (let d = 2; d * d <= n; d++) if (n % d === 0) isPrime = false;
  if (!isPrime) continue;
  if (count < 8) initial[count] = fraction(n, 2);
  K[count++] = fraction(n, 3);
}

/** The first 32 bits behind the point of the `degree`-th root of `n`, exactly. */
function fraction(n: number, degree: 2 | 3): number {
  const shifted = BigInt(n) << BigInt(32 * degree);
  let root = 0n;
  for (let bit = 1n << 35n; bit > 0n; bit >>= 1n) {
    const next = root | bit;
    if (next ** BigInt(degree) <= shifted) root = next;
  }
  return Number(BigInt.asIntN(32, root));
}

/** The 64 words that a block of 16 is made into. */
export type Schedule = Int32Array;

/** Fills schedule[16] .. schedule[63] from the 16 words in front. */
export function expand(schedule: Schedule): void {
  for (let i = 16; i < 64; i++) {
    const x = schedule[i - 15];
    const y = schedule[i - 2];
    schedule[i] =
      (schedule[i - 16] +
        (((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)) +
        schedule[i - 7] +
        (((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10))) |
      0;
  }
}

/** Goes on from the state `from` by a block; the result is in `to`, which may be the same. */
export function compress(from: Int32Array, schedule: Schedule, to: Int32Array): void {
  let a = from[0];
  let b = from[1];
  let c = from[2];
  let d = from[3];
  let e = from[4];
  let f = from[5];
  let g = from[6];
  let h = from[7];
  for (let i = 0; i < 64; i++) {
    const t1 =
      (h +
        (((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))) +
        (g ^ (e & (f ^ g))) +
        K[i] +
        schedule[i]) |
      0;
    const t2 =
      ((((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))) + ((a & b) ^ (c & (a ^ b)))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  to[0] = from[0] + a;
  to[1] = from[1] + b;
  to[2] = from[2] + c;
  to[3] = from[3] + d;
  to[4] = from[4] + e;
  to[5] = from[5] + f;
  to[6] = from[6] + g;
  to[7] = from[7] + h;
}

const work: Schedule = new Int32Array(64);

/** An HMAC key, as the states behind its two paddings. */
export class HmacKey {
  readonly #inner = new Int32Array(8);
  readonly #outer = new Int32Array(8);

  /** Takes a key of at most 16 words. */
  set(words: ArrayLike<number>): this {
    for (let i = 0; i < 16; i++) work[i] = (i < words.length ? words[i] : 0) ^ 0x36363636;
    expand(work);
    compress(initial, work, this.#inner);
    for (let i = 0; i < 16; i++) work[i] = (i < words.length ? words[i] : 0) ^ 0x5c5c5c5c;
    expand(work);
    compress(initial, work, this.#outer);
    return this;
  }

  /** The authentication code, 8 words, of a message that is one block ({@link messageBlock}). */
  sign(message: Schedule, code: Int32Array): void {
    compress(this.#inner, message, work);
    // work[0] .. work[7] are the inner hash, to be hashed itself: 64 + 32 bytes.
    work[8] = 0x80000000 | 0;
    work.fill(0, 9, 15);
    work[15] = 96 * 8;
    expand(work);
    compress(this.#outer, work, code);
  }
}

/** The block of a message of at most 55 bytes that follows the padded key of an HMAC, ready to be hashed. */
export function messageBlock(message: Uint8Array, block: Schedule = new Int32Array(64)): Schedule {
  block.fill(0, 0, 16);
  for (let i = 0; i < message.length; i++) block[i >> 2] |= message[i] << (24 - 8 * (i & 3));
  block[message.length >> 2] |= 0x80 << (24 - 8 * (message.length & 3));
  block[15] = (64 + message.length) * 8;
  expand(block);
  return block;
}
