import { WirelightError } from '../../base/errors.ts';
import { everything, type Filter, FilterError, parseFilter, printFilter } from '../../model/filter/index.ts';
import type { Style } from '../style.ts';
import { cutEnd, textWidth } from '../table/text-width.ts';
import type { EdgeRow } from './columns.ts';
import { edgeColumns } from './columns.ts';
import { type FrameState, frame, noWidths, type Size } from './frame.ts';
import type { Key } from './keyboard.ts';
import type { SortKey } from './sort-keys.ts';

/** What a key press asks of the program around the view. */
export type Wish = 'redraw' | 'filter' | 'stop' | 'nothing';

const prompt = 'filter ';

/** The columns that the left and right keys go through. */
const order: readonly SortKey[] = [...new Set(edgeColumns.map((column) => column.key))];

/** What a person has set on the screen of `top`, and what the keys do to it. Knows no terminal. */
export class TopView {
  sort: SortKey;
  reversed = false;
  paused = false;
  /** In force now. */
  filter: Filter;
  #scroll = 0;
  #rows: readonly EdgeRow[] = [];
  /** The text of the filter while it is being written. */
  #draft: string | undefined;
  #complaint = '';
  #help = false;
  #widths = noWidths();

  constructor(sort: SortKey, filter: Filter) {
    this.sort = sort;
    this.filter = filter;
  }

  /** Takes new numbers, unless paused. */
  update(rows: readonly EdgeRow[]): void {
    if (!this.paused) this.#rows = rows;
  }

  /** Takes a key press. `filter`: the filter has changed. */
  press(key: Key): Wish {
    if (key.type === 'key' && key.name === 'interrupt') return 'stop';
    if (this.#draft !== undefined) return this.#write(key, this.#draft);
    if (key.type === 'text') return this.#command(key.text);
    switch (key.name) {
      case 'left':
        return this.#sortBy(order[Math.max(0, order.indexOf(this.sort) - 1)]);
      case 'right':
        return this.#sortBy(order[Math.min(order.length - 1, order.indexOf(this.sort) + 1)]);
      case 'up':
        return this.#scrollTo(this.#scroll - 1);
      case 'down':
        return this.#scrollTo(this.#scroll + 1);
      case 'page_up':
        return this.#scrollTo(this.#scroll - 10);
      case 'page_down':
        return this.#scrollTo(this.#scroll + 10);
      case 'home':
        return this.#scrollTo(0);
      case 'end':
        return this.#scrollTo(this.#rows.length);
      case 'escape':
        return this.#escape();
      default:
        return 'nothing';
    }
  }

  /** The screen as lines. `last`: the picture that stays when all is over, without the line of keys. */
  lines(window: number, losses: ReadonlyMap<string, number>, size: Size, style: Style, last = false): string[] {
    const state: FrameState = {
      rows: this.#rows,
      sort: this.sort,
      reversed: this.reversed,
      paused: this.paused,
      window,
      filter: printFilter(this.filter),
      losses,
      scroll: this.#scroll,
      footer: last ? '' : this.#footer(size.columns, style),
      widths: this.#widths,
    };
    const lines = frame(state, size, style);
    if (this.#help && !last) return overlay(lines, helpLines(size.columns, style), size);
    return lines;
  }

  /** Columns are laid out anew: the terminal has another width. */
  resized(): void {
    this.#widths = noWidths();
  }

  #command(text: string): Wish {
    switch (text) {
      case 'q':
        return 'stop';
      case ' ':
        this.paused = !this.paused;
        return 'redraw';
      case 'r':
        this.reversed = !this.reversed;
        return 'redraw';
      case '/':
      case 'f':
        this.#draft = printFilter(this.filter);
        return 'redraw';
      case '?':
      case 'h':
        this.#help = !this.#help;
        return 'redraw';
      case '<':
      case ',':
        return this.press({ type: 'key', name: 'left' });
      case '>':
      case '.':
        return this.press({ type: 'key', name: 'right' });
      case 'k':
        return this.#scrollTo(this.#scroll - 1);
      case 'j':
        return this.#scrollTo(this.#scroll + 1);
      default: {
        const asked = sortLetters.find(([letter]) => letter === text)?.[1];
        return asked === undefined ? 'nothing' : this.#sortBy(asked);
      }
    }
  }

  #write(key: Key, draft: string): Wish {
    this.#complaint = '';
    if (key.type === 'text') this.#draft = draft + key.text;
    else if (key.name === 'backspace') this.#draft = [...draft].slice(0, -1).join('');
    else if (key.name === 'delete_word') this.#draft = draft.replace(/\S*\s*$/, '');
    else if (key.name === 'delete_line') this.#draft = '';
    else if (key.name === 'escape') this.#draft = undefined;
    else if (key.name === 'enter') return this.#apply(draft);
    return 'redraw';
  }

