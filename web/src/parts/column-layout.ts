import { useMemo, useState } from 'react';
import type { TableLayout } from './virtual-table.tsx';

interface Arranged {
  /** Ids in the order in which they stand; [] for the usual ones. */
  readonly shown: readonly string[];
  readonly widths: Readonly<Record<string, number>>;
}
interface AnyColumn {
  readonly id: string;
  readonly title: string;
  readonly width: number;
  readonly usual: boolean;
  readonly grow?: number;
}

/** The columns of a table as somebody arranged them. */
export interface ColumnLayout<Column> extends TableLayout {
  readonly columns: readonly Column[];
  /** All of them, those that are shown first and in their order. */
  readonly all: readonly Column[];
  readonly isShown: (id: string) => boolean;
  readonly show: (id: string, on: boolean) => void;
  readonly isArranged: boolean;
  readonly reset: () => void;
}

/**
 * Which columns are shown, in which order and how wide: remembered by the browser under `name`. What the address says goes
 * before what is remembered; `tell` puts a choice into it.
 */
export function useColumnLayout<Column extends AnyColumn>(
  name: string,
  every: readonly Column[],
  told: string,
  tell: (columns: string) => void,
): ColumnLayout<Column> {
  const key = `wirelight-columns-${name}`;
  const [own, setOwn] = useState<Arranged>(() => remembered(key));
  const wanted = told === '' ? own.shown : told.split(',');
  const known = wanted.filter((id) => every.some((column) => column.id === id));
  const shown = known.length === 0 ? every.filter(({ usual }) => usual).map(({ id }) => id) : known;
  const keep = (next: Arranged): void => {
    setOwn(next);
    try {
      localStorage.setItem(key, JSON.stringify(next));
    } catch {
      // Where nothing may be kept it lasts as long as the page.
    }
  };
  const arrange = (next: readonly string[]): void => {
    if (next.length === 0) return;
    keep({ ...own, shown: next });
    tell(next.join());
  };
  return useMemo(() => {
    const sized = (column: Column): Column => {
      const width = own.widths[column.id];
      if (width === undefined) return column;
      const { grow: _grow, ...rest } = column;
      return { ...rest, width } as Column;
    };
    const of = (id: string): Column[] => every.filter((column) => column.id === id).map(sized);
    return {
      columns: shown.flatMap(of),
      all: [...shown.flatMap(of), ...every.filter(({ id }) => !shown.includes(id))],
      isShown: (id) => shown.includes(id),
      show: (id, on) => {
        const others = shown.filter((other) => other !== id);
        arrange(on ? [...others, id] : others);
      },
      move: (id, before) => {
        if (id === before) return;
        const others = shown.filter((other) => other !== id);
        const at = before === undefined ? others.length : others.indexOf(before);
        arrange([...others.slice(0, at), id, ...others.slice(at)]);
      },
      resize: (id, width) => keep({ ...own, widths: { ...own.widths, [id]: width } }),
      isArranged: known.length > 0 || Object.keys(own.widths).length > 0,
      reset: () => {
        keep({ shown: [], widths: {} });
        tell('');
      },
    };
    // every comes anew with each filter, and the rest follows from these
  }, [every, own, told]);
}

function remembered(key: string): Arranged {
  try {
    const read: unknown = JSON.parse(localStorage.getItem(key) ?? '{}');
    if (typeof read !== 'object' || read === null) return { shown: [], widths: {} };
    const shown = 'shown' in read && Array.isArray(read.shown) ? read.shown.filter((id) => typeof id === 'string') : [];
    const widths =
      'widths' in read && typeof read.widths === 'object' && read.widths !== null
        ? Object.fromEntries(
            Object.entries(read.widths).filter(
              (pair): pair is [string, number] => typeof pair[1] === 'number' && pair[1] >= 40 && pair[1] <= 1000,
            ),
          )
        : {};
    return { shown, widths };
  } catch {
    return { shown: [], widths: {} };
  }
}
