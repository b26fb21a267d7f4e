import type { ReactNode } from 'react';
import type { Entity, EntityDetail } from '../../../../src/model/api.ts';
import { useApi } from '../../data/use-api.ts';
import { go, isLive, termOf, useView } from '../../data/view.ts';
import { Moment, Name, Rate } from '../../parts/quantity.tsx';
import { Skeleton } from '../../parts/states.tsx';
import { setFocus } from '../map-canvas.tsx';
import { collapse } from '../map-page.tsx';
import type { Facts } from '../messages.ts';
import { Panel } from './frame.tsx';
import { LatencyBar } from './latency-bar.tsx';
import { Peers } from './peers.tsx';
import { Charts, Connections, Golden, OperationsTable, TcpFacts, Troubles, Worst } from './sections.tsx';

type NodeFacts = Extract<Facts, { kind: 'node' }>;

/** A service or a group: what it does, how well, with whom, and who it is made of. */
export function NodePanel({ facts }: { facts: NodeFacts }): ReactNode {
  const { id, node } = facts;
  const view = useView();
  const span = { from: view.from, to: view.to };
  const refresh = isLive(view) ? 5000 : 0;
  const isEntity = /^[0-9a-f]{16}$/.test(id) && id !== '0000000000000000';
  const detail = useApi<EntityDetail>(isEntity ? `/entities/${id}` : undefined, span, refresh);
  const entity = detail.data?.entity;
  const name = entity?.name ?? node.name;
  const serves = facts.in.requests + facts.in.opened > 0 || facts.outgoing.length === 0;
  const filter = termOf(serves ? 'to' : 'from', name);
  const measures = serves ? detail.data?.in : detail.data?.out;
  const place = [
    entity !== undefined && entity.namespace !== '' ? `in ${entity.namespace}` : '',
    node.host !== '' ? `on ${node.host}` : '',
    node.zone !== '' ? `zone ${node.zone}` : '',
  ].filter((part) => part !== '');
  return (
    <Panel label={name} title={<bdi>{name.slice(0, 500)}</bdi>}>
      <div className="dim">
        {facts.members.length > 0 ? `${facts.members.length} services` : (entity?.kind ?? node.kind)} {place.join(', ')}
        {entity !== undefined && (
          <>
            {' '}
            since <Moment iso={entity.first_seen} />
          </>
        )}
      </div>
      <div className="actions">
        <button
          type="button"
          className="pill"
          aria-pressed={view.more.focus === id}
          onClick={() => setFocus(view.more.focus === id ? '' : id)}
        >
          focus (f)
        </button>
        <button type="button" className="pill" onClick={() => go({ page: 'requests', filter, selected: '' })}>
          requests
        </button>
        {facts.hull !== '' && (
          <button type="button" className="pill" onClick={() => collapse(facts.hull, true)}>
            collapse group (e)
          </button>
        )}
        {facts.members.length > 0 && (
          <button type="button" className="pill" onClick={() => collapse(id, false)}>
            expand (e)
          </button>
        )}
      </div>
      <Golden of={measures ?? (serves ? facts.in : facts.out)} />
      {isEntity && <Charts query={{ ...span, entity: id, direction: serves ? 'in' : 'out' }} refresh={refresh} />}
      {isEntity && detail.data === undefined && detail.problem === undefined && <Skeleton lines={3} />}
      {measures !== undefined && <LatencyBar of={measures} />}
      {facts.members.length > 0 && <Members facts={facts} />}
      {isEntity && <OperationsTable filter={filter} refresh={refresh} />}
      <Peers title="Asked by" edges={facts.incoming} end="source" />
      <Peers title="Asks" edges={facts.outgoing} end="destination" />
      {isEntity && <Worst filter={filter} refresh={refresh} />}
      {detail.data !== undefined && detail.data.instances.length > 0 && <Instances of={detail.data.instances} />}
      {isEntity && <Connections filter={filter} refresh={refresh} />}
      {measures !== undefined && <TcpFacts of={measures} />}
      {isEntity && <Troubles filter={termOf('with', name)} refresh={refresh} />}
      {entity !== undefined && <Known of={entity} />}
    </Panel>
  );
}

function Members({ facts }: { facts: NodeFacts }): ReactNode {
  const sorted = [...facts.members].sort((a, b) => b.rate - a.rate);
  return (
    <section>
      <h3>Made of</h3>
      <table className="rows">
        <tbody>
          {sorted.slice(0, 30).map((member) => (
            <tr key={member.id}>
              <td>
                <Name text={member.name} most={40} />
              </td>
              <td className="num">
                <Rate perSecond={member.rate} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Pods, containers and processes; one whose version differs from the others' is marked. */
function Instances({ of }: { of: readonly Entity[] }): ReactNode {
  const versionOf = (one: Entity): string => one.details.version ?? one.details.image ?? '';
  const versions = new Set(of.map(versionOf));
  return (
    <section>
      <h3>Instances {of.length > 20 && of.length}</h3>
      <table className="rows">
        <tbody>
          {of.slice(0, 20).map((instance) => (
            <tr key={instance.id}>
              <td>
                <Name text={instance.details.pod ?? instance.details.container ?? instance.name} most={30} />
              </td>
              <td className={versions.size > 1 ? 'odd-one' : 'dim'}>
                <Name text={versionOf(instance) || instance.host || instance.kind} most={22} />
              </td>
              <td className="num">
                <Moment iso={instance.last_seen} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Known({ of }: { of: Entity }): ReactNode {
  const all = [...Object.entries(of.details), ...Object.entries(of.labels)].filter(([, value]) => value !== '');
  if (all.length === 0) return null;
  return (
    <section>
      <h3>Known of it</h3>
      <dl className="facts">
        {all.map(([key, value]) => (
          <div key={key} style={{ display: 'contents' }}>
            <dt>
              <Name text={key.replaceAll('_', ' ')} most={40} />
            </dt>
            <dd className="mono">
              <Name text={value} most={400} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
