import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useReducer, useRef, useState } from 'react';
import { elementHeight, type ScrollState, scrolled, scrolledTo, topOf } from './scroll-scale.ts';
import './table.css';
import { TableHead } from './table-head.tsx';

/** A column of a {@link VirtualTable}. */
export interface TableColumn<Row> {
  readonly id: string;
  readonly title: string;
  /** Pixels, the least where it grows. */
  readonly width: number;
  /** Share of the room that is left; 0 where absent. */
  readonly grow?: number;
  readonly numeric?: boolean;
  /** Orders that a click on the title goes through: [name, ascending?]. */
  readonly orders?: readonly (readonly [string, 'ascending' | 'descending'])[];
  readonly show: (row: Row) => ReactNode;
}

/** What can be done with the columns of a table. */
export interface TableLayout {
  readonly resize: (id: string, width: number) => void;
  /** Puts a column before another, at the end where that is undefined. */
  readonly move: (id: string, before: string | undefined) => void;
}

export const rowHeight = 28;
const more = 8;

/**
 * A table of any length: only what is seen is in the page. Arrow keys or j and k, Page up and down, Home and End choose
 * rows; Enter goes into what was chosen.
 */
export function VirtualTable<Row>({
  label,
  columns,
  count,
  rowAt,
  idOf,
  indexOf,
  selected = '',
  onSelect,
  onEnter,
  onVisible,
  start = 0,
  layout,
  order,
  onOrder,
  end,
}: {
  label: string;
  columns: readonly TableColumn<Row>[];
  /** Rows in all. */
  count: number;
  /** A row; undefined while it is on its way. */
  rowAt: (index: number) => Row | undefined;
  idOf: (row: Row, index: number) => string;
  /** Where the row of an id is, -1 where that is not known. */
  indexOf?: (id: string) => number;
  selected?: string;
  onSelect?: ((row: Row) => void) | undefined;
  onEnter?: (() => void) | undefined;
  /** Which rows are seen, also when it stays the same and rows came. */
  onVisible?: ((first: number, last: number) => void) | undefined;
  /** The row that is at the top at first. */
  start?: number;
  layout?: TableLayout;
  order?: string;
  onOrder?: (order: string) => void;
  /** What stands below the last row. */
  end?: ReactNode;
}): ReactNode {
  const scroll = useRef<HTMLDivElement>(null);
  const [height, setHeight] = useState(0);
  const [state, setState] = useState<ScrollState>({ scrollTop: 0, offset: 0 });
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  /** The row that keys are at, where its id is not known yet. */
  const awaited = useRef(-1);
  const lastChosen = useRef(-1);
  const begun = useRef(false);
  const whole = count * rowHeight;
  const viewport = Math.max(height - rowHeight, rowHeight);

  useLayoutEffect(() => {
    const element = scroll.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    setHeight(element.clientHeight);
    return () => observer.disconnect();
  }, []);

  const show = (next: ScrollState): void => {
    setState(next);
    const element = scroll.current;
    if (element !== null && Math.abs(element.scrollTop - next.scrollTop) > 0.5) element.scrollTop = next.scrollTop;
  };
  const onScroll = (): void => {
    const element = scroll.current;
    if (element === null) return;
    const now = element.scrollTop;
    if (now === state.scrollTop) return;
    begun.current = true; // who has moved is not moved any more
    show(scrolled(state, now, whole, viewport));
  };
  const reveal = (index: number, middle = false): void => {
    const top = topOf(state);
    const at = index * rowHeight;
    if (middle) show(scrolledTo(at - viewport / 2, whole, viewport));
    else if (at < top) show(scrolledTo(at, whole, viewport));
    else if (at + rowHeight > top + viewport) show(scrolledTo(at + rowHeight - viewport, whole, viewport));
  };

  // Once there are rows: to the one that the address names.
  useLayoutEffect(() => {
    if (begun.current || count === 0 || height === 0) return;
    // How many there are may be known only in part: it is gone on to once that is told.
    begun.current = start < count;
    if (start > 0) show(scrolledTo(Math.min(start, count - 1) * rowHeight, whole, viewport));
  }, [count, height]);
  // Fewer rows than before: what is seen must be among them.
  useLayoutEffect(() => {
    if (topOf(state) > 0 && topOf(state) + viewport > whole) show(scrolledTo(topOf(state), whole, viewport));
  }, [whole, viewport]);

  const top = topOf(state);
  const first = Math.max(Math.floor(top / rowHeight), 0);
  const last = Math.min(Math.ceil((top + viewport) / rowHeight), count - 1);
  useEffect(() => {
    if (height > 0 && count > 0) onVisible?.(first, last);
  }, [first, last, count, height, onVisible]);

  const isAt = (index: number): boolean => {
    const row = index < 0 ? undefined : rowAt(index);
    return row !== undefined && idOf(row, index) === selected;
  };
  const chosen =
    selected === '' ? -1 : isAt(lastChosen.current) ? lastChosen.current : (indexOf?.(selected) ?? find(selected));
  function find(id: string): number {
    for (let index = first; index <= last; index++) {
      const row = rowAt(index);
      if (row !== undefined && idOf(row, index) === id) return index;
    }
    return -1;
  }
  const marked = awaited.current >= 0 ? awaited.current : chosen;

  const choose = (index: number): void => {
    if (onSelect === undefined || count === 0) return;
    const to = Math.min(Math.max(index, 0), count - 1);
    reveal(to);
    lastChosen.current = to;
    const row = rowAt(to);
    awaited.current = row === undefined ? to : -1;
    if (row !== undefined) onSelect(row);
    else redraw();
  };
  // What was gone to by keys is chosen when it has come.
  useEffect(() => {
    if (awaited.current < 0) return;
    const row = rowAt(awaited.current);
    if (row === undefined) return;
    awaited.current = -1;
    onSelect?.(row);
  });
  const step = (key: string): boolean => {
    const page = Math.max(Math.floor(viewport / rowHeight) - 1, 1);
    const from = marked >= 0 ? marked : first - 1;
    const to = {
      ArrowDown: from + 1,
      j: from + 1,
      ArrowUp: Math.max(from, 0) - 1,
      k: Math.max(from, 0) - 1,
      PageDown: from + page,
      PageUp: from - page,
      Home: 0,
      End: count - 1,
    }[key];
    if (to === undefined) return false;
    if (onSelect === undefined) show(scrolledTo(scrollTarget(key, page), whole, viewport));
    else choose(to);
    return true;
  };
  const scrollTarget = (key: string, page: number): number =>
    ({
      ArrowDown: top + rowHeight,
      ArrowUp: top - rowHeight,
      PageDown: top + page * rowHeight,
      PageUp: top - page * rowHeight,
      Home: 0,
      End: whole,
    })[key] ?? top;
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== scroll.current) return;
    if (event.key === 'Enter' && chosen >= 0) onEnter?.();
    else if (!step(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  // j and k from anywhere on the page where nothing is typed.
  const stepNow = useRef(step);
  stepNow.current = step;
  const choosable = onSelect !== undefined;
  useEffect(() => {
    if (!choosable) return undefined;
    const onWindowKey = (event: globalThis.KeyboardEvent): void => {
      if (event.key !== 'j' && event.key !== 'k') return;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest('input, textarea, select, [role=dialog], .cm-editor'))
        return;
      if (stepNow.current(event.key)) event.preventDefault();
    };
    window.addEventListener('keydown', onWindowKey);
    return () => window.removeEventListener('keydown', onWindowKey);
  }, [choosable]);

  const grows = columns.some((column) => column.grow !== undefined);
  const template = [
    ...columns.map(({ width, grow }) => (grow === undefined ? `${width}px` : `minmax(${width}px, ${grow}fr)`)),
    ...(grows ? [] : ['minmax(0, 1fr)']),
  ].join(' ');
  const width = columns.reduce((sum, column) => sum + column.width, 0) + 16;
  const [from, to] = [Math.max(first - more, 0), Math.min(last + more, count - 1)];
  return (
    <div
      className="vtable"
      ref={scroll}
      role="grid"
      aria-label={label}
      aria-rowcount={count + 1}
      aria-colcount={columns.length}
      aria-activedescendant={marked >= from && marked <= to ? `${label}-${marked}` : undefined}
      tabIndex={0}
      onKeyDown={onKey}
      onScroll={onScroll}
    >
      <TableHead columns={columns} template={template} width={width} layout={layout} order={order} onOrder={onOrder} />
      <div role="rowgroup" className="vrows" style={{ height: elementHeight(whole), minWidth: width }}>
        {Array.from({ length: Math.max(to - from + 1, 0) }, (_, i) => {
          const index = from + i;
          const row = rowAt(index);
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys
            <div
              key={index}
              id={`${label}-${index}`}
              role="row"
              aria-rowindex={index + 2}
              aria-selected={choosable ? index === marked : undefined}
              aria-busy={row === undefined ? true : undefined}
              className={choosable ? 'vrow choosable' : 'vrow'}
              style={{ gridTemplateColumns: template, transform: `translateY(${index * rowHeight - state.offset}px)` }}
              onClick={() => {
                if (row === undefined || onSelect === undefined) return;
                lastChosen.current = index;
                awaited.current = -1;
                onSelect(row);
              }}
            >
              {columns.map((column, at) => (
                <div key={column.id} role="gridcell" className={column.numeric === true ? 'num' : undefined}>
                  {row === undefined ? (
                    <span className="coming" style={{ width: `${40 + ((index * 7 + at * 13) % 45)}%` }} />
                  ) : (
                    column.show(row)
                  )}
                </div>
              ))}
            </div>
          );
        })}
      </div>
      {end !== undefined && (
        <div className="vend dim" role="presentation">
          {end}
        </div>
      )}
    </div>
  );
}
