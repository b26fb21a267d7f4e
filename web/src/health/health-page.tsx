import type { ReactNode } from 'react';
import type { Agents, Health, Losses } from '../../../src/model/api.ts';
import { useApi } from '../data/use-api.ts';
import { useView } from '../data/view.ts';
import { Count, Rate, Size } from '../parts/quantity.tsx';
import { Skeleton, Trouble } from '../parts/states.tsx';
import { AgentList } from './agent-list.tsx';
import { Lost } from './lost.tsx';
import { StoreFacts } from './store-facts.tsx';
import './health.css';

/** How Wirelight itself is, and what it did not see. */
export function HealthPage(): ReactNode {
  const view = useView();
  const health = useApi<Health>('/health', {}, 2000);
  const agents = useApi<Agents>('/agents', {}, 2000);
  const losses = useApi<Losses>('/losses', { from: view.from, to: view.to }, 4000);
  if (health.data === undefined) {
    return health.problem === undefined ? (
      <div className="page" style={{ padding: 24 }}>
        <Skeleton lines={12} />
      </div>
    ) : (
      <Trouble problem={health.problem} again={health.again} />
    );
  }
  return (
    <section className="scroll" tabIndex={0} aria-label="Health">
      <div className="health">
        <Summary of={health.data} losses={losses.data} agents={agents.data} />
        <AgentList of={agents.data} version={health.data.version} />
        <Lost of={losses.data} live={view.to === 'now'} />
        <StoreFacts of={health.data} />
      </div>
    </section>
  );
}

function titleOf(of: Health, lost: number): string {
  if (of.status === 'failing') return 'Wirelight is failing';
  if (of.status === 'degraded') return 'Something needs attention';
  return lost === 0 ? 'All is well' : 'Running, but not everything was seen';
}

/** The answer without a click: how it is, how much comes in, how far behind, how much room is left. */
function Summary({
  of,
  losses,
  agents,
}: {
  of: Health;
  losses: Losses | undefined;
  agents: Agents | undefined;
}): ReactNode {
  const lost = losses?.total ?? 0;
  const lag = Math.max(0, ...(agents?.items.filter(({ connected }) => connected).map(({ lag_ms }) => lag_ms) ?? []));
  const { store, ingest } = of;
  return (
    <section className="health-summary">
      <h2 className={of.status === 'ok' ? undefined : 'bad'}>{titleOf(of, lost)}</h2>
      {of.problems.map((problem) => (
        <div key={`${problem.code} ${problem.what}`} className={`problem ${problem.severity}`}>
          <p>{problem.what}</p>
          <p className="dim">{problem.next}</p>
        </div>
      ))}
      <div className="gauges">
        <Gauge title="agents connected">
          {of.agents.connected}
          <span className="unit"> of {of.agents.known}</span>
        </Gauge>
        <Gauge title="rows taken in">
          <Rate perSecond={ingest.rate} />
        </Gauge>
        <Gauge title="behind by at most">
          {agents === undefined ? '-' : lag >= 1000 ? `${(lag / 1000).toFixed(1)}` : Math.round(lag)}
          <span className="unit">{lag >= 1000 ? ' s' : ' ms'}</span>
        </Gauge>
        <Gauge title="lost in this span" bad={lost > 0}>
          {losses === undefined ? '-' : <Count of={lost} />}
        </Gauge>
        <Gauge title="disk left">
          <Size bytes={store.disk_free} />
        </Gauge>
        <Gauge title="stored">
          <Size bytes={store.bytes} />
        </Gauge>
      </div>
      <dl className="facts">
        <dt>version</dt>
        <dd>
          {of.version} <span className="dim">running since {new Date(of.started).toLocaleString()}</span>
        </dd>
        <dt>taken in</dt>
        <dd>
          <Count of={ingest.rows} /> rows in <Count of={ingest.blocks} /> blocks since then
          {ingest.repeated > 0 && `, ${ingest.repeated.toLocaleString()} came twice and are stored once`}
          {ingest.quarantined > 0 && (
            <span className="bad">, {ingest.quarantined.toLocaleString()} were refused and put aside</span>
          )}
        </dd>
        <dt>live readers</dt>
        <dd>
          {of.live.subscribers}
          {of.live.dropped > 0 && (
            <span className="warn">, {of.live.dropped.toLocaleString()} records skipped for slow ones</span>
          )}
        </dd>
        <dt>knows</dt>
        <dd>
          <Count of={of.live.entities} /> names, <Count of={of.live.edges} /> live edges
        </dd>
        <dt>server's memory</dt>
        <dd>
          <Size bytes={of.memory.rss} />
        </dd>
      </dl>
    </section>
  );
}

function Gauge({ title, bad = false, children }: { title: string; bad?: boolean; children: ReactNode }): ReactNode {
  return (
    <div>
      <span className="label">{title}</span>
      <span className={bad ? 'bad' : undefined}>{children}</span>
    </div>
  );
}
