import type { ReactNode } from 'react';
import type { ColumnLayout } from './column-layout.ts';

/** Chooses which columns a table shows and in which order; dragging their titles does the same. */
export function ColumnsMenu<Column extends { readonly id: string; readonly title: string }>({
  layout,
}: {
  layout: ColumnLayout<Column>;
}): ReactNode {
  const { columns } = layout;
  return (
    <details className="menu">
      <summary className="button">Columns</summary>
      <div className="columns-menu">
        {layout.all.map(({ id, title }) => {
          const at = columns.findIndex((column) => column.id === id);
          return (
            <div key={id} style={{ display: 'contents' }}>
              <label>
                <input
                  type="checkbox"
                  checked={at >= 0}
                  disabled={at >= 0 && columns.length === 1}
                  onChange={(event) => layout.show(id, event.target.checked)}
                />{' '}
                {title}
              </label>
              <button
                type="button"
                aria-label={`Move ${title} to the left`}
                disabled={at <= 0}
                onClick={() => layout.move(id, columns[at - 1]?.id)}
              >
                ↑
              </button>
              <button
                type="button"
                aria-label={`Move ${title} to the right`}
                disabled={at < 0 || at === columns.length - 1}
                onClick={() => layout.move(id, columns[at + 2]?.id)}
              >
                ↓
              </button>
            </div>
          );
        })}
        <button type="button" className="button" disabled={!layout.isArranged} onClick={layout.reset}>
          As usual
        </button>
      </div>
    </details>
  );
}
