import { type ReactNode, useEffect, useState } from 'react';
import { go, type View } from '../data/view.ts';
import { momentOf } from '../frame/moments.ts';
import { setFocus } from './map-canvas.tsx';
import type { MapClient } from './map-client.ts';
import { closedText, collapsedOf, lookOf } from './map-view-state.ts';
import type { MapState } from './messages.ts';

/** What is shown on the map, and how. */
export function MapToolbar({
  view,
  client,
  state,
  asTable,
}: {
  view: View;
  client: MapClient;
  state: MapState | undefined;
  asTable: boolean;
}): ReactNode {
  const look = lookOf(view);
  const compares = view.before !== '';
  return (
    <div className="toolbar map-toolbar">
      <label>
        nodes{' '}
        <select
          value={view.group}
          onChange={(event) => go({ group: event.target.value, selected: '', more: { closed: '', focus: '' } })}
        >
          <option value="workload">workloads</option>
          <option value="process">processes</option>
          <option value="namespace">namespaces</option>
          <option value="host">hosts</option>
        </select>
      </label>
      <label>
        grouped by{' '}
        <select value={look.hull} onChange={(event) => go({ more: { hull: event.target.value, closed: '' } })}>
          <option value="auto">
            {state === undefined || look.hull !== 'auto'
              ? 'what there is'
              : state.hullBy === 'none'
                ? 'nothing'
                : state.hullBy}
          </option>
          {(['none', 'namespace', 'host', 'zone'] as const)
            .filter((name) => look.hull !== 'auto' || name !== state?.hullBy)
            .map((name) => (
              <option key={name} value={name}>
                {name === 'none' ? 'nothing' : name}
              </option>
            ))}
        </select>
      </label>
      <Collapse view={view} state={state} />
      <Compare view={view} compares={compares} />
      <Find view={view} client={client} found={state?.found ?? 0} />
      {look.focus !== '' && <Focus view={view} name={state?.focus ?? ''} />}
      <span className="space" />
      {state?.ready === true && (
        <span className="dim count" aria-live="polite">
          {state.nodes.toLocaleString()}
          {state.nodes < state.allNodes && look.focus !== '' ? ` of ${state.allNodes.toLocaleString()}` : ''} services,{' '}
          {state.edges.toLocaleString()} edges
          {state.truncated ? ', the rest is cut' : ''}
        </span>
      )}
      <button
        type="button"
        className="pill"
        aria-pressed={asTable}
        onClick={() => go({ more: { as: asTable ? '' : 'table' } })}
      >
        as table
      </button>
      <details className="menu">
        <summary className="pill" aria-label="more: export and layout">
          more
        </summary>
        <div>
          {(['png', 'svg', 'json'] as const).map((format) => (
            <button key={format} type="button" className="pill" onClick={() => client.send({ kind: 'export', format })}>
              save as {format.toUpperCase()}
            </button>
          ))}
          <button type="button" className="pill" onClick={() => client.send({ kind: 'fit' })}>
            show everything (0)
          </button>
          <button type="button" className="pill" onClick={() => client.send({ kind: 'forget-places' })}>
            lay out anew
          </button>
        </div>
      </details>
    </div>
  );
}

function Collapse({ view, state }: { view: View; state: MapState | undefined }): ReactNode {
  const hulls = state?.hulls ?? [];
  if (hulls.length < 2) return null;
  const closed = collapsedOf(view);
  const all = hulls.every((hull) => hull.collapsed);
  return (
    <button
      type="button"
      className="pill"
      onClick={() =>
        go({ more: { closed: all || closed.length > 0 ? '' : closedText(hulls.map((hull) => hull.key)) } })
      }
    >
      {all || closed.length > 0 ? 'expand all' : 'collapse all'}
    </button>
  );
}

function Compare({ view, compares }: { view: View; compares: boolean }): ReactNode {
  const relative = view.before.startsWith('-');
  const known = ['-5m', '-1h', '-24h', '-7d'];
  return (
    <>
      <label>
        compare with{' '}
        <select
          value={view.before}
          onChange={(event) =>
            go({
              before: event.target.value,
              more: { before_from: '', side: event.target.value === '' ? '' : (view.more.side ?? '') },
            })
          }
        >
          <option value="">nothing</option>
          <option value="-5m">5 minutes ago</option>
          <option value="-1h">an hour ago</option>
          <option value="-24h">a day ago</option>
          <option value="-7d">a week ago</option>
          {compares && !known.includes(view.before) && (
            <option value={view.before}>
              {relative ? `${view.before.slice(1)} ago` : momentText(momentOf(view.before))}
            </option>
          )}
        </select>
      </label>
      {compares && (
        <span className="tabs" role="group" aria-label="How to compare">
          {(['', 'yes'] as const).map((side) => (
            <button
              key={side}
              type="button"
              className="pill"
              aria-pressed={(view.more.side ?? '') === side}
              onClick={() => go({ more: { side } })}
            >
              {side === '' ? 'in one' : 'side by side'}
            </button>
          ))}
        </span>
      )}
    </>
  );
}

function Find({ view, client, found }: { view: View; client: MapClient; found: number }): ReactNode {
  const now = view.more.find ?? '';
  const [text, setText] = useState(now);
  useEffect(() => setText(now), [now]);
  return (
    <form
      className="find"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        client.send({ kind: 'next-found', find: text });
      }}
    >
      <input
        aria-label="Find a service on the map"
        placeholder="find a service"
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          go({ more: { find: event.target.value } }, true);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') go({ more: { find: '' } }, true);
        }}
      />
      {now !== '' && (
        <span className="dim" aria-live="polite">
          {found}
        </span>
      )}
    </form>
  );
}

function Focus({ view, name }: { view: View; name: string }): ReactNode {
  const look = lookOf(view);
  return (
    <span className="focus-bar">
      <button type="button" className="chip" title="Show everything again (Esc)" onClick={() => setFocus('')}>
        around <bdi>{name === '' ? 'what is gone' : name.slice(0, 40)}</bdi> ×
      </button>
      <select
        id="way"
        aria-label="direction"
        value={look.direction}
        onChange={(event) => go({ more: { way: event.target.value } })}
      >
        <option value="both">both ways</option>
        <option value="up">who reaches it</option>
        <option value="down">what it reaches</option>
      </select>
      <select
        id="depth"
        aria-label="steps"
        value={String(look.depth)}
        onChange={(event) => go({ more: { depth: event.target.value } })}
      >
        {[1, 2, 3, 4, 5, 9].map((depth) => (
          <option key={depth} value={depth}>
            {depth === 9 ? 'all steps' : depth === 1 ? '1 step' : `${depth} steps`}
          </option>
        ))}
      </select>
    </span>
  );
}

function momentText(milliseconds: number): string {
  const date = new Date(milliseconds);
  const clock = date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const today = date.toDateString() === new Date().toDateString();
  return today ? `until ${clock}` : `${date.toLocaleDateString([], { day: 'numeric', month: 'short' })}, ${clock}`;
}
