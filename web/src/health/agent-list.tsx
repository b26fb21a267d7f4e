import { type ReactNode, useState } from 'react';
import type { AgentInfo, Agents } from '../../../src/model/api.ts';
import { lossMeaning } from '../../../src/model/losses.ts';
import { Count, Duration, Name, Share, Size } from '../parts/quantity.tsx';
import { Empty, Skeleton } from '../parts/states.tsx';

/** So few are open from the start. */
const few = 2;

/** Every agent: one line, and on a click all that is known of it. Those in trouble come first. */
export function AgentList({ of, version }: { of: Agents | undefined; version: string }): ReactNode {
  const [word, setWord] = useState('');
  const all = of?.items ?? [];
  const trouble = (agent: AgentInfo): number =>
    (agent.connected ? 0 : 4) + (lostBy(agent) > 0 ? 2 : 0) + (agent.missing.length > 0 ? 1 : 0);
  const shown = all
    .filter(({ host, kernel, id }) => `${host} ${kernel} ${id}`.toLowerCase().includes(word.toLowerCase()))
    .toSorted((a, b) => trouble(b) - trouble(a) || a.host.localeCompare(b.host));
  return (
    <section>
      <h2>Agents</h2>
      {all.length > 8 && (
        <input
          className="find"
          aria-label="Find an agent"
          placeholder="Find a host or a kernel"
          value={word}
          onChange={(event) => setWord(event.target.value)}
        />
      )}
      {of === undefined ? (
        <Skeleton />
      ) : all.length === 0 ? (
        <Empty title="No agent has sent anything yet" command="sudo wirelight agent --data /var/lib/wirelight">
          An agent sees the traffic of its host. <code className="inline">wirelight up</code> starts one beside the
          server.
        </Empty>
      ) : (
        <>
          {shown.slice(0, 200).map((agent) => (
            <Agent key={agent.id} of={agent} open={all.length <= few} version={version} />
          ))}
          {shown.length > 200 && <p className="dim">{(shown.length - 200).toLocaleString()} more: narrow them above</p>}
        </>
      )}
    </section>
  );
}

const lostBy = (agent: AgentInfo): number => Object.values(agent.losses).reduce((sum, count) => sum + count, 0);

function Agent({ of, open, version }: { of: AgentInfo; open: boolean; version: string }): ReactNode {
  const lost = Object.entries(of.losses).filter(([, count]) => count > 0);
  const midway = of.counters.joined_midway ?? 0;
  return (
    <details className="agent" open={open}>
      <summary>
        <span className="agent-host">
          <Name text={of.host === '' ? of.id : of.host} most={32} />
        </span>
        {of.connected ? (
          <span className="dim">
            <Duration ns={Math.max(of.lag_ms, 0) * 1e6} /> behind
          </span>
        ) : (
          <span className="bad">not connected</span>
        )}
        <span className="dim">
          <Share of={of.cpu_ratio} /> CPU
        </span>
        {lost.length > 0 && (
          <span className="bad">
            <Count of={lostBy(of)} /> lost
          </span>
        )}
        {of.missing.length > 0 && <span className="warn">{of.missing.length} not seen here</span>}
      </summary>
      <dl className="facts">
        <dt>kernel</dt>
        <dd>
          <code>{of.kernel === '' ? '-' : of.kernel}</code> <code className="dim">{of.architecture}</code>
        </dd>
        <dt>agent</dt>
        <dd>
          {of.version === '' ? 'has told nothing of itself yet' : of.version}{' '}
          {of.version !== '' && of.version !== version && (
            <span className="warn">the server is {version}: bring both to one version</span>
          )}{' '}
          {Date.parse(of.started) > 0 && <span className="dim">since {new Date(of.started).toLocaleString()}</span>}
        </dd>
        <dt>last heard of</dt>
        <dd>
          {new Date(of.last_seen).toLocaleTimeString([], { hourCycle: 'h23' })}
          <span className="dim"> behind by </span>
          <Duration ns={Math.max(of.lag_ms, 0) * 1e6} />
          {of.clock_ahead_ms !== 0 && (
            <span className="warn"> clock differs by {Math.round(of.clock_ahead_ms)} ms; times are set right</span>
          )}
        </dd>
        <dt>sent</dt>
        <dd>
          <Count of={of.rows} /> rows in <Count of={of.blocks} /> blocks
        </dd>
        <dt>takes</dt>
        <dd>
          <Share of={of.cpu_ratio} /> of a CPU, <Size bytes={of.rss} />
        </dd>
        <dt>follows</dt>
        <dd>
          <Count of={of.counters.open_connections ?? 0} /> open connections
          {(of.counters.tls_targets ?? 0) > 0 && (
            <>
              , <Count of={of.counters.tls_targets} /> programs and libraries with TLS
            </>
          )}
        </dd>
        <dt>waiting on disk</dt>
        <dd>
          <Count of={of.spool.blocks} /> blocks, <Size bytes={of.spool.bytes} />
          {of.spool.lost_rows > 0 && (
            <span className="bad">, {of.spool.lost_rows.toLocaleString()} rows found no room</span>
          )}
        </dd>
        <dt>features</dt>
        <dd>
          {of.missing.length === 0
            ? 'all that this version can see'
            : of.missing.map(({ concern, lost: what, why }) => (
                <span key={concern} className="missing">
                  <span className="warn">not seen:</span> {what} <span className="dim">{`(${concern}: ${why})`}</span>
                </span>
              ))}
        </dd>
        <dt>lost</dt>
        <dd>
          {lost.length === 0
            ? 'nothing since its start'
            : lost.map(([name, count]) => (
                <span key={name} className="loss" title={lossMeaning(name).what}>
                  <span className="bad">{count.toLocaleString()}</span> <code>{name}</code>{' '}
                  <span className="dim">{lossMeaning(name).what}</span>
                </span>
              ))}
        </dd>
        {midway > 0 && (
          <>
            <dt>joined midway</dt>
            <dd>
              <Count of={midway} />{' '}
              <span className="dim">pieces of exchanges that had begun before the agent did: no loss</span>
            </dd>
          </>
        )}
      </dl>
    </details>
  );
}
