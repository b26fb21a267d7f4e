import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from 'react';
import type { TableLayout } from './virtual-table.tsx';

interface HeadColumn {
  readonly id: string;
  readonly title: string;
  readonly width: number;
  readonly numeric?: boolean;
  readonly orders?: readonly (readonly [string, 'ascending' | 'descending'])[];
}

const least = 48;
const most = 900;
const clamped = (width: number): number => Math.round(Math.min(Math.max(width, least), most));

/** The titles of a table's columns: a click orders, dragging moves a column, its right edge makes it wider. */
export function TableHead({
  columns,
  template,
  width,
  layout,
  order,
  onOrder,
}: {
  columns: readonly HeadColumn[];
  template: string;
  width: number;
  layout: TableLayout | undefined;
  order: string | undefined;
  onOrder: ((order: string) => void) | undefined;
}): ReactNode {
  const head = useRef<HTMLDivElement>(null);
  const drag = useRef<{ readonly id: string; readonly x: number; moved: boolean } | undefined>(undefined);
  const [before, setBefore] = useState<string | undefined | null>(null);

  /** The column before which a pointer would drop. */
  const placeAt = (x: number): string | undefined => {
    const cells = [...(head.current?.querySelectorAll<HTMLElement>('[role=columnheader]') ?? [])];
    return cells.find((cell) => {
      const box = cell.getBoundingClientRect();
      return x < box.left + box.width / 2;
    })?.dataset.column;
  };
  const onMove = (event: PointerEvent): void => {
    const now = drag.current;
    if (now === undefined || layout === undefined) return;
    if (!now.moved && Math.abs(event.clientX - now.x) < 6) return;
    now.moved = true;
    setBefore(placeAt(event.clientX));
  };
  const onUp = (event: PointerEvent): void => {
    const now = drag.current;
    if (now?.moved === true) layout?.move(now.id, placeAt(event.clientX));
    setBefore(null);
    // The click that follows a drag orders nothing.
    setTimeout(() => {
      drag.current = undefined;
    });
  };
  return (
    <div
      ref={head}
      className="vhead vrow"
      role="row"
      aria-rowindex={1}
      style={{ gridTemplateColumns: template, minWidth: width }}
      onPointerMove={onMove}
      onPointerUp={onUp}
      onPointerCancel={() => {
        drag.current = undefined;
        setBefore(null);
      }}
    >
      {columns.map((column, at) => {
        const { id, title, numeric, orders } = column;
        const now = orders?.findIndex(([name]) => name === order) ?? -1;
        const direction = now < 0 ? undefined : orders?.[now]?.[1];
        const dropsHere = before === id || (before === undefined && at === columns.length - 1);
        const classes = [
          numeric === true ? 'num' : '',
          dropsHere ? (before === undefined ? 'drop-after' : 'drop-before') : '',
        ];
        return (
          <div
            key={id}
            role="columnheader"
            data-column={id}
            className={classes.join(' ').trim()}
            title={title}
            aria-sort={direction}
            onPointerDown={(event) => {
              if (layout === undefined || event.button !== 0) return;
              drag.current = { id, x: event.clientX, moved: false };
              if (event.target instanceof Element && event.target.closest('.grip') !== null) drag.current = undefined;
            }}
          >
            {orders === undefined || onOrder === undefined ? (
              <span className="head-text">{title}</span>
            ) : (
              <button
                type="button"
                className="head-text"
                onClick={() => {
                  if (drag.current?.moved === true) return;
                  onOrder(orders[(now + 1) % orders.length]?.[0] ?? '');
                }}
              >
                {title}
                <span className="sort" aria-hidden="true">
                  {direction === undefined ? '' : direction === 'descending' ? '↓' : '↑'}
                </span>
              </button>
            )}
            {layout !== undefined && <Grip column={column} layout={layout} />}
          </div>
        );
      })}
    </div>
  );
}

/** The right edge of a column's title: dragged, or moved by arrow keys. */
function Grip({ column: { id, title, width }, layout }: { column: HeadColumn; layout: TableLayout }): ReactNode {
  const from = useRef<{ readonly x: number; readonly width: number } | undefined>(undefined);
  return (
    <div
      className="grip"
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={`Width of ${title}`}
      aria-valuenow={width}
      aria-valuemin={least}
      aria-valuemax={most}
      onPointerDown={(event) => {
        const cell = event.currentTarget.parentElement;
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { x: event.clientX, width: cell?.getBoundingClientRect().width ?? width };
      }}
      onPointerMove={(event) => {
        if (from.current !== undefined) layout.resize(id, clamped(from.current.width + event.clientX - from.current.x));
      }}
      onPointerUp={() => {
        from.current = undefined;
      }}
      onKeyDown={(event: KeyboardEvent<HTMLDivElement>) => {
        const by = { ArrowLeft: -16, ArrowRight: 16 }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        const now = event.currentTarget.parentElement?.getBoundingClientRect().width ?? width;
        layout.resize(id, clamped(now + by));
      }}
    />
  );
}
