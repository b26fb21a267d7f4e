import type { ReactNode } from 'react';
import { go } from '../../data/view.ts';

/** A panel with its title and the way to close it. */
export function Panel({ label, title, children }: { label: string; title: ReactNode; children: ReactNode }): ReactNode {
  return (
    <aside className="panel" aria-label={label.slice(0, 200)}>
      <header>
        <h2>{title}</h2>
        <button type="button" className="close" aria-label="Close" onClick={() => go({ selected: '' })}>
          ×
        </button>
      </header>
      {children}
    </aside>
  );
}
