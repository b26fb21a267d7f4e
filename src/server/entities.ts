import { LRUCache } from 'lru-cache';
import { isoTime } from '../base/iso-time.ts';
import type { EpochNanos } from '../base/units.ts';
import type { Entity } from '../model/api.ts';
import { entityKinds } from '../model/tables/index.ts';
import { asId, asText, asTime } from '../store/answer.ts';
import type { Store } from '../store/store.ts';
import type { Block } from '../wire/block/native-reader.ts';
import type { TableBlock } from '../wire/block/validate.ts';

/** An id that stands for nothing. */
export const noId = '0000000000000000';

/** The names of everything, by id: told by agents' blocks and looked up in the store where they were told before. */
export class EntityDirectory {
  readonly #store: Store;
  readonly #known = new LRUCache<string, Entity>({ max: 200_000 });
  /** Hosts on which the instances of an entity were seen. */
  readonly #hostsOf = new LRUCache<string, Set<string>>({ max: 100_000 });
  /** Zone by host. */
  readonly #zones = new Map<string, string>();

  constructor(store: Store) {
    this.#store = store;
  }

  get size(): number {
    return this.#known.size;
  }

  /** Takes in a block of `entities`. */
  block(block: TableBlock): void {
    if (block.table.name === 'entities') this.#take(block);
  }

  /** Learns from the store which entities run on which hosts, and in which zones these are. */
  async restore(): Promise<void> {
    const where = await this.#store.query(
      "SELECT DISTINCT parent, host FROM entities FINAL WHERE parent != 0 AND host != '' LIMIT 200000",
    );
    for (const row of where.objects()) this.#runsOn(asId(row.parent), asText(row.host));
    const hosts = await this.#store.query(`SELECT ${columns} FROM entities FINAL WHERE kind = 'host'`);
    for (const block of hosts.blocks) this.#take(block);
  }

  /** Where an entity runs: '' where that is unknown, or where there are several. */
  whereOf(id: string): { host: string; zone: string } {
    const entity = this.#known.get(id);
    const hosts = this.#hostsOf.get(id) ?? new Set();
    const own = entity?.host ?? '';
    const host = own !== '' ? own : hosts.size === 1 ? [...hosts][0] : '';
    const said = entity === undefined ? '' : zoneIn(entity);
    if (said !== '' || host !== '') return { host, zone: said || this.zoneOfHost(host) };
    const zones = new Set([...hosts].map((one) => this.zoneOfHost(one)));
    return { host, zone: zones.size === 1 ? [...zones][0] : '' };
  }

  /** Zone of a host, '' where unknown. */
  zoneOfHost(host: string): string {
    return this.#zones.get(host) ?? '';
  }

  /** What is known without asking the store. */
  peek(id: string): Entity | undefined {
    return this.#known.get(id);
  }

  /** Sees to it that these can be peeked at. What the store does not know stays unknown. */
  async want(ids: Iterable<string>): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => id !== noId && !this.#known.has(id));
    for (let at = 0; at < missing.length; at += 5000) {
      const list = missing.slice(at, at + 5000).map((id) => BigInt(`0x${id}`));
      const answer = await this.#store.query(`SELECT ${columns} FROM entities FINAL WHERE id IN {ids:Array(UInt64)}`, {
        parameters: { ids: list },
      });
      for (const block of answer.blocks) this.#take(block);
    }
  }

  /** One, looked up where it is not known. */
  async find(id: string): Promise<Entity | undefined> {
    await this.want([id]);
    return this.#known.get(id);
  }

  /** Reads rows of `entities` that a statement gave with {@link entityColumns}. */
  read(blocks: readonly Block[]): Entity[] {
    return blocks.flatMap((block) => entitiesOf(block));
  }

  #runsOn(id: string, host: string): void {
    if (host === '') return;
    const known = this.#hostsOf.get(id);
    if (known === undefined) this.#hostsOf.set(id, new Set([host]));
    else if (known.size < 100) known.add(host);
  }

  #take(block: Block): void {
    for (const entity of entitiesOf(block)) {
      const before = this.#known.get(entity.id);
      if (entity.parent !== null) this.#runsOn(entity.parent, entity.host);
      if (before !== undefined && before.last_seen > entity.last_seen) continue;
      if (entity.kind === 'host' && zoneIn(entity) !== '') this.#zones.set(entity.name, zoneIn(entity));
      this.#known.set(entity.id, before === undefined ? entity : { ...entity, first_seen: before.first_seen });
    }
  }
}

/** Zone that an entity itself tells of. */
function zoneIn({ details, labels }: Entity): string {
  return details.zone ?? labels['topology.kubernetes.io/zone'] ?? '';
}

const columns = 'id, kind, cluster, namespace, name, parent, host, first_seen, last_seen, labels, details';
/** What a statement selects so that {@link EntityDirectory.read} understands it. */
export const entityColumns = columns;

function entitiesOf(block: Block): Entity[] {
  const column = (name: string) => block.columns.get(name)?.data;
  const [id, kind, cluster, namespace, name, parent, host, first, last, labels, details] = columns
    .split(', ')
    .map(column);
  const entities: Entity[] = [];
  for (let row = 0; row < block.rows; row++) {
    const above = asId(parent?.get(row));
    entities.push({
      id: asId(id?.get(row)),
      kind: entityKinds.find((one) => one === kind?.get(row)) ?? 'address',
      cluster: asText(cluster?.get(row)),
      namespace: asText(namespace?.get(row)),
      name: asText(name?.get(row)),
      parent: above === noId ? null : above,
      host: asText(host?.get(row)),
      first_seen: isoTime(asTime(first?.get(row)) as EpochNanos),
      last_seen: isoTime(asTime(last?.get(row)) as EpochNanos),
      labels: textsOf(labels?.get(row)),
      details: textsOf(details?.get(row)),
    });
  }
  return entities;
}

/** A map of texts as an object. */
export function textsOf(value: unknown): Record<string, string> {
  if (!(value instanceof Map)) return {};
  return Object.fromEntries([...value].map(([key, one]) => [String(key), String(one)]));
}
