import { createHash } from 'node:crypto';
import type { Endpoint } from '../../model/connection.ts';
import { type EntityId, type EntityRef, entityId } from '../../model/entity.ts';
import { type EndpointName, processOf } from '../../model/names.ts';
import { tables } from '../../model/tables/index.ts';
import { BlockBuilder } from '../../wire/block/block-builder.ts';
import type { EntityNames } from '../types.ts';

/** Both ids of an end: the entity that the map shows, and the very process, container or address behind it. */
export interface EndIds {
  readonly entity: string;
  readonly instance: string;
  /** The same as halves of 64 bits: low and high of the entity, low and high of the instance. */
  readonly parts: Uint32Array;
  /** When its rows were last written, epoch milliseconds. */
  told: number;
  readonly ref: EntityRef;
}

/** Names are told again so often, so that `last_seen` tells something. */
const tellEvery = 300_000;
/** Instances with a command line of their own that may appear in a minute; more are one with their program. */
const newInstancesPerMinute = 600;
const mostInstances = 50_000;

/**
 * Gives the ends of connections their entities' ids and writes the rows of `entities` that say what these mean. Asked per
 * request: for a name that was seen before it is one lookup by the name's object.
 */
export class EntityRows {
  readonly block = new BlockBuilder(tables.entities);
  readonly #names: EntityNames;
  readonly #host: string;
  readonly #cluster: string;
  readonly #now: () => number;
  readonly #byName = new WeakMap<EndpointName, EndIds>();
  /** Per instance: when it was first seen and last told, epoch milliseconds. */
  readonly #known = new Map<string, { first: number; told: number }>();
  #minute = 0;
  #fresh = 0;
  /** Instances that were told without their command line, because too many appeared at once. */
  folded = 0;

  constructor(names: EntityNames, host: string, cluster: string, now: () => number = Date.now) {
    this.#names = names;
    this.#host = host;
    this.#cluster = cluster;
    this.#now = now;
  }

  /** The ids of an endpoint. `name` is what {@link EntityNames.nameOf} says of it. */
  idsOf(endpoint: Readonly<Endpoint>): EndIds {
    const name = this.#names.nameOf(endpoint);
    const known = this.#byName.get(name);
    return known === undefined ? this.#look(endpoint, name) : known;
  }

  /** Tells again what is in use; called for each block. */
  refresh(ids: EndIds, endpoint: Readonly<Endpoint>): void {
    const now = this.#now();
    if (now - ids.told < tellEvery) return;
    ids.told = now;
    const name = this.#names.nameOf(endpoint);
    this.#tell(ids.entity, ids.instance, ids.ref, name, endpoint, now);
  }

  /** Forgets nothing: the rows alone are gone. */
  clear(): void {
    this.block.clear();
  }

  #look(endpoint: Readonly<Endpoint>, name: EndpointName): EndIds {
    const ref = this.#names.name(endpoint);
    const now = this.#now();
    const instance = this.#instanceId(ref, name, endpoint, now);
    const ids: EndIds = { entity: ref.id, instance, parts: halvesOf(ref.id, instance), told: now, ref };
    this.#byName.set(name, ids);
    this.#tell(ref.id, instance, ref, name, endpoint, now);
    return ids;
  }

  /**
   * Remote ends are addresses, with the id of an address. Local ones are processes: their id is a hash of all that tells
   * one from another (host, workload, program, command, user, container), as several may have the same name.
   */
  #instanceId(ref: EntityRef, name: EndpointName, endpoint: Readonly<Endpoint>, now: number): EntityId {
    const process = processOf(name, endpoint);
    if (process === '' && name.containerId === '') {
      return ref.kind === 'address' ? ref.id : entityId(this.#cluster, 'address', '', endpoint.ip);
    }
    const hash = (command: string): EntityId =>
      createHash('sha256')
        .update(
          [
            this.#cluster,
            this.#host,
            ref.id,
            process,
            name.executable,
            command,
            name.user,
            name.containerId,
            name.domain,
          ].join('\0'),
        )
        .digest('hex')
        .slice(0, 16) as EntityId;
    const id = hash(name.command);
    if (this.#known.has(id) || this.#mayBeNew(now)) return id;
    this.folded++;
    return hash('');
  }

  #mayBeNew(now: number): boolean {
    const minute = Math.floor(now / 60_000);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#fresh = 0;
    }
    return this.#fresh++ < newInstancesPerMinute;
  }

  #tell(
    entity: string,
    instance: string,
    ref: EntityRef,
    name: EndpointName,
    endpoint: Readonly<Endpoint>,
    now: number,
  ): void {
    this.#row(entity, now, (first) => ({
      kind: ref.kind,
      namespace: ref.namespace,
      name: ref.name,
      parent: '',
      host: ref.kind === 'host' ? ref.name : '',
      first,
      details: ref.kind === 'address' || ref.kind === 'domain' ? addressDetails(name, endpoint, ref.kind) : {},
    }));
    if (instance === entity) return;
    const process = processOf(name, endpoint);
    const isProcess = process !== '' || name.containerId !== '';
    this.#row(instance, now, (first) => ({
      kind: isProcess ? (process === '' ? 'container' : 'process') : 'address',
      namespace: ref.namespace,
      name: isProcess ? process || name.container : endpoint.ip,
      parent: entity,
      host: isProcess ? this.#host : '',
      first,
      details: isProcess ? processDetails(name, process) : addressDetails(name, endpoint, 'address'),
    }));
  }

  #row(
    id: string,
    now: number,
    make: (first: number) => {
      kind: EntityRef['kind'];
      namespace: string;
      name: string;
      parent: string;
      host: string;
      first: number;
      details: Record<string, string>;
    },
  ): void {
    let known = this.#known.get(id);
    if (known !== undefined && now - known.told < tellEvery) return;
    if (known === undefined) {
      if (this.#known.size >= mostInstances) this.#known.clear();
      known = { first: now, told: now };
      this.#known.set(id, known);
    }
    known.told = now;
    const row = make(known.first);
    const { columns } = this.block;
    columns.id.appendId(id);
    columns.kind.append(row.kind);
    columns.cluster.append(this.#cluster);
    columns.namespace.append(row.namespace);
    columns.name.append(row.name);
    columns.parent.appendId(row.parent);
    columns.host.append(row.host);
    columns.first_seen.appendBig(BigInt(row.first) * 1_000_000n);
    columns.last_seen.appendBig(BigInt(now) * 1_000_000n);
    columns.labels.appendDefault();
    columns.details.append(row.details);
    this.block.endRow();
  }
}

function halvesOf(...ids: readonly string[]): Uint32Array {
  return Uint32Array.from(ids.flatMap((id) => [Number.parseInt(id.slice(8), 16), Number.parseInt(id.slice(0, 8), 16)]));
}

function addressDetails(name: EndpointName, endpoint: Readonly<Endpoint>, kind: string): Record<string, string> {
  const details: Record<string, string> = { address_class: name.addressClass };
  if (kind === 'address') details.address = endpoint.ip;
  if (name.domain !== '') details.domain = name.domain;
  return details;
}

function processDetails(name: EndpointName, process: string): Record<string, string> {
  const all: [string, string][] = [
    ['process', process],
    ['executable', name.executable],
    ['command', name.command],
    ['user', name.user],
    ['workload', name.workload],
    ['container', name.container],
    ['container_id', name.containerId],
    ['container_runtime', name.containerRuntime],
    ['unit', name.unit],
    ['pod', name.pod],
    ['pod_namespace', name.namespace],
    ['domain', name.domain],
  ];
  return Object.fromEntries(all.filter(([, value]) => value !== ''));
}
