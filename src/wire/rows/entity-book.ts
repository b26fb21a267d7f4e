/** Which entities stand at the ends of connections, and which of them the store has not been told of yet. */
import { type EntityId, entityId } from '../../model/entity.ts';
import type { EndpointName, EntityKind } from '../../model/names.ts';
import { tables } from '../../model/tables/index.ts';
import { BlockBuilder } from '../block/block-builder.ts';

/** The ids of one end. */
export interface EndIds {
  /** What people call it: workload, domain, address. */
  readonly entity: EntityId;
  /** The very process, container or pod; the entity itself where nothing nearer is known. */
  readonly instance: EntityId;
}

/** Where an agent stands. */
export interface AgentPlace {
  /** The agent's id, 16 hex digits. */
  readonly agent: string;
  readonly cluster: string;
  readonly host: string;
}

interface Seen {
  readonly id: EntityId;
  readonly kind: EntityKind;
  readonly namespace: string;
  readonly name: string;
  readonly parent: EntityId | '';
  readonly details: Readonly<Record<string, string>>;
  readonly firstSeen: bigint;
  told: bigint;
}

/** How often the store hears again of an entity that is still seen, in nanoseconds: this keeps `last_seen` true. */
const tellAgain = 600_000_000_000n;
/** How many entities are remembered. Beyond it all are forgotten, and told again when next seen. */
const most = 100_000;

/**
 * Gives the ids of names, the same for the same name object without computing anything, and remembers who is new. The
 * `entities` rows of new ones go out with the block in which they first occur.
 */
export class EntityBook {
  readonly #place: AgentPlace;
  readonly #ids = new WeakMap<EndpointName, EndIds>();
  readonly #seen = new Map<EntityId, Seen>();
  #new: Seen[] = [];
  readonly #block = new BlockBuilder(tables.entities);

  constructor(place: AgentPlace) {
    this.#place = place;
  }

  /** @param now epoch nanoseconds, asked only for names that are new */
  idsOf(name: EndpointName, now: () => bigint): EndIds {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const ids = this.#learn(name, now());
    this.#ids.set(name, ids);
    return ids;
  }

  /**
   * Native rows of what the store must hear of now: new entities, and those not told for ten minutes.
   *
   * @returns undefined where there is nothing to tell; else a view that is valid until the next call
   */
  encodeNews(now: bigint): { readonly rows: number; readonly bytes: Uint8Array } | undefined {
    for (const one of this.#seen.values()) if (one.told !== 0n && now - one.told >= tellAgain) this.#new.push(one);
    if (this.#new.length === 0) return undefined;
    this.#block.clear();
    for (const one of this.#new) {
      one.told = now;
      this.#block.append({
        id: one.id,
        kind: one.kind,
        cluster: this.#place.cluster,
        namespace: one.namespace,
        name: one.name,
        parent: one.parent,
        host: one.kind === 'process' || one.kind === 'container' ? this.#place.host : '',
        first_seen: one.firstSeen,
        last_seen: now,
        details: one.details,
      });
    }
    this.#new = [];
    return { rows: this.#block.rows, bytes: this.#block.encode() };
  }

  #learn(name: EndpointName, now: bigint): EndIds {
    const { cluster, host } = this.#place;
    if (this.#seen.size > most) this.#seen.clear();
    const entity = entityId(cluster, name.kind, name.namespace, name.name);
    this.#note(entity, name.kind, name.namespace, name.name, '', detailsOf(name, general), now);
    const within = name.containerId || name.container || name.pod || name.unit;
    const kind: EntityKind = name.process !== '' ? 'process' : name.pod !== '' ? 'pod' : 'container';
    if (name.process === '' && name.pod === '' && name.container === '') return { entity, instance: entity };
    const label = name.pod || name.container || name.process;
    const key = [host, within, name.executable, name.process, name.user].join('/');
    const instance = entityId(cluster, kind, name.namespace, `${label}@${key}`);
    this.#note(instance, kind, name.namespace, label, entity, detailsOf(name, allDetails), now);
    return { entity, instance };
  }

  #note(
    id: EntityId,
    kind: EntityKind,
    namespace: string,
    name: string,
    parent: EntityId | '',
    details: Readonly<Record<string, string>>,
    now: bigint,
  ): void {
    const before = this.#seen.get(id);
    const unchanged = before !== undefined && JSON.stringify(before.details) === JSON.stringify(details);
    if (unchanged) return;
    const seen: Seen = { id, kind, namespace, name, parent, details, firstSeen: before?.firstSeen ?? now, told: 0n };
    this.#seen.set(id, seen);
    this.#new.push(seen);
  }
}

/** Details of a name by the store's word for them. */
const allDetails = {
  address_class: (name: EndpointName) => name.addressClass,
  domain: (name: EndpointName) => name.domain,
  workload: (name: EndpointName) => name.workload,
  unit: (name: EndpointName) => name.unit,
  process: (name: EndpointName) => name.process,
  executable: (name: EndpointName) => name.executable,
  command: (name: EndpointName) => name.command,
  user: (name: EndpointName) => name.user,
  container: (name: EndpointName) => name.container,
  container_id: (name: EndpointName) => name.containerId,
  container_runtime: (name: EndpointName) => name.containerRuntime,
  pod: (name: EndpointName) => name.pod,
} as const;

/** Those that are true of the entity and not only of one instance. */
const general = {
  address_class: allDetails.address_class,
  domain: allDetails.domain,
  workload: allDetails.workload,
} as const;

function detailsOf(
  name: EndpointName,
  which: Readonly<Record<string, (name: EndpointName) => string>>,
): Record<string, string> {
  const details: Record<string, string> = {};
  for (const [word, get] of Object.entries(which)) {
    const value = get(name);
    if (value !== '') details[word] = value;
  }
  return details;
}