  #apply(draft: string): Wish {
    try {
      this.filter = parseFilter(draft);
    } catch (error) {
      if (!(error instanceof WirelightError)) throw error;
      const meant = error instanceof FilterError && error.suggestion !== undefined ? `: ${error.suggestion}?` : '';
      this.#complaint = `${error.message}${meant}`;
      return 'redraw';
    }
    this.#draft = undefined;
    this.#scroll = 0;
    this.#widths = noWidths();
    this.#rows = [];
    return 'filter';
  }

  #escape(): Wish {
    if (this.#help) this.#help = false;
    else if (this.filter !== everything && printFilter(this.filter) !== '') return this.#apply('');
    return 'redraw';
  }

  #sortBy(key: SortKey): Wish {
    // The same key again turns the order around.
    this.reversed = key === this.sort ? !this.reversed : false;
    this.sort = key;
    this.#scroll = 0;
    return 'redraw';
  }

  #scrollTo(row: number): Wish {
    this.#scroll = Math.max(0, Math.min(row, this.#rows.length - 1));
    return 'redraw';
  }

  #footer(width: number, style: Style): string {
    if (this.#draft !== undefined) {
      const hint = this.#complaint === '' ? 'enter applies, esc leaves' : this.#complaint;
      const room = width - prompt.length - 1;
      const draft = cutStart(this.#draft, Math.max(0, room - Math.min(hint.length + 2, Math.floor(room / 2))));
      const said = cutEnd(hint, Math.max(0, room - textWidth(draft) - 2));
      if (room < 2) return '';
      return `${style.accent(prompt)}${draft}▏${said === '' ? '' : '  '}${this.#complaint === '' ? style.dim(said) : style.error(said)}`;
    }
    const keys: readonly (readonly [string, string])[] = [
      ['q', 'quit'],
      ['space', this.paused ? 'go on' : 'pause'],
      ['← →', 'sort'],
      ['r', 'reverse'],
      ['/', 'filter'],
      ['?', 'keys'],
    ];
    let used = -2;
    const fitting = keys.filter(([key, what]) => {
      used += 2 + textWidth(key) + 1 + what.length;
      return used <= width;
    });
    return fitting.map(([key, what]) => `${style.strong(key)} ${style.dim(what)}`).join('  ');
  }
}

/** The end of a text that is longer than there is room for: where it is being written. */
function cutStart(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  return width < 2 ? '' : `…${text.slice(1 - width)}`;
}

/** Letters that sort: the first of a column's title where it is free. */
const sortLetters: readonly (readonly [letter: string, key: SortKey])[] = [
  ['s', 'source'],
  ['d', 'destination'],
  ['p', 'protocol'],
  ['t', 'rate'],
  ['e', 'failures'],
  ['5', 'p50'],
  ['9', 'p95'],
  ['0', 'p99'],
  ['b', 'bytes'],
  ['x', 'retransmits'],
  ['o', 'connections'],
];

function helpLines(width: number, style: Style): string[] {
  const entry = (key: string, what: string) =>
    width < 12 ? '' : `  ${style.strong(key.padEnd(8))} ${cutEnd(what, width - 11)}`;
  return [
    style.strong(cutEnd('Keys', width)),
    entry('← →', 'sort by the column to the left, to the right; r turns the order around'),
    ...sortLetters.map(([letter, key]) => entry(letter, `sort by ${key}`)),
    entry('↑ ↓', 'scroll; also page up and down, home, end'),
    entry('space', 'pause and go on'),
    entry('/', 'write a filter: to:checkout status:5xx; esc takes it away'),
    entry('?', 'show and hide this'),
    entry('q', 'quit; the last picture stays'),
  ];
}

/** The help stands in place of the table, and the line of keys stays where it is. */
function overlay(lines: readonly string[], help: readonly string[], size: Size): string[] {
  const room = Math.max(0, size.rows - 2);
  const shown = help.slice(0, room);
  const filled = [...shown, ...Array.from({ length: room - shown.length }, () => '')];
  return [lines[0], ...filled, lines[lines.length - 1]].slice(0, size.rows);
}
