import type { ReactNode } from 'react';
import type { EdgeDetail, EntityDetail, Measures, Operations, Requests, Series } from '../../../src/model/api.ts';
import { count, duration, rate, share } from '../../../src/model/format.ts';
import { useApi } from '../data/use-api.ts';
import { go, isLive, termOf, useView } from '../data/view.ts';
import { Chart } from '../parts/chart.tsx';
import { Count, Duration, Moment, Name, Rate, Share, Size } from '../parts/quantity.tsx';
import { Skeleton, Trouble } from '../parts/states.tsx';
import type { Scene } from './scene.ts';

/** A service: what it does, how well, with whom. */
export function NodePanel({ id, scene }: { id: string; scene: Scene | undefined }): ReactNode {
  const view = useView();
  const span = { from: view.from, to: view.to };
  const refresh = isLive(view) ? 5000 : 0;
  const isEntity = /^[0-9a-f]{16}$/.test(id);
  const node = scene?.nodes.find((one) => one.id === id);
  const detail = useApi<EntityDetail>(isEntity ? `/entities/${id}` : undefined, span, refresh);
  const name = detail.data?.entity.name ?? node?.name ?? id;
  const incoming = (scene?.edges ?? []).filter((edge) => edge.destination.id === id);
  const outgoing = (scene?.edges ?? []).filter((edge) => edge.source.id === id);
  const serves = (detail.data?.in.requests ?? node?.node.in.requests ?? 0) > 0 || outgoing.length === 0;
  const filter = termOf(serves ? 'to' : 'from', name);
  if (detail.problem !== undefined && node === undefined)
    return (
      <aside className="panel" aria-label={name}>
        <Trouble problem={detail.problem} again={detail.again} />
      </aside>
    );
  const facts = detail.data?.entity;
  return (
    <aside className="panel" aria-label={name}>
      <header>
        <h2>
          <bdi>{name.slice(0, 500)}</bdi>
        </h2>
        <button type="button" className="close" aria-label="Close" onClick={() => go({ selected: '' })}>
          ×
        </button>
      </header>
      <div className="dim">
        {facts?.kind ?? node?.kind}
        {facts !== undefined && facts.namespace !== '' && ` in ${facts.namespace}`}
        {facts !== undefined && facts.host !== '' && ` on ${facts.host}`}
        {facts !== undefined && (
          <>
            {' '}
            since <Moment iso={facts.first_seen} />
          </>
        )}
      </div>
      {detail.data === undefined ? (
        isEntity ? (
          <Skeleton lines={5} />
        ) : null
      ) : (
        <Golden of={serves ? detail.data.in : detail.data.out} />
      )}
      {isEntity && <Charts query={{ ...span, entity: id, direction: serves ? 'in' : 'out' }} refresh={refresh} />}
      {detail.data !== undefined && <LatencyBar of={serves ? detail.data.in : detail.data.out} />}
      <OperationsTable filter={filter} refresh={refresh} />
      <Peers title="asked by" edges={incoming.map((edge) => ({ edge, name: edge.source.name }))} />
      <Peers title="asks" edges={outgoing.map((edge) => ({ edge, name: edge.destination.name }))} />
      <Worst filter={filter} refresh={refresh} />
      {detail.data !== undefined && detail.data.instances.length > 0 && (
        <section>
          <h3>Instances</h3>
          <table className="rows">
            <tbody>
              {detail.data.instances.slice(0, 20).map((instance) => (
                <tr key={instance.id}>
                  <td>
                    <Name text={instance.name} most={36} />
                  </td>
                  <td className="dim">{instance.details.pid ?? instance.kind}</td>
                  <td className="num">
                    <Moment iso={instance.last_seen} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {facts !== undefined && Object.keys(facts.details).length > 0 && (
        <section>
          <h3>Known of it</h3>
          <dl className="facts">
            {Object.entries(facts.details)
              .filter(([, value]) => value !== '')
              .map(([key, value]) => (
                <div key={key} style={{ display: 'contents' }}>
                  <dt>{key.replaceAll('_', ' ')}</dt>
                  <dd className="mono">
                    <bdi>{value.slice(0, 400)}</bdi>
                  </dd>
                </div>
              ))}
          </dl>
        </section>
      )}
    </aside>
  );
}

/** An edge: who asks whom, measured on both sides. */
export function EdgePanel({ id, scene }: { id: string; scene: Scene | undefined }): ReactNode {
  const view = useView();
  const span = { from: view.from, to: view.to };
  const refresh = isLive(view) ? 5000 : 0;
  const edge = scene?.edges.find((one) => one.id === id);
  const detail = useApi<EdgeDetail>(`/edges/${encodeURIComponent(id)}`, span, refresh);
  const source = detail.data?.source_entity?.name ?? edge?.source.name ?? '';
  const destination = detail.data?.destination_entity?.name ?? edge?.destination.name ?? '';
  const protocol = detail.data?.protocol ?? edge?.protocol ?? '';
  const port = detail.data?.port ?? edge?.port ?? 0;
  const filter = `${termOf('from', source)} ${termOf('to', destination)}`;
  const total = detail.data?.total;
  return (
    <aside className="panel" aria-label={`${source} to ${destination}`}>
      <header>
        <h2>
          <bdi>{source.slice(0, 200)}</bdi> <span className="dim">→</span> <bdi>{destination.slice(0, 200)}</bdi>
        </h2>
        <button type="button" className="close" aria-label="Close" onClick={() => go({ selected: '' })}>
          ×
        </button>
      </header>
      <div className="dim">
        {protocol || 'protocol not understood'}
        {port > 0 && `, port ${port}`}
      </div>
      {detail.problem !== undefined && total === undefined ? (
        <Trouble problem={detail.problem} again={detail.again} />
      ) : total === undefined ? (
        <Skeleton lines={5} />
      ) : (
        <>
          <Golden of={total} />
          <Charts query={{ ...span, edge: id }} refresh={refresh} />
          <LatencyBar of={total} />
          <OperationsTable filter={filter} refresh={refresh} />
          <Worst filter={filter} refresh={refresh} />
          <section>
            <h3>TCP</h3>
            <dl className="facts">
              <dt>sent</dt>
              <dd>
                <Size bytes={total.bytes_out} />
              </dd>
              <dt>received</dt>
              <dd>
                <Size bytes={total.bytes_in} />
              </dd>
              <dt>connections</dt>
              <dd>
                <Count of={total.opened} /> opened, <Count of={total.ended} /> ended, <Count of={total.failed} />{' '}
                failed, <Count of={total.resets} /> reset
              </dd>
              <dt>round trip</dt>
              <dd>
                <Duration ns={total.rtt_ns} /> <span className="dim">least</span> <Duration ns={total.rtt_min_ns} />
              </dd>
              <dt>retransmits</dt>
              <dd>
                <Count of={total.retransmits} /> of <Count of={total.segments} /> segments
              </dd>
              <dt>connect</dt>
              <dd>
                <Duration ns={total.connect_ns} />
              </dd>
            </dl>
          </section>
        </>
      )}
    </aside>
  );
}

function Golden({ of }: { of: Measures }): ReactNode {
  return (
    <div className="golden">
      <div>
        <span className="label">rate</span>
        <Rate perSecond={of.rate} />
      </div>
      <div className={of.errors > 0 ? 'bad' : ''}>
        <span className="label">failed</span>
        <Share of={of.requests > 0 ? of.errors / of.requests : null} />
      </div>
      <div>
        <span className="label">p50</span>
        <Duration ns={of.p50_ns} />
      </div>
      <div>
        <span className="label">p95</span>
        <Duration ns={of.p95_ns} />
      </div>
    </div>
  );
}

function Charts({ query, refresh }: { query: Record<string, string>; refresh: number }): ReactNode {
  const metrics = 'rate,error_ratio,p50,p95,p99,opened,retransmits';
  const { data } = useApi<Series>('/series', { ...query, metrics }, refresh);
  if (data === undefined) return <section style={{ minHeight: 420 }} />;
  const line = (metric: string, label: string, role: string) => ({
    label,
    role,
    values: data.lines.find((one) => one.metric === metric)?.values ?? [],
  });
  return (
    <section>
      <Chart title="requests" times={data.times} lines={[line('rate', '', 'text-2')]} show={rate} />
      <Chart title="failed" times={data.times} lines={[line('error_ratio', '', 'error')]} show={share} />
      <Chart
        title="latency p50 p95 p99"
        times={data.times}
        lines={[line('p50', 'p50', 'text-3'), line('p95', 'p95', 'slow'), line('p99', 'p99', 'text-2')]}
        show={duration}
      />
      <Chart
        title="connections opened, retransmits"
        times={data.times}
        lines={[line('opened', 'opened', 'text-2'), line('retransmits', 'retransmits', 'error')]}
        show={count}
      />
    </section>
  );
}

const parts = [
  { key: 'received_ns', label: 'received', role: 'text-3' },
  { key: 'waited_ns', label: 'waited in the socket', role: 'accent' },
  { key: 'worked_ns', label: 'worked', role: 'slow' },
  { key: 'sent_ns', label: 'sent', role: 'new' },
] as const;

/** Where a request spends its time, on the mean. */
function LatencyBar({ of }: { of: Measures }): ReactNode {
  const known = parts.map((part) => ({ ...part, ns: of[part.key] ?? 0 }));
  const whole = known.reduce((sum, part) => sum + part.ns, 0);
  if (whole === 0) return null;
  return (
    <section>
      <h3>Where the time goes</h3>
      <div className="bar">
        {known.map((part) => (
          <i key={part.key} style={{ width: `${(part.ns / whole) * 100}%`, background: `var(--${part.role})` }} />
        ))}
      </div>
      <div className="legend">
        {known.map((part) => (
          <span key={part.key}>
            <b style={{ background: `var(--${part.role})` }} />
            {part.label} <Duration ns={part.ns} />
          </span>
        ))}
      </div>
    </section>
  );
}

function OperationsTable({ filter, refresh }: { filter: string; refresh: number }): ReactNode {
  const view = useView();
  const { data } = useApi<Operations>(
    '/operations',
    { from: view.from, to: view.to, filter, order: 'time', limit: 12 },
    refresh,
  );
  if (data === undefined || data.items.length === 0) return null;
  const whole = data.items.reduce((sum, item) => sum + item.total_ns, 0);
  return (
    <section>
      <h3>Operations</h3>
      <table className="rows">
        <thead>
          <tr>
            <th>operation</th>
            <th className="num">rate</th>
            <th className="num">failed</th>
            <th className="num">p95</th>
            <th className="num">time</th>
          </tr>
        </thead>
        <tbody>
          {data.items.map((item) => (
            <tr key={`${item.protocol} ${item.operation}`}>
              <td style={{ maxWidth: 170 }}>
                <button
                  type="button"
                  title="Show these requests"
                  onClick={() =>
                    go({ page: 'requests', filter: `${filter} ${termOf('method', item.method)}`.trim(), selected: '' })
                  }
                >
                  <Name text={item.operation} most={26} />
                </button>
              </td>
              <td className="num">
                <Rate perSecond={item.rate} />
              </td>
              <td className={`num ${item.errors > 0 ? 'bad' : ''}`}>
                <Share of={item.requests > 0 ? item.errors / item.requests : null} />
              </td>
              <td className="num">
                <Duration ns={item.p95_ns} />
              </td>
              <td className="num">
                <Share of={whole > 0 ? item.total_ns / whole : null} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Peers({
  title,
  edges,
}: {
  title: string;
  edges: readonly { edge: Scene['edges'][number]; name: string }[];
}): ReactNode {
  if (edges.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <table className="rows">
        <tbody>
          {[...edges]
            .sort((a, b) => b.edge.golden.requests - a.edge.golden.requests)
            .slice(0, 15)
            .map(({ edge, name }) => (
              <tr key={edge.id}>
                <td>
                  <button type="button" onClick={() => go({ selected: `edge:${edge.id}` })}>
                    <Name text={name} most={30} />
                  </button>
                </td>
                <td className="dim">{edge.protocol || `:${edge.port}`}</td>
                <td className="num">
                  <Rate perSecond={edge.golden.rate} />
                </td>
                <td className={`num ${edge.golden.errors > 0 ? 'bad' : ''}`}>
                  <Duration ns={edge.golden.p95_ns} />
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  );
}

function Worst({ filter, refresh }: { filter: string; refresh: number }): ReactNode {
  const view = useView();
  const base = { from: view.from, to: view.to, limit: 5 };
  const failed = useApi<Requests>('/requests', { ...base, filter: `${filter} status:error`, order: 'newest' }, refresh);
  const slow = useApi<Requests>('/requests', { ...base, filter, order: 'slowest' }, refresh);
  const list = (title: string, items: Requests['items'] | undefined): ReactNode =>
    items === undefined || items.length === 0 ? null : (
      <section>
        <h3>{title}</h3>
        <table className="rows">
          <tbody>
            {items.map((item) => (
              <tr key={item.id}>
                <td>
                  <button
                    type="button"
                    onClick={() => go({ page: 'requests', filter, selected: `request:${item.id}` })}
                  >
                    <Name text={item.operation} most={26} />
                  </button>
                </td>
                <td className={item.outcome === 'ok' ? 'dim' : 'bad'}>
                  {item.status_text || (item.status ?? item.outcome)}
                </td>
                <td className="num">
                  <Duration ns={item.latency_ns} />
                </td>
                <td className="num">
                  <Moment iso={item.time} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    );
  return (
    <>
      {list('Newest failures', failed.data?.items)}
      {list('Slowest', slow.data?.items)}
    </>
  );
}
