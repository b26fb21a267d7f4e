import type { ReactNode } from 'react';
import type { AgentInfo, Agents, Health, Losses } from '../../../src/model/api.ts';
import { quantityText, size } from '../../../src/model/format.ts';
import { useApi } from '../data/use-api.ts';
import { useView } from '../data/view.ts';
import { Count, Duration, Name, Rate, Share, Size } from '../parts/quantity.tsx';
import { Empty, Skeleton, Trouble } from '../parts/states.tsx';

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
        <Summary of={health.data} losses={losses.data} />
        <section>
          <h2>Agents</h2>
          {agents.data === undefined ? (
            <Skeleton />
          ) : agents.data.items.length === 0 ? (
            <Empty title="No agent has sent anything yet" command="sudo wirelight agent --data /var/lib/wirelight">
              An agent sees the traffic of its host. <code className="inline">wirelight up</code> starts one beside the
              server.
            </Empty>
          ) : (
            agents.data.items.map((agent) => <Agent key={agent.id} of={agent} />)
          )}
        </section>
        {losses.data !== undefined && <Lost of={losses.data} />}
        <Store of={health.data} />
      </div>
    </section>
  );
}

function titleOf(of: Health, lost: number): string {
  if (of.status === 'failing') return 'Wirelight is failing';
  if (of.status === 'degraded') return 'Something needs attention';
  return lost === 0 ? 'All is well' : 'Running, but not everything was seen';
}

function Summary({ of, losses }: { of: Health; losses: Losses | undefined }): ReactNode {
  return (
    <section>
      <h2 className={of.status === 'ok' ? undefined : 'bad'} style={{ fontSize: 20 }}>
        {titleOf(of, losses?.total ?? 0)}
      </h2>
      {of.problems.map((problem) => (
        <div key={problem.code} className={`problem ${problem.severity}`}>
          <p>{problem.what}</p>
          <p className="dim">{problem.next}</p>
        </div>
      ))}
      <dl className="facts">
        <dt>version</dt>
        <dd>{of.version}</dd>
        <dt>running since</dt>
        <dd>{new Date(of.started).toLocaleString()}</dd>
        <dt>taking in</dt>
        <dd>
          <Rate perSecond={of.ingest.rate} /> rows, <Count of={of.ingest.rows} /> since the start in{' '}
          <Count of={of.ingest.blocks} /> blocks
          {of.ingest.repeated > 0 && `, ${of.ingest.repeated.toLocaleString()} came twice`}
          {of.ingest.quarantined > 0 && (
            <span className="bad">, {of.ingest.quarantined.toLocaleString()} were refused and put aside</span>
          )}
        </dd>
        <dt>live readers</dt>
        <dd>
          {of.live.subscribers}
          {of.live.dropped > 0 && `, ${of.live.dropped.toLocaleString()} records skipped for slow ones`}
        </dd>
        <dt>server's memory</dt>
        <dd>
          <Size bytes={of.memory.rss} />
        </dd>
      </dl>
    </section>
  );
}

