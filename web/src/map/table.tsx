import type { ReactNode } from 'react';
import { go } from '../data/view.ts';
import { Count, Duration, Name, Rate, Share, Size } from '../parts/quantity.tsx';
import type { Scene } from './scene.ts';

/** The map as text: the same edges for the keyboard and for those who do not see the picture. */
export function MapTable({ scene }: { scene: Scene }): ReactNode {
  const edges = [...scene.edges].sort(
    (a, b) => b.golden.requests - a.golden.requests || b.golden.bytes_out - a.golden.bytes_out,
  );
  return (
    <div className="scroll">
      <table className="rows" aria-label="Edges">
        <thead>
          <tr>
            <th>source</th>
            <th>destination</th>
            <th>protocol</th>
            <th className="num">port</th>
            <th className="num">requests</th>
            <th className="num">rate</th>
            <th className="num">failed</th>
            <th className="num">p50</th>
            <th className="num">p95</th>
            <th className="num">p99</th>
            <th className="num">bytes</th>
            <th className="num">retransmits</th>
            {edges.some((edge) => edge.changes.length > 0) && <th>change</th>}
          </tr>
        </thead>
        <tbody>
          {edges.slice(0, 2000).map((edge) => (
            <tr key={edge.id}>
              <td>
                <button type="button" onClick={() => go({ selected: `node:${edge.source.id}` })}>
                  <Name text={edge.source.name} />
                </button>
              </td>
              <td>
                <button type="button" onClick={() => go({ selected: `edge:${edge.id}` })}>
                  <Name text={edge.destination.name} />
                </button>
              </td>
              <td>{edge.protocol || <span className="dim">unknown</span>}</td>
              <td className="num">{edge.port || ''}</td>
              <td className="num">{edge.golden.requests.toLocaleString()}</td>
              <td className="num">
                <Rate perSecond={edge.golden.rate} />
              </td>
              <td className={`num ${edge.golden.errors > 0 ? 'bad' : ''}`}>
                <Share of={edge.golden.requests > 0 ? edge.golden.errors / edge.golden.requests : null} />
              </td>
              <td className="num">
                <Duration ns={edge.golden.p50_ns} />
              </td>
              <td className="num">
                <Duration ns={edge.golden.p95_ns} />
              </td>
              <td className="num">
                <Duration ns={edge.golden.p99_ns} />
              </td>
              <td className="num">
                <Size bytes={edge.golden.bytes_out + edge.golden.bytes_in} />
              </td>
              <td className="num">
                <Count of={edge.golden.retransmits} />
              </td>
              {edges.some((one) => one.changes.length > 0) && <td>{edge.changes.join(', ').replaceAll('_', ' ')}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
