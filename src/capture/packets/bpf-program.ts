/**
 * Classic BPF, as sockets take it (Linux Documentation/networking/filter.rst): an assembler with forward labels. Loads from
 * `network` on are relative to the IP header whatever the link layer is.
 */

/** Where a conditional jump may go: a place that {@link BpfProgram.place} puts somewhere further on. */
export interface Label {
  at: number;
}

/** Offsets that mean something else than bytes of the packet (linux/filter.h). */
export const Ancillary = {
  protocol: -0x1000,
  packetType: -0x1000 + 4,
  hardwareType: -0x1000 + 28,
} as const;

/** Offset of the IP header. */
export const NETWORK = -0x100000;

const size = { byte: 0x10, half: 0x08, word: 0x00 } as const;
type Size = keyof typeof size;

interface Instruction {
  readonly code: number;
  readonly k: number;
  readonly whenTrue?: Label;
  readonly whenFalse?: Label;
}

/** Most instructions of a program (BPF_MAXINSNS). */
const MOST = 4096;

/** A program being written. */
export class BpfProgram {
  readonly #instructions: Instruction[] = [];

  label(): Label {
    return { at: -1 };
  }

  /** The next instruction is where `label` leads. */
  place(label: Label): void {
    label.at = this.#instructions.length;
  }

  /** A = packet[offset]. */
  load(width: Size, offset: number): void {
    this.#instructions.push({ code: 0x20 | size[width], k: offset });
  }

  /** A = packet[X + offset]. */
  loadIndexed(width: Size, offset: number): void {
    this.#instructions.push({ code: 0x40 | size[width], k: offset });
  }

  /** A = A & mask. */
  and(mask: number): void {
    this.#instructions.push({ code: 0x54, k: mask });
  }

  /** A = A << bits. */
  shiftLeft(bits: number): void {
    this.#instructions.push({ code: 0x64, k: bits });
  }

  /** X = A, X = k. */
  toIndex(): void {
    this.#instructions.push({ code: 0x07, k: 0 });
  }

  setIndex(value: number): void {
    this.#instructions.push({ code: 0x01, k: value });
  }

  jump(to: Label): void {
    this.#instructions.push({ code: 0x05, k: 0, whenTrue: to });
  }

  /** A == value, A > value, A >= value, A & value != 0: unsigned. */
  jumpIf(test: 'equal' | 'greater' | 'greaterOrEqual' | 'anyBit', value: number, yes: Label, no: Label): void {
    const code = { equal: 0x15, greater: 0x25, greaterOrEqual: 0x35, anyBit: 0x45 }[test];
    this.#instructions.push({ code, k: value, whenTrue: yes, whenFalse: no });
  }

  /** Ends the program: so many bytes of the packet are kept, 0 drops it. */
  give(bytes: number): void {
    this.#instructions.push({ code: 0x06, k: bytes });
  }

  /** The instructions as the kernel takes them (struct sock_filter), undefined where a jump is too long for them. */
  encode(): Uint8Array | undefined {
    if (this.#instructions.length > MOST) return undefined;
    const bytes = new Uint8Array(this.#instructions.length * 8);
    // the kernel reads them in its own byte order
    const codes = new Uint16Array(bytes.buffer);
    const words = new Uint32Array(bytes.buffer);
    for (const [i, { code, k, whenTrue, whenFalse }] of this.#instructions.entries()) {
      const yes = whenTrue === undefined ? 0 : whenTrue.at - i - 1;
      const no = whenFalse === undefined ? 0 : whenFalse.at - i - 1;
      if (yes < 0 || no < 0) throw new Error('a label of a filter program was not placed after its jump');
      codes[i * 4] = code;
      if (code === 0x05) words[i * 2 + 1] = yes;
      else {
        if (yes > 255 || no > 255) return undefined;
        bytes[i * 8 + 2] = yes;
        bytes[i * 8 + 3] = no;
        words[i * 2 + 1] = k;
      }
    }
    return bytes;
  }
}