function Lost({ of }: { of: Losses }): ReactNode {
  return (
    <section className="narrow">
      <h2>What was not seen</h2>
      <p>
        {of.total === 0
          ? 'Nothing was lost in the span that is looked at.'
          : `${of.total.toLocaleString()} records were lost in the span that is looked at:`}
      </p>
      {of.items.length > 0 && (
        <table className="rows">
          <thead>
            <tr>
              <th>Host</th>
              <th>Where</th>
              <th className="num">Lost</th>
            </tr>
          </thead>
          <tbody>
            {of.items.map((loss) => (
              <tr key={`${loss.agent} ${loss.name}`}>
                <td>{loss.host}</td>
                <td>{loss.name.replaceAll('_', ' ')}</td>
                <td className="num bad">{loss.count.toLocaleString()}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Agent({ of }: { of: AgentInfo }): ReactNode {
  const lost = Object.entries(of.losses).filter(([, count]) => count > 0);
  return (
    <article className="agent">
      <h3>
        <Name text={of.host} /> {!of.connected && <span className="bad">not connected</span>}
      </h3>
      <dl className="facts">
        <dt>kernel</dt>
        <dd>
          <code>{of.kernel}</code> <code className="dim">{of.architecture}</code>
        </dd>
        <dt>agent</dt>
        <dd>
          {of.version} <span className="dim">since {new Date(of.started).toLocaleString()}</span>
        </dd>
        <dt>behind by</dt>
        <dd>
          <Duration ns={Math.max(of.lag_ms, 0) * 1e6} />
          {of.clock_ahead_ms !== 0 && <span className="dim"> clock differs by {Math.round(of.clock_ahead_ms)} ms</span>}
        </dd>
        <dt>sent</dt>
        <dd>
          <Count of={of.rows} /> rows in <Count of={of.blocks} /> blocks
        </dd>
        <dt>takes</dt>
        <dd>
          <Share of={of.cpu_ratio} /> of a CPU, <Size bytes={of.rss} />
        </dd>
        <dt>waiting on disk</dt>
        <dd>
          <Count of={of.spool.blocks} /> blocks, <Size bytes={of.spool.bytes} />
          {of.spool.lost_rows > 0 && (
            <span className="bad">, {of.spool.lost_rows.toLocaleString()} rows found no room</span>
          )}
        </dd>
        <dt>lost</dt>
        <dd>
          {lost.length === 0
            ? 'nothing since its start'
            : lost.map(([name, count]) => (
                <span key={name} className="bad loss">
                  {name.replaceAll('_', ' ')} {count.toLocaleString()}
                </span>
              ))}
        </dd>
        {of.missing.length > 0 && (
          <>
            <dt>not seen here</dt>
            <dd>
              {of.missing.map(({ concern, lost: what, why }) => (
                <span key={concern} className="missing">
                  {what} <span className="dim">{`(${concern}: ${why})`}</span>
                </span>
              ))}
            </dd>
          </>
        )}
      </dl>
    </article>
  );
}

function Store({ of }: { of: Health }): ReactNode {
  const { store } = of;
  const limit = store.budget ?? store.disk_total;
  return (
    <section>
      <h2>Store</h2>
      <dl className="facts">
        <dt>kind</dt>
        <dd>{store.kind === 'embedded' ? 'ClickHouse within the server' : 'ClickHouse server'}</dd>
        <dt>holds</dt>
        <dd>
          <Count of={store.rows} /> rows, <Size bytes={store.bytes} />
          {store.oldest !== null && <span className="dim"> since {new Date(store.oldest).toLocaleString()}</span>}
        </dd>
        <dt>disk</dt>
        <dd>
          <Size bytes={store.disk_free} /> free of <Size bytes={store.disk_total} />
          {store.budget !== null && `, of which it may use ${quantityText(size(store.budget))}`}
        </dd>
      </dl>
      {limit !== null && limit > 0 && (
        <div
          className="bar"
          style={{ maxWidth: 420, margin: '6px 0 14px' }}
          role="img"
          aria-label={`${((store.bytes / limit) * 100).toFixed(1)} % used`}
        >
          <i style={{ width: `${Math.min((store.bytes / limit) * 100, 100)}%`, background: 'var(--text-3)' }} />
        </div>
      )}
      <section className="wide" tabIndex={0} aria-label="Tables">
        <table className="rows">
          <thead>
            <tr>
              <th>Table</th>
              <th className="num">Rows</th>
              <th className="num">On disk</th>
              <th className="num">Bytes a row</th>
              <th>Oldest row</th>
            </tr>
          </thead>
          <tbody>
            {store.tables.map((table) => (
              <tr key={table.name}>
                <td>{table.name}</td>
                <td className="num">{table.rows.toLocaleString()}</td>
                <td className="num">
                  <Size bytes={table.bytes} />
                </td>
                <td className="num">{table.rows === 0 ? '-' : (table.bytes / table.rows).toFixed(1)}</td>
                <td>{table.oldest === null ? '-' : new Date(table.oldest).toLocaleString()}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}
