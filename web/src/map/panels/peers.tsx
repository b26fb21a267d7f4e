import type { ReactNode } from 'react';
import { go } from '../../data/view.ts';
import { Duration, Name, Rate } from '../../parts/quantity.tsx';
import type { EdgeFacts } from '../messages.ts';

/** Who asks it, or whom it asks. */
export function Peers({
  title,
  edges,
  end,
}: {
  title: string;
  edges: readonly EdgeFacts[];
  end: 'source' | 'destination';
}): ReactNode {
  if (edges.length === 0) return null;
  return (
    <section>
      <h3>
        {title} {edges.length > 15 && <span>{edges.length === 50 ? '50 and more' : edges.length}</span>}
      </h3>
      <table className="rows">
        <tbody>
          {edges.slice(0, 15).map((edge) => (
            <tr key={edge.id}>
              <td>
                <button type="button" onClick={() => go({ selected: `edge:${edge.id}` })}>
                  <Name text={edge[end].name} most={28} />
                </button>
              </td>
              <td className="dim">
                {edge.protocol || (edge.ports.length > 1 ? `${edge.ports.length} ports` : `:${edge.ports[0] ?? ''}`)}
              </td>
              <td className="num">
                <Rate perSecond={edge.golden.rate} />
              </td>
              <td className={`num ${edge.golden.errors + edge.golden.failed > 0 ? 'bad' : ''}`}>
                <Duration ns={edge.golden.p95_ns} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
