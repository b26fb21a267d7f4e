import type { ReactNode } from 'react';
import type {
  Events,
  Flows,
  Golden as GoldenMeasures,
  Measures,
  Operations,
  Requests,
  Series,
} from '../../../../src/model/api.ts';
import { count, duration, rate, share } from '../../../../src/model/format.ts';
import { useApi } from '../../data/use-api.ts';
import { go, termOf, useView } from '../../data/view.ts';
import { Chart } from '../../parts/chart.tsx';
import { Count, Duration, Moment, Name, Rate, Share, Size } from '../../parts/quantity.tsx';

/** Rate, failures and latency in four figures. */
export function Golden({ of }: { of: GoldenMeasures }): ReactNode {
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

/** The golden signals over time, with one crosshair. */
export function Charts({ query, refresh }: { query: Record<string, string>; refresh: number }): ReactNode {
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

/** What is asked, by operation. */
export function OperationsTable({ filter, refresh }: { filter: string; refresh: number }): ReactNode {
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

/** The newest failures and the slowest requests. */
export function Worst({ filter, refresh }: { filter: string; refresh: number }): ReactNode {
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

/** Connections that were at work last. */
export function Connections({ filter, refresh }: { filter: string; refresh: number }): ReactNode {
  const view = useView();
  const { data } = useApi<Flows>('/flows', { from: view.from, to: view.to, filter, limit: 6 }, refresh);
  if (data === undefined || data.items.length === 0) return null;
  return (
    <section>
      <h3>Connections</h3>
      <table className="rows">
        <tbody>
          {data.items.map((flow) => (
            <tr key={flow.id}>
              <td style={{ maxWidth: 190 }}>
                <Name text={`${flow.source.ip}:${flow.source.port}`} most={26} />
              </td>
              <td className={/refused|failed|timed|reset|abort|unreach/.test(flow.state) ? 'bad' : 'dim'}>
                {flow.state.replaceAll('_', ' ')}
              </td>
              <td className="num">
                <Size bytes={(flow.source_bytes ?? 0) + (flow.destination_bytes ?? 0)} />
              </td>
              <td className="num">
                <Moment iso={flow.time} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <button
        type="button"
        className="pill"
        onClick={() => go({ page: 'events', filter, selected: '', more: { tab: 'connections' } })}
      >
        all connections
      </button>
    </section>
  );
}

/** Drops, resets, retransmits and failed connects, by kind. */
export function Troubles({ filter, refresh }: { filter: string; refresh: number }): ReactNode {
  const view = useView();
  const { data } = useApi<Events>('/events', { from: view.from, to: view.to, filter, limit: 200 }, refresh);
  if (data === undefined || data.items.length === 0) return null;
  const kinds = new Map<string, { count: number; last: string }>();
  for (const event of data.items) {
    const name = [event.event, event.reason].filter((part) => part !== undefined && part !== '').join(': ');
    const known = kinds.get(name);
    kinds.set(name, { count: (known?.count ?? 0) + (event.count ?? 1), last: known?.last ?? event.time });
  }
  const list = [...kinds].sort((a, b) => b[1].count - a[1].count).slice(0, 8);
  return (
    <section>
      <h3>Drops, resets and retransmits{data.next === null ? '' : ' (of the newest 200)'}</h3>
      <table className="rows">
        <tbody>
          {list.map(([name, { count: times, last }]) => (
            <tr key={name}>
              <td>
                <Name text={name.replaceAll('_', ' ')} most={40} />
              </td>
              <td className="num">{times.toLocaleString()}</td>
              <td className="num">
                <Moment iso={last} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <button type="button" className="pill" onClick={() => go({ page: 'events', filter, selected: '' })}>
        all events
      </button>
    </section>
  );
}

/** What TCP did. */
export function TcpFacts({ of }: { of: Measures }): ReactNode {
  return (
    <section>
      <h3>TCP</h3>
      <dl className="facts">
        <dt>bytes</dt>
        <dd>
          <Size bytes={of.bytes_out} /> <span className="dim">asked,</span> <Size bytes={of.bytes_in} />{' '}
          <span className="dim">answered</span>
        </dd>
        <dt>connections</dt>
        <dd>
          <Count of={of.opened} /> opened, <Count of={of.ended} /> ended, <Count of={of.failed} /> failed,{' '}
          <Count of={of.resets} /> reset
        </dd>
        <dt>round trip</dt>
        <dd>
          <Duration ns={of.rtt_ns} /> <span className="dim">mean,</span> <Duration ns={of.rtt_min_ns} />{' '}
          <span className="dim">least</span>
        </dd>
        <dt>retransmits</dt>
        <dd>
          <Count of={of.retransmits} /> of <Count of={of.segments} /> segments
        </dd>
        <dt>out of order</dt>
        <dd>
          <Count of={of.out_of_order} />
          {of.zero_window > 0 && (
            <>
              , <Count of={of.zero_window} /> times a window of zero
            </>
          )}
        </dd>
        <dt>connect</dt>
        <dd>
          <Duration ns={of.connect_ns} />
        </dd>
      </dl>
    </section>
  );
}
