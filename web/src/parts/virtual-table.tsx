import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import { type KeyboardEvent, type ReactNode, useLayoutEffect, useReducer, useRef, useState } from 'react';

/** A column of a {@link VirtualTable}. */
export interface TableColumn<Row> {
  readonly id: string;
  readonly title: string;
  /** Pixels, the least where it grows. */
  readonly width: number;
  /** Share of the room that is left; 0 where absent. */
  readonly grow?: number;
  readonly numeric?: boolean;
  readonly show: (row: Row) => ReactNode;
}

const rowHeight = 28;

/** A table of any length: only what is seen is in the page. Arrow keys, Page up and down, Home and End choose rows. */
export function VirtualTable<Row>({
  label,
  columns,
  rows,
  idOf,
  selected = '',
  onSelect,
  onEnd,
  end,
}: {
  label: string;
  columns: readonly TableColumn<Row>[];
  rows: readonly Row[];
  idOf: (row: Row, index: number) => string;
  selected?: string;
  onSelect?: ((row: Row) => void) | undefined;
  /** Called when the last rows come into sight. */
  onEnd?: (() => void) | undefined;
  /** What stands below the last row. */
  end?: ReactNode;
}): ReactNode {
  const scroll = useRef<HTMLDivElement>(null);
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const options = {
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollPaddingStart: rowHeight,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => redraw(),
  };
  const [virtual] = useState(() => new Virtualizer<HTMLDivElement, HTMLDivElement>(options));
  virtual.setOptions(options);
  useLayoutEffect(() => virtual._didMount(), [virtual]);
  useLayoutEffect(() => virtual._willUpdate());
  const seen = virtual.getVirtualItems();
  const last = seen[seen.length - 1]?.index ?? -1;
  useLayoutEffect(() => {
    if (last >= rows.length - 20 && rows.length > 0) onEnd?.();
  }, [last, rows.length, onEnd]);

  const template = columns
    .map(({ width, grow }) => (grow === undefined ? `${width}px` : `minmax(${width}px, ${grow}fr)`))
    .join(' ');
  const width = columns.reduce((sum, column) => sum + column.width, 0);
  const chosen = selected === '' ? -1 : rows.findIndex((row, i) => idOf(row, i) === selected);
  const onKey = (event: KeyboardEvent): void => {
    const page = Math.max(Math.floor((scroll.current?.clientHeight ?? 0) / rowHeight) - 2, 1);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -1e9, End: 1e9 }[event.key];
    if (step === undefined || onSelect === undefined || rows.length === 0) return;
    event.preventDefault();
    const to = Math.min(Math.max(chosen + step, 0), rows.length - 1);
    onSelect(rows[to]);
    virtual.scrollToIndex(to);
  };
  return (
    <div
      className="vtable"
      ref={scroll}
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length}
      aria-activedescendant={chosen >= 0 && seen.some((s) => s.index === chosen) ? `${label}-${chosen}` : undefined}
      tabIndex={0}
      onKeyDown={onKey}
    >
      <div
        className="vhead vrow"
        role="row"
        aria-rowindex={1}
        style={{ gridTemplateColumns: template, minWidth: width }}
      >
        {columns.map((column) => (
          <div
            key={column.id}
            role="columnheader"
            className={column.numeric === true ? 'num' : undefined}
            title={column.title}
          >
            {column.title}
          </div>
        ))}
      </div>
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), minWidth: width, position: 'relative' }}>
        {seen.map(({ index, start }) => {
          const row = rows[index];
          if (row === undefined) return null;
          const id = idOf(row, index);
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys
            <div
              key={id}
              id={`${label}-${index}`}
              role="row"
              aria-rowindex={index + 2}
              aria-selected={onSelect === undefined ? undefined : index === chosen}
              className={onSelect === undefined ? 'vrow' : 'vrow choosable'}
              style={{ gridTemplateColumns: template, transform: `translateY(${start}px)` }}
              onClick={() => onSelect?.(row)}
            >
              {columns.map((column) => (
                <div key={column.id} role="gridcell" className={column.numeric === true ? 'num' : undefined}>
                  {column.show(row)}
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
