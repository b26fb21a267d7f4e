import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import type { Session } from '../../../src/model/api.ts';
import { get, setCsrf } from '../data/api.ts';
import { go, isLive, type Page, pages, useView } from '../data/view.ts';
import { mapClient } from '../map/map-client.ts';
import { MapPage } from '../map/map-page.tsx';
import { Skeleton } from '../parts/states.tsx';
import { Icon } from './icons.tsx';
import { Keys } from './keys.tsx';
import { Login } from './login.tsx';
import { Palette } from './palette.tsx';
import { Scrubber } from './scrubber.tsx';
import { toggleTheme } from './theme.ts';
import { TopBar } from './top-bar.tsx';

const RequestsPage = lazy(async () => ({ default: (await import('../requests/requests-page.tsx')).RequestsPage }));
const EventsPage = lazy(async () => ({ default: (await import('../events/events-page.tsx')).EventsPage }));
const HealthPage = lazy(async () => ({ default: (await import('../health/health-page.tsx')).HealthPage }));
const QueryPage = lazy(async () => ({ default: (await import('../query/query-page.tsx')).QueryPage }));

const titles: Readonly<Record<Page, string>> = {
  map: 'Map',
  requests: 'Requests',
  events: 'Flows & events',
  health: 'Health',
  query: 'Query',
};

const shown: Readonly<Record<Page, () => ReactNode>> = {
  map: () => <MapPage />,
  requests: () => <RequestsPage />,
  events: () => <EventsPage />,
  health: () => <HealthPage />,
  query: () => <QueryPage />,
};

/** The frame around every page: rail, top bar, page, time. */
export function App(): ReactNode {
  const [session, setSession] = useState<Session | null | undefined>();
  const view = useView();
  const [palette, setPalette] = useState(false);
  const [keys, setKeys] = useState(false);

  useEffect(() => {
    // What draws the map starts while it is asked who this is.
    if (view.page === 'map') mapClient();
    get<Session>('/session')
      .then((answer) => {
        setCsrf(answer.csrf);
        setSession(answer);
        // A token in the address has done its work; it must not stay in the history.
        const url = new URL(window.location.href);
        if (url.searchParams.has('token')) {
          url.searchParams.delete('token');
          window.history.replaceState(null, '', url);
        }
      })
      .catch(() => setSession(null));
  }, []);

  useEffect(() => {
    document.title = `${titles[view.page]} · Wirelight`;
  }, [view.page]);

  useEffect(() => {
    let leader = 0;
    const onKey = (event: KeyboardEvent): void => {
      const typing = event.target instanceof Element && event.target.closest('input, textarea, select') !== null;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setPalette(true);
        return;
      }
      if (event.key === 'Escape') {
        if (palette) setPalette(false);
        else if (keys) setKeys(false);
        else if (typing && event.target instanceof HTMLElement) event.target.blur();
        else if (view.selected !== '') go({ selected: '' });
        else if (view.more.focus !== undefined) go({ more: { focus: '' } });
        else if (view.before !== '') go({ before: '' });
        return;
      }
      if (typing || event.ctrlKey || event.metaKey || event.altKey || palette) return;
      const afterG = Date.now() - leader < 1200;
      const target = { m: 'map', r: 'requests', f: 'events', q: 'query', h: 'health' }[event.key];
      if (afterG && target !== undefined) {
        go({ page: target as Page, selected: '' });
        leader = 0;
      } else if (event.key === 'g') leader = Date.now();
      else if (event.key === '/') {
        event.preventDefault();
        document.getElementById('filter')?.focus();
      } else if (event.key === 't') toggleTheme();
      else if (event.key === '?') setKeys(true);
      else if (event.key === ' ' && !(event.target instanceof HTMLButtonElement)) {
        event.preventDefault();
        go(isLive(view) ? { from: String(Date.now() - 900_000), to: String(Date.now()) } : { from: '-15m', to: 'now' });
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [view, palette, keys]);

  if (session === undefined) return null;
  if (session === null || session.role === null) return <Login methods={session?.methods ?? []} />;
  return (
    <div className="frame">
      <nav className="rail" aria-label="Pages">
        <img className="logo" src="/favicon.svg" width="28" height="28" alt="Wirelight" style={{ marginBottom: 8 }} />
        {pages.map((page) => (
          <a
            key={page}
            href={`/${page}`}
            aria-current={view.page === page ? 'page' : undefined}
            aria-label={titles[page]}
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey) return;
              event.preventDefault();
              go({ page, selected: '' });
            }}
          >
            <Icon name={page} />
            <span className="tip">{titles[page]}</span>
          </a>
        ))}
        <span className="space" />
        <button type="button" aria-label="Keys" onClick={() => setKeys(true)}>
          <Icon name="keys" />
          <span className="tip">Keys (?)</span>
        </button>
        <button type="button" aria-label="Dark or light" onClick={toggleTheme}>
          <Icon name="theme" />
          <span className="tip">Dark or light (t)</span>
        </button>
      </nav>
      <TopBar view={view} openPalette={() => setPalette(true)} />
      <main>
        <h1 className="visually-hidden">{titles[view.page]}</h1>
        <Suspense
          fallback={
            <div className="page" style={{ padding: 24 }}>
              <Skeleton />
            </div>
          }
        >
          {shown[view.page]()}
        </Suspense>
      </main>
      <Scrubber view={view} />
      {palette && <Palette close={() => setPalette(false)} titles={titles} />}
      {keys && <Keys close={() => setKeys(false)} />}
    </div>
  );
}
