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

  #take(block: Block): void {
    for (const entity of entitiesOf(block)) {
      const before = this.#known.get(entity.id);
      if (before !== undefined && before.last_seen > entity.last_seen) continue;
      this.#known.set(entity.id, before === undefined ? entity : { ...entity, first_seen: before.first_seen });
    }
  }
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
