import type { ReactNode } from 'react';
import { go, type View } from '../data/view.ts';
import { lookOf } from './map-view-state.ts';
import type { MapState } from './messages.ts';
import { measureNames } from './scene/golden.ts';

const words = { rate: 'rate', errors: 'failures', p95: 'p95', bytes: 'bytes' } as const;

/** What width and colour mean, and the choice of it. */
export function MapLegend({ view, state }: { view: View; state: MapState }): ReactNode {
  const look = lookOf(view);
  const three = state.compared !== undefined && !look.sideBySide;
  return (
    <div className="map-key">
      <label>
        <span className="wedge" aria-hidden="true" /> width{' '}
        <select value={look.width} onChange={(event) => go({ more: { width: event.target.value } })}>
          {measureNames.map((name) => (
            <option key={name} value={name}>
              {words[name]}
            </option>
          ))}
        </select>
      </label>
      {three ? (
        <>
          <span className="ink-new">added</span>
          <span className="ink-gone">- - removed</span>
          <span className="ink-slow">slower</span>
          <span className="bad">more failures</span>
          <span className="ink-other">otherwise changed</span>
        </>
      ) : (
        <>
          <label>
            <span className={`ramp ramp-${look.colour}`} aria-hidden="true" /> colour{' '}
            <select value={look.colour} onChange={(event) => go({ more: { colour: event.target.value } })}>
              {measureNames.map((name) => (
                <option key={name} value={name}>
                  {words[name]}
                </option>
              ))}
            </select>
          </label>
          <span className="wide-only bad">failed at the far end</span>
          <span className="wide-only">- - only TCP or UDP was understood</span>
        </>
      )}
    </div>
  );
}
