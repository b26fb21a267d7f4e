import type { ReactNode } from 'react';
import { go } from '../data/view.ts';
import { Count, Duration, Name, Rate, Share, Size } from '../parts/quantity.tsx';
import type { EdgeFacts } from './messages.ts';

/** The map as text: the same edges for the keyboard and for those who do not see the picture. */
export function MapTable({ rows, compares }: { rows: readonly EdgeFacts[]; compares: boolean }): ReactNode {
  return (
    <div className="scroll map-table">
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
            {compares && <th>change</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, source, destination, protocol, protocols, ports, golden, changes }) => (
            <tr key={id}>
              <td>
                <button type="button" onClick={() => go({ selected: `node:${source.id}` })}>
                  <Name text={source.name} />
                </button>
              </td>
              <td>
                <button type="button" onClick={() => go({ selected: `edge:${id}` })}>
                  <Name text={destination.name} />
                </button>
              </td>
              <td>
                {protocols.length > 1
                  ? `${protocols.length} protocols`
                  : protocol || <span className="dim">unknown</span>}
              </td>
              <td className="num">{ports.length > 1 ? `${ports.length} ports` : ports[0] || ''}</td>
              <td className="num">{golden.requests.toLocaleString()}</td>
              <td className="num">
                <Rate perSecond={golden.rate} />
              </td>
              <td className={`num ${golden.errors > 0 ? 'bad' : ''}`}>
                <Share of={golden.requests > 0 ? golden.errors / golden.requests : null} />
              </td>
              <td className="num">
                <Duration ns={golden.p50_ns} />
              </td>
              <td className="num">
                <Duration ns={golden.p95_ns} />
              </td>
              <td className="num">
                <Duration ns={golden.p99_ns} />
              </td>
              <td className="num">
                <Size bytes={golden.bytes_out + golden.bytes_in} />
              </td>
              <td className="num">
                <Count of={golden.retransmits} />
              </td>
              {compares && <td>{changes.join(', ').replaceAll('_', ' ')}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
