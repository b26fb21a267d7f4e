import type { Screen } from '../io.ts';
import type { Size } from './frame.ts';

/** Begin and end of an update that the terminal shows at once (those that do not know it ignore it). */
const beginUpdate = '\x1b[?2026h';
const endUpdate = '\x1b[?2026l';
const enter = '\x1b[?1049h\x1b[?25l';
const leave = '\x1b[?25h\x1b[?1049l';

/**
 * A terminal that is drawn on in place. What was there before comes back when it is closed, with the last picture below.
 * Each picture is written in one go over the one before, without clearing it first: nothing flickers.
 */
export class DrawnScreen implements Disposable {
  readonly #screen: Screen;
  #busy = false;
  #open = true;
  #last: readonly string[] = [];
  /** However the process ends, the terminal is usable afterwards. */
  readonly #giveBack = (): void => this[Symbol.dispose]();

  constructor(screen: Screen) {
    this.#screen = screen;
    screen.write(enter);
    process.once('exit', this.#giveBack);
  }

  get size(): Size {
    return { columns: this.#screen.columns ?? 80, rows: this.#screen.rows ?? 24 };
  }

  /** Draws lines, of which none may be wider than the terminal. Skipped while the terminal is still taking the last ones. */
  draw(lines: readonly string[]): void {
    if (!this.#open || this.#busy) return;
    const text = lines.map((line) => `${line}\x1b[K`).join('\r\n');
    this.#busy = true;
    this.#screen.write(`${beginUpdate}\x1b[H${text}\x1b[J${endUpdate}`, () => {
      this.#busy = false;
    });
  }

  /** Lines that stay on the terminal when it is closed. */
  leaveBehind(lines: readonly string[]): void {
    this.#last = lines;
  }

  /** Gives the terminal back. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    process.off('exit', this.#giveBack);
    this.#screen.write(`${leave}${this.#last.map((line) => `${line}\n`).join('')}`);
  }
}
