import type { ReactNode } from 'react';
import type { Problem } from '../data/api.ts';

/** What would be here, and the command that brings it. */
export function Empty({
  title,
  children,
  command,
}: {
  title: string;
  children?: ReactNode;
  command?: string;
}): ReactNode {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children !== undefined && <p>{children}</p>}
      {command !== undefined && <code>{command}</code>}
    </div>
  );
}

/** What happened, why, and what to do next. */
export function Trouble({ problem, again }: { problem: Problem; again: () => void }): ReactNode {
  return (
    <div className="trouble" role="alert">
      <h2>{problem.title}</h2>
      {problem.detail !== undefined && <p>{problem.detail}</p>}
      {problem.next !== undefined && <p className="dim">{problem.next}</p>}
      <button type="button" className="button" onClick={again}>
        Try again
      </button>
    </div>
  );
}

/** Lines in the shape of what is being loaded. */
export function Skeleton({ lines = 6 }: { lines?: number }): ReactNode {
  return (
    <div aria-busy="true" role="status">
      <span className="visually-hidden">Loading</span>
      {Array.from({ length: lines }, (_, i) => (
        <div key={i} className="skeleton" style={{ height: 14, margin: '9px 0', width: `${90 - ((i * 17) % 40)}%` }} />
      ))}
    </div>
  );
}
