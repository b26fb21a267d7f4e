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

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

/**
 * Goes on from the state of 8 words at from[fromAt] by a block; the result is at to[toAt], which may be the same. Eight
 * rounds a turn, so that the words of the state change places by name and not by being moved.
 */
export function compress(from: Int32Array, fromAt: number, schedule: Schedule, to: Int32Array, toAt: number): void {
  let a = from[fromAt];
  let b = from[fromAt + 1];
  let c = from[fromAt + 2];
  let d = from[fromAt + 3];
  let e = from[fromAt + 4];
  let f = from[fromAt + 5];
  let g = from[fromAt + 6];
  let h = from[fromAt + 7];
  for (let i = 0; i < 64; i += 8) {
    h = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + (g ^ (e & (f ^ g))) + K[i] + schedule[i]) | 0;
    d = (d + h) | 0;
    h = (h + (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (c & (a ^ b)))) | 0;
    g = (g + (rotate(d, 6) ^ rotate(d, 11) ^ rotate(d, 25)) + (f ^ (d & (e ^ f))) + K[i + 1] + schedule[i + 1]) | 0;
    c = (c + g) | 0;
    g = (g + (rotate(h, 2) ^ rotate(h, 13) ^ rotate(h, 22)) + ((h & a) ^ (b & (h ^ a)))) | 0;
    f = (f + (rotate(c, 6) ^ rotate(c, 11) ^ rotate(c, 25)) + (e ^ (c & (d ^ e))) + K[i + 2] + schedule[i + 2]) | 0;
    b = (b + f) | 0;
    f = (f + (rotate(g, 2) ^ rotate(g, 13) ^ rotate(g, 22)) + ((g & h) ^ (a & (g ^ h)))) | 0;
    e = (e + (rotate(b, 6) ^ rotate(b, 11) ^ rotate(b, 25)) + (d ^ (b & (c ^ d))) + K[i + 3] + schedule[i + 3]) | 0;
    a = (a + e) | 0;
    e = (e + (rotate(f, 2) ^ rotate(f, 13) ^ rotate(f, 22)) + ((f & g) ^ (h & (f ^ g)))) | 0;
    d = (d + (rotate(a, 6) ^ rotate(a, 11) ^ rotate(a, 25)) + (c ^ (a & (b ^ c))) + K[i + 4] + schedule[i + 4]) | 0;
    h = (h + d) | 0;
    d = (d + (rotate(e, 2) ^ rotate(e, 13) ^ rotate(e, 22)) + ((e & f) ^ (g & (e ^ f)))) | 0;
    c = (c + (rotate(h, 6) ^ rotate(h, 11) ^ rotate(h, 25)) + (b ^ (h & (a ^ b))) + K[i + 5] + schedule[i + 5]) | 0;
    g = (g + c) | 0;
    c = (c + (rotate(d, 2) ^ rotate(d, 13) ^ rotate(d, 22)) + ((d & e) ^ (f & (d ^ e)))) | 0;
    b = (b + (rotate(g, 6) ^ rotate(g, 11) ^ rotate(g, 25)) + (a ^ (g & (h ^ a))) + K[i + 6] + schedule[i + 6]) | 0;
    f = (f + b) | 0;
    b = (b + (rotate(c, 2) ^ rotate(c, 13) ^ rotate(c, 22)) + ((c & d) ^ (e & (c ^ d)))) | 0;
    a = (a + (rotate(f, 6) ^ rotate(f, 11) ^ rotate(f, 25)) + (h ^ (f & (g ^ h))) + K[i + 7] + schedule[i + 7]) | 0;
    e = (e + a) | 0;
    a = (a + (rotate(b, 2) ^ rotate(b, 13) ^ rotate(b, 22)) + ((b & c) ^ (d & (b ^ c)))) | 0;
  }
  to[toAt] = from[fromAt] + a;
  to[toAt + 1] = from[fromAt + 1] + b;
  to[toAt + 2] = from[fromAt + 2] + c;
  to[toAt + 3] = from[fromAt + 3] + d;
  to[toAt + 4] = from[fromAt + 4] + e;
  to[toAt + 5] = from[fromAt + 5] + f;
  to[toAt + 6] = from[fromAt + 6] + g;
  to[toAt + 7] = from[fromAt + 7] + h;
}

const work: Schedule = new Int32Array(64);

/** An HMAC key, as the states behind its two paddings: the inner one, and 8 words behind it the outer one. */
export type HmacKey = Int32Array;

/** Makes an HMAC key of the first `count` of these words, at most 16. */
export function hmacKey(words: ArrayLike<number>, count: number, key: HmacKey = new Int32Array(16)): HmacKey {
  pad(words, count, 0x36363636);
  compress(initial, 0, work, key, 0);
  pad(words, count, 0x5c5c5c5c);
  compress(initial, 0, work, key, 8);
  return key;
}

function pad(words: ArrayLike<number>, count: number, padding: number): void {
  for (let i = 0; i < count; i++) work[i] = words[i] ^ padding;
  for (let i = count; i < 16; i++) work[i] = padding;
  expand(work);
}

/** The authentication code, 8 words, of a message that is one block ({@link messageBlock}). */
export function sign(key: HmacKey, message: Schedule, code: Int32Array): void {
  compress(key, 0, message, work, 0);
  // work[0] .. work[7] are the inner hash, to be hashed itself: 64 + 32 bytes.
  work[8] = 0x80000000 | 0;
  for (let i = 9; i < 15; i++) work[i] = 0;
  work[15] = 96 * 8;
  expand(work);
  compress(key, 8, work, code, 0);
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
