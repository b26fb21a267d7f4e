/** Slots: a power of two. */
const slots = 256;

/**
 * Numbers of texts lately asked for, before the map that knows them all: most texts of a column are the same few objects, and
 * comparing one with itself is much cheaper than hashing it.
 */
export class RecentTexts {
  readonly #texts: string[] = new Array<string>(slots).fill('');
  readonly #numbers = new Int32Array(slots).fill(-1);

  /** The number noted for a text, -1 where there is none. */
  get(text: string): number {
    const slot = slotOf(text);
    return this.#texts[slot] === text ? this.#numbers[slot] : -1;
  }

  set(text: string, number: number): void {
    const slot = slotOf(text);
    this.#texts[slot] = text;
    this.#numbers[slot] = number;
  }

  clear(): void {
    this.#numbers.fill(-1);
  }
}

/** Texts of a column differ in their length or towards their end. */
function slotOf(text: string): number {
  const { length } = text;
  if (length < 3) return length === 0 ? 0 : (text.charCodeAt(length - 1) + length) & (slots - 1);
  const last = text.charCodeAt(length - 1) + text.charCodeAt(length - 2) * 7 + text.charCodeAt(length >> 1) * 13;
  return (last + length * 31) & (slots - 1);
}
