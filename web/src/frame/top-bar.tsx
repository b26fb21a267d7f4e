import { type ReactNode, useEffect, useState } from 'react';
import type { Health, Losses } from '../../../src/model/api.ts';
import { useApi } from '../data/use-api.ts';
import { go, isLive, type View } from '../data/view.ts';
import { useQuietStart } from './use-quiet-start.ts';

/** Filter, live state, and whether the picture is whole. */
export function TopBar({ view, openPalette }: { view: View; openPalette: () => void }): ReactNode {
  const [text, setText] = useState(view.filter);
  useEffect(() => setText(view.filter), [view.filter]);
  const ready = useQuietStart(view.page === 'map');
  const losses = useApi<Losses>(ready ? '/losses' : undefined, { from: view.from, to: view.to }, 5000);
  const health = useApi<Health>(ready ? '/health' : undefined, {}, 5000);
  const lost = losses.data?.total ?? 0;
  const agents = health.data?.agents;
  const apply = (): void => go({ filter: text.trim() });
  return (
    <header className="topbar">
      <button type="button" className="scope" onClick={openPalette} title="Search services and commands (Ctrl K)">
        {agents === undefined ? 'this host' : agents.known <= 1 ? 'this host' : `${agents.known} hosts`}
      </button>
      <form
        className="search"
        onSubmit={(event) => {
          event.preventDefault();
          apply();
        }}
      >
        <input
          id="filter"
          aria-label="Filter"
          placeholder="from:web to:checkout protocol:http status:5xx latency:>200ms"
          spellCheck={false}
          autoComplete="off"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onBlur={apply}
        />
        {text !== '' && (
          <button type="button" className="close" aria-label="Clear the filter" onClick={() => go({ filter: '' })}>
            ×
          </button>
        )}
      </form>
      <span style={{ flex: 1 }} />
      {lost > 0 && (
        <a
          className="badge lost"
          href="/health"
          onClick={(event) => {
            event.preventDefault();
            go({ page: 'health', selected: '' });
          }}
        >
          {lost.toLocaleString()} lost<span className="wide-only">: the picture is not complete</span>
        </a>
      )}
      {health.problem !== undefined ? (
        <span className="badge lost" role="status">
          server does not answer
        </span>
      ) : (
        <button
          type="button"
          className={`badge ${isLive(view) ? 'live' : ''}`}
          title={isLive(view) ? 'Pause (space)' : 'Back to live (space)'}
          onClick={() =>
            go(
              isLive(view)
                ? { from: String(Date.now() - 900_000), to: String(Date.now()) }
                : { from: '-15m', to: 'now', selected: view.selected },
            )
          }
        >
          <span className="dot" />
          {isLive(view) ? 'live' : 'paused'}
        </button>
      )}
    </header>
  );
}
