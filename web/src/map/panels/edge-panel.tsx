import type { ReactNode } from 'react';
import type { EdgeDetail } from '../../../../src/model/api.ts';
import { useApi } from '../../data/use-api.ts';
import { go, isLive, termOf, useView } from '../../data/view.ts';
import { Duration, Name, Rate, Share, Size } from '../../parts/quantity.tsx';
import { Skeleton, Trouble } from '../../parts/states.tsx';
import type { EdgeFacts, Facts } from '../messages.ts';
import { errorShare } from '../scene/golden.ts';
import { Panel } from './frame.tsx';
import { LatencyBar } from './latency-bar.tsx';
import { Charts, Connections, Golden, OperationsTable, TcpFacts, Troubles, Worst } from './sections.tsx';

type ShownEdge = Extract<Facts, { kind: 'edge' }>;

/** An edge: who asks whom, measured on both sides; port by port where several are drawn as one. */
export function EdgePanel({ facts }: { facts: ShownEdge }): ReactNode {
  const { edge, parts } = facts;
  const { source, destination } = edge;
  const view = useView();
  const span = { from: view.from, to: view.to };
  const refresh = isLive(view) ? 5000 : 0;
  // Between entities the server measures all ports together; between groups only the parts are known.
  const isWhole = /^[0-9a-f]{16}$/.test(source.id) && /^[0-9a-f]{16}$/.test(destination.id);
  const detail = useApi<EdgeDetail>(isWhole ? `/edges/${encodeURIComponent(edge.id)}` : undefined, span, refresh);
  const total = detail.data?.total;
  const filter = [
    termOf('from', source.name),
    termOf('to', destination.name),
    edge.protocol === '' ? '' : termOf('protocol', edge.protocol),
  ]
    .filter((term) => term !== '')
    .join(' ');
  const end = (of: { id: string; name: string }): ReactNode => (
    <button type="button" onClick={() => go({ selected: `node:${of.id}` })}>
      <Name text={of.name} most={120} />
    </button>
  );
  return (
    <Panel
      label={`${source.name} to ${destination.name}`}
      title={
        <>
          {end(source)} <span className="dim">→</span> {end(destination)}
        </>
      }
    >
      <div className="dim">
        {edge.protocols.filter((one) => one !== '').join(', ') || 'protocol not understood'}
        {edge.ports.length === 1 && edge.ports[0] > 0 && `, port ${edge.ports[0]}`}
        {edge.ports.length > 1 && `, ${edge.ports.length === 200 ? '200 and more' : edge.ports.length} ports`}
      </div>
      {isWhole && (
        <div className="actions">
          <button type="button" className="pill" onClick={() => go({ page: 'requests', filter, selected: '' })}>
            requests
          </button>
        </div>
      )}
      {edge.before !== undefined && <BeforeAndAfter edge={edge} />}
      {detail.problem !== undefined && total === undefined && edge.before === undefined && (
        <Trouble problem={detail.problem} again={detail.again} />
      )}
      <Golden of={total ?? edge.golden} />
      {isWhole && <Charts query={{ ...span, edge: edge.id }} refresh={refresh} />}
      {isWhole && total === undefined && detail.problem === undefined && <Skeleton lines={3} />}
      {total !== undefined && <LatencyBar of={total} />}
      {parts.length > 1 && <Parts of={parts} named={!isWhole} />}
      {isWhole && <OperationsTable filter={filter} refresh={refresh} />}
      {isWhole && <Worst filter={filter} refresh={refresh} />}
      {isWhole && (
        <Connections filter={`${termOf('from', source.name)} ${termOf('to', destination.name)}`} refresh={refresh} />
      )}
      {total !== undefined && <TcpFacts of={total} />}
      {isWhole && (
        <Troubles filter={`${termOf('from', source.name)} ${termOf('to', destination.name)}`} refresh={refresh} />
      )}
    </Panel>
  );
}

function Parts({ of, named }: { of: ShownEdge['parts']; named: boolean }): ReactNode {
  return (
    <section>
      <h3>{named ? 'Edges that are drawn as one' : 'By port'}</h3>
      <table className="rows">
        <tbody>
          {of.map((part) => {
            const golden = part.now ?? part.before;
            return (
              <tr key={part.id}>
                <td>{named ? <Name text={part.names} most={30} /> : part.port === 0 ? 'no port' : part.port}</td>
                <td className="dim">{part.protocol || 'tcp'}</td>
                <td className="num">
                  <Rate perSecond={golden?.rate} />
                </td>
                <td className={`num ${(golden?.errors ?? 0) > 0 ? 'bad' : ''}`}>
                  <Duration ns={golden?.p95_ns} />
                </td>
                <td className="num">
                  <Size bytes={golden === null || golden === undefined ? null : golden.bytes_in + golden.bytes_out} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function BeforeAndAfter({ edge }: { edge: EdgeFacts }): ReactNode {
  const before = edge.before ?? undefined;
  const after = edge.changes.includes('removed') ? undefined : edge.golden;
  const rows: readonly (readonly [string, ReactNode, ReactNode])[] = [
    ['rate', <Rate key="b" perSecond={before?.rate} />, <Rate key="a" perSecond={after?.rate} />],
    [
      'failed',
      <Share key="b" of={before === undefined ? null : errorShare(before)} />,
      <Share key="a" of={after === undefined ? null : errorShare(after)} />,
    ],
    ['p50', <Duration key="b" ns={before?.p50_ns} />, <Duration key="a" ns={after?.p50_ns} />],
    ['p95', <Duration key="b" ns={before?.p95_ns} />, <Duration key="a" ns={after?.p95_ns} />],
    [
      'bytes',
      <Size key="b" bytes={before === undefined ? null : before.bytes_in + before.bytes_out} />,
      <Size key="a" bytes={after === undefined ? null : after.bytes_in + after.bytes_out} />,
    ],
  ];
  return (
    <section>
      <h3>{edge.changes.length === 0 ? 'As it was' : edge.changes.join(', ').replaceAll('_', ' ')}</h3>
      <table className="rows">
        <thead>
          <tr>
            <th>measure</th>
            <th className="num">before</th>
            <th className="num">after</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, was, is]) => (
            <tr key={name}>
              <td className="dim">{name}</td>
              <td className="num">{was}</td>
              <td className="num">{is}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
