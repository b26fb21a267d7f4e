/** Bytes kept of each side's handshake: a ClientHello with post-quantum keys has 1.8 KB. */
const kept = 4096;
/** Pieces that may lie apart; clients shuffle a few of them on purpose. */
const maxPieces = 32;

const nothing = new Uint8Array(0);

/** The handshake messages of one side, put together from CRYPTO frames in whatever order they come. */
export class CryptoStream {
  #bytes = nothing;
  /** What there is, as from, to, from, to, ..., in order and apart. */
  #pieces: number[] = [];

  /** The bytes from the beginning that are there without a hole. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#pieces[0] === 0 ? this.#pieces[1] : 0);
  }

  /** True where all of the first message is there. */
  get hasMessage(): boolean {
    const bytes = this.#bytes;
    const there = this.#pieces[0] === 0 ? this.#pieces[1] : 0;
    return there >= 4 && there >= 4 + ((bytes[1] << 16) | (bytes[2] << 8) | bytes[3]);
  }

  /** Takes a frame's bytes, or what was captured of them. */
  add(offset: number, data: Uint8Array): void {
    const end = Math.min(offset + data.length, kept);
    if (end <= offset || this.#pieces.length >= 2 * maxPieces) return;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(kept, Math.max(end, 1024)));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(end - offset === data.length ? data : data.subarray(0, end - offset), offset);
    if (this.#pieces.length === 0) {
      this.#pieces.push(offset, end);
      return;
    }
    const pieces: number[] = [];
    let [from, to] = [offset, end];
    for (let i = 0; i < this.#pieces.length; i += 2) {
      const [a, b] = [this.#pieces[i], this.#pieces[i + 1]];
      if (b < from || a > to) pieces.push(a, b);
      else {
        from = Math.min(from, a);
        to = Math.max(to, b);
      }
    }
    pieces.push(from, to);
    // Few enough to be sorted by pairs.
    this.#pieces = pairsInOrder(pieces);
  }

  /** Forgets all. */
  clear(): void {
    this.#pieces = [];
  }
}

function pairsInOrder(pieces: readonly number[]): number[] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < pieces.length; i += 2) pairs.push([pieces[i], pieces[i + 1]]);
  return pairs.sort((a, b) => a[0] - b[0]).flat();
}
