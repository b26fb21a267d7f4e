import { Side } from '../../src/model/request.ts';
import type { Piece } from '../../src/protocols/testing.ts';

/** A generator of pseudo-random numbers that gives the same sequence for the same seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A 32-bit number. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** A number below `bound`. */
  below(bound: number): number {
    return bound <= 1 ? 0 : this.next() % bound;
  }

  /** True once in `n` times. */
  once(n: number): boolean {
    return this.below(n) === 0;
  }
}

/** Numbers at which lengths and counts go wrong. */
const edges = [
  0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
];

/** The mutant of a protocol's conversations that has this number. */
export function mutantOf(
  protocol: string,
  conversations: readonly (readonly Piece[])[],
  seed: number,
  index: number,
): Piece[] {
  return mutate(conversations, randomOf(protocol, seed, index));
}

/** The generator of the mutant with this number. */
export function randomOf(target: string, seed: number, index: number): Random {
  let hash = seed | 0;
  for (let i = 0; i < target.length; i++) hash = Math.imul(hash ^ target.charCodeAt(i), 0x01000193);
  return new Random(hash ^ Math.imul(index + 1, 0x85ebca6b));
}

/** A mutant of a conversation, always the same for the same numbers: bytes changed, pieces cut, lost, repeated, swapped. */
function mutate(conversations: readonly (readonly Piece[])[], random: Random): Piece[] {
  const original = conversations[random.below(conversations.length)];
  // Mostly the beginning (handshakes matter), sometimes the middle (joined late), never long.
  const length = 1 + random.below(Math.min(original.length, 12));
  const first = random.once(3) ? random.below(original.length - length + 1) : 0;
  const pieces: Piece[] = original.slice(first, first + length);
  for (let left = 1 + random.below(4); left > 0; left--) {
    const index = random.below(pieces.length);
    const piece = pieces[index];
    switch (random.below(12)) {
      case 0:
        pieces.splice(index, 1);
        break;
      case 1:
        pieces.splice(random.below(pieces.length + 1), 0, piece);
        break;
      case 2: {
        const other = random.below(pieces.length);
        [pieces[index], pieces[other]] = [pieces[other], piece];
        break;
      }
      case 3:
        pieces[index] = { ...piece, from: piece.from === Side.client ? Side.server : Side.client };
        break;
      case 4:
        pieces.splice(index, random.below(2), {
          from: piece.from,
          bytes: new Uint8Array(0),
          lost: random.once(3) ? -1 : edges[random.below(edges.length)],
        });
        break;
      case 5: {
        const at = random.below(piece.bytes.length + 1);
        const skipped = random.once(2) ? piece.bytes.length - at : edges[random.below(edges.length)];
        pieces[index] = { ...piece, bytes: piece.bytes.subarray(0, at), skipped };
        break;
      }
      case 6: {
        const at = random.below(piece.bytes.length + 1);
        pieces.splice(
          index,
          1,
          { ...piece, bytes: piece.bytes.subarray(0, at) },
          { ...piece, bytes: piece.bytes.subarray(at) },
        );
        break;
      }
      default:
        pieces[index] = { ...piece, bytes: mutateBytes(piece.bytes, conversations, random) };
    }
    if (pieces.length === 0) pieces.push(piece);
  }
  return pieces;
}

/** Bytes with up to six places changed, cut, removed, repeated, or borrowed from another conversation. */
export function mutateBytes(
  original: Uint8Array,
  conversations: readonly (readonly Piece[])[],
  random: Random,
): Uint8Array {
  let bytes = Buffer.from(original);
  for (let left = 1 + random.below(6); left > 0 && bytes.length > 0; left--) {
    // Heads decide more than bodies.
    const at = random.below(random.once(2) ? Math.min(bytes.length, 64) : bytes.length);
    switch (random.below(9)) {
      case 0:
        bytes[at] ^= 1 << random.below(8);
        break;
      case 1:
        bytes[at] = random.below(256);
        break;
      case 2:
        bytes[at] = edges[random.below(8)];
        break;
      case 3: {
        const edge = edges[random.below(edges.length)];
        const size = [2, 4][random.below(2)];
        if (at + size > bytes.length) break;
        const value = size === 2 ? edge & 0xffff : edge;
        if (random.once(2)) bytes.writeUIntBE(value, at, size);
        else bytes.writeUIntLE(value, at, size);
        break;
      }
      case 4:
        bytes = bytes.subarray(0, at);
        break;
      case 5:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          bytes.subarray(Math.min(bytes.length, at + 1 + random.below(16))),
        ]);
        break;
      case 6: {
        const filler = Buffer.alloc(1 + random.below(random.once(50) ? 20_000 : 32), random.below(256));
        bytes = Buffer.concat([bytes.subarray(0, at), filler, bytes.subarray(at)]);
        break;
      }
      case 7: {
        const from = random.below(bytes.length);
        bytes = Buffer.concat([bytes, bytes.subarray(from, from + random.below(200))]);
        break;
      }
      default: {
        const donors = conversations[random.below(conversations.length)];
        const donor = donors[random.below(donors.length)].bytes;
        const from = random.below(donor.length);
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          donor.subarray(from, from + random.below(100)),
          bytes.subarray(at),
        ]);
      }
    }
  }
  return bytes;
}
