import type { ReactNode } from 'react';
import { duration, quantityText, rate, share } from '../../../../src/model/format.ts';
import { go } from '../../data/view.ts';
import { Name } from '../../parts/quantity.tsx';
import type { MapClient } from '../map-client.ts';
import type { EdgeFacts, MapState } from '../messages.ts';
import { errorShare } from '../scene/golden.ts';

/** What changed between two times, the most important first; each item leads to its edge. */
export function DiffPanel({
  rows,
  client,
  state,
}: {
  rows: readonly EdgeFacts[];
  client: MapClient;
  state: MapState;
}): ReactNode {
  const changed = rows.filter((row) => row.changes.length > 0).sort((a, b) => weight(b) - weight(a));
  const counts = Object.entries(state.compared ?? {});
  return (
    <aside className="panel diff" aria-label="What changed">
      <header>
        <h2>What changed</h2>
        <button
          type="button"
          className="close"
          aria-label="Stop comparing"
          onClick={() => go({ before: '', more: { side: '', before_from: '' } })}
        >
          ×
        </button>
      </header>
      <div className="dim">
        {spanText(state.beforeSpan)} against {spanText(state.span)}
      </div>
      {counts.length === 0 ? (
        <p className="dim">Nothing worth saying: the same edges, at about the same rates and latencies.</p>
      ) : (
        <p>{counts.map(([change, count]) => `${count} ${change.replaceAll('_', ' ')}`).join(', ')}</p>
      )}
      <ul className="list">
        {changed.slice(0, 200).map((row) => (
          <li key={row.id}>
            <button
              type="button"
              onClick={() => {
                client.send({ kind: 'show', id: row.id });
                go({ selected: `edge:${row.id}` });
              }}
            >
              <span className={inkOf(row.changes)}>{row.changes.join(', ').replaceAll('_', ' ')}</span>{' '}
              <Name text={row.source.name} most={24} /> <span className="dim">→</span>{' '}
              <Name text={row.destination.name} most={24} />
              <div className="dim">
                {row.protocol || 'tcp'} {detailOf(row)}
              </div>
            </button>
          </li>
        ))}
      </ul>
    </aside>
  );
}

function inkOf(changes: readonly string[]): string {
  if (changes.includes('added')) return 'ink-new';
  if (changes.includes('removed')) return 'ink-gone';
  if (changes.includes('more_errors')) return 'bad';
  return changes.includes('slower') ? 'ink-slow' : 'ink-other';
}

/** Failures first, then what came or went, then what got slower; within these by traffic. */
function weight({ changes, golden }: EdgeFacts): number {
  const rank = changes.includes('more_errors')
    ? 4
    : changes.includes('added') || changes.includes('removed')
      ? 3
      : changes.includes('slower')
        ? 2
        : 1;
  return rank * 1e9 + Math.min(golden.rate * 1000 + golden.opened, 9e8);
}

function detailOf({ before, golden, changes }: EdgeFacts): string {
  const was = before ?? undefined;
  if (was === undefined || changes.includes('removed')) return quantityText(rate(golden.rate));
  const parts: string[] = [];
  if (changes.some((change) => change === 'chattier' || change === 'quieter'))
    parts.push(`${quantityText(rate(was.rate))} → ${quantityText(rate(golden.rate))}`);
  if (
    changes.some((change) => change === 'slower' || change === 'faster') &&
    was.p95_ns !== null &&
    golden.p95_ns !== null
  )
    parts.push(`p95 ${quantityText(duration(was.p95_ns))} → ${quantityText(duration(golden.p95_ns))}`);
  if (changes.some((change) => change.endsWith('errors')))
    parts.push(`failed ${quantityText(share(errorShare(was)))} → ${quantityText(share(errorShare(golden)))}`);
  return parts.join(', ');
}

function spanText(span: { readonly from: number; readonly to: number } | undefined): string {
  if (span === undefined) return '';
  const clock = (at: number): string =>
    new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return `${clock(span.from)} – ${clock(span.to)}`;
}
