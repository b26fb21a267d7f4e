import { type ReactNode, useEffect, useState } from 'react';
import { go, useView, type View } from '../data/view.ts';
import { Empty, Skeleton, Trouble } from '../parts/states.tsx';
import './map.css';
import { MapLegend } from './legend.tsx';
import { MapCanvas, setFocus } from './map-canvas.tsx';
import { type MapClient, mapClient } from './map-client.ts';
import { closedText, collapsedOf, lookOf, questionOf } from './map-view-state.ts';
import type { EdgeFacts, Facts, MapState } from './messages.ts';
import { DiffPanel } from './panels/diff-panel.tsx';
import { EdgePanel } from './panels/edge-panel.tsx';
import { NodePanel } from './panels/node-panel.tsx';
import { MapTable } from './table.tsx';
import { MapToolbar } from './toolbar.tsx';

/** The live service graph, at any time, and how it differs from another. */
export function MapPage(): ReactNode {
  const view = useView();
  const [client] = useState(mapClient);
  const { state, facts, rows, failed } = useMap(client, view);
  const asTable = view.more.as === 'table' || client === undefined;
  useKeys(view, client, facts);

  if (client === undefined)
    return (
      <Empty title="This browser cannot draw the map">
        It needs OffscreenCanvas, which all current browsers have. Requests, flows and queries work as they are.
      </Empty>
    );
  const ready = state?.ready === true;
  return (
    <>
      <div className="page">
        <MapToolbar view={view} client={client} state={state} asTable={asTable} />
        <div className="map-place">
          <MapCanvas client={client} state={state} hidden={asTable} selected={lookOf(view).selected} />
          {failed !== undefined && (
            <Trouble
              problem={{ title: 'The map cannot be drawn', detail: failed, status: 0 }}
              again={() => window.location.reload()}
            />
          )}
          {!ready && state?.problem !== undefined && (
            <div className="map-over">
              <Trouble problem={state.problem} again={() => client.send({ kind: 'again' })} />
            </div>
          )}
          {!ready && state?.problem === undefined && failed === undefined && (
            <div className="map-over">
              <Skeleton lines={4} />
            </div>
          )}
          {ready && state.problem !== undefined && (
            <p className="map-note bad" role="status">
              {state.problem.detail ?? state.problem.title}. What is shown is the last that was known.
            </p>
          )}
          {ready && state.nodes === 0 && (
            <div className="map-over">
              <Empty title="Nothing was seen in this time" command="curl http://localhost/">
                {view.filter !== ''
                  ? 'Nothing passes the filter. Clear it, or look at another time.'
                  : 'The map shows who talks to whom as soon as anybody on this host does. Make a request, or choose another time below.'}
              </Empty>
            </div>
          )}
          {asTable && ready && state.nodes > 0 && <MapTable rows={rows} compares={state.compared !== undefined} />}
          {!asTable && ready && state.nodes > 0 && <MapLegend view={view} state={state} />}
          {!asTable && ready && state.nodes > 0 && state.compared !== undefined && view.more.side === 'yes' && (
            <Sides state={state} />
          )}
        </div>
      </div>
      {facts.kind === 'node' && <NodePanel key={facts.id} facts={facts} />}
      {facts.kind === 'edge' && <EdgePanel key={facts.edge.id} facts={facts} />}
      {facts.kind === 'none' && ready && state.nodes > 0 && state.compared !== undefined && !asTable && (
        <DiffPanel rows={rows} client={client} state={state} />
      )}
    </>
  );
}

function Sides({ state }: { state: MapState }): ReactNode {
  const text = (span: { from: number; to: number } | undefined): string =>
    span === undefined ? '' : `${clock(span.from)} – ${clock(span.to)}`;
  return (
    <div className="map-sides">
      <span>
        before <span className="dim">{text(state.beforeSpan)}</span>
      </span>
      <span>
        after <span className="dim">{text(state.span)}</span>
      </span>
    </div>
  );
}

function clock(milliseconds: number): string {
  return new Date(milliseconds).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

/** Tells the worker what the address says, and hears from it what is there. */
function useMap(client: MapClient | undefined, view: View) {
  const [state, setState] = useState<MapState | undefined>();
  const [facts, setFacts] = useState<Facts>({ kind: 'none' });
  const [rows, setRows] = useState<readonly EdgeFacts[]>([]);
  const [failed, setFailed] = useState<string | undefined>();
  const look = JSON.stringify(lookOf(view));
  const question = JSON.stringify(questionOf(view));
  const wantsRows = view.more.as === 'table' || view.before !== '';
  useEffect(
    () =>
      client?.listen((message) => {
        if (message.kind === 'state') setState(message.state);
        else if (message.kind === 'facts') setFacts(message.facts);
        else if (message.kind === 'rows') setRows(message.rows);
        else if (message.kind === 'failed') setFailed(message.why);
        else if (message.kind === 'select') go({ selected: message.selected });
        else if (message.kind === 'focus') setFocus(message.id);
        else if (message.kind === 'collapse') collapse(message.key, message.collapsed);
      }),
    [client],
  );
  useEffect(() => client?.send({ kind: 'look', look: JSON.parse(look) }), [client, look]);
  useEffect(() => client?.send({ kind: 'question', question: JSON.parse(question) }), [client, question]);
  useEffect(() => client?.send({ kind: 'rows', wanted: wantsRows }), [client, wantsRows]);
  useEffect(() => {
    client?.send({ kind: 'visible', visible: true });
    return () => client?.send({ kind: 'visible', visible: false });
  }, [client]);
  return { state, facts, rows, failed };
}

/** Collapses a hull to one node, or expands it. */
export function collapse(key: string, collapsed: boolean): void {
  const search = new URLSearchParams(window.location.search);
  const keys = new Set(
    (search.get('closed') ?? '')
      .split(',')
      .filter((one) => one !== '')
      .map(decodeURIComponent),
  );
  if (collapsed) keys.add(key);
  else keys.delete(key);
  go({ more: { closed: closedText([...keys]) } });
}

function useKeys(view: View, client: MapClient | undefined, facts: Facts): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest('input, textarea, select, [role=dialog]') !== null)
        return;
      if (event.key === 'f' && facts.kind === 'node') setFocus(view.more.focus === facts.id ? '' : facts.id);
      else if (event.key === 'e' && facts.kind === 'node') {
        if (facts.node.id.includes(':') && collapsedOf(view).includes(facts.id)) collapse(facts.id, false);
        else if (facts.hull !== '') collapse(facts.hull, true);
      } else if (event.key === 'c')
        go({ before: view.before === '' ? '-1h' : '', more: { side: '', before_from: '' } });
      else if (event.key === 'n') client?.send({ kind: 'next-found', find: view.more.find ?? '' });
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [view, client, facts]);
}
