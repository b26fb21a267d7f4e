import type { EntityRef } from '../model/entity.ts';
import type { EndpointName } from '../model/names.ts';

/** What an endpoint was found to be. */
export interface Named {
  readonly ref: EntityRef;
  readonly name: EndpointName;
  /** The state of observed names at which its domain was looked up last. */
  generation: number;
  /** When it is to be looked up again in any case, epoch milliseconds. */
  checkAt: number;
}

/** Names by what identifies an endpoint (process, cgroup, namespace, ...) and its address. Bounded: emptied when full. */
export class NameCache<K> {
  readonly #most: number;
  readonly #byKey = new Map<K, Map<string, Named>>();
  #size = 0;

  constructor(most = 32_768) {
    this.#most = most;
  }

  get(key: K, ip: string): Named | undefined {
    return this.#byKey.get(key)?.get(ip);
  }

  set(key: K, ip: string, named: Named): Named {
    if (this.#size >= this.#most) {
      this.#byKey.clear();
      this.#size = 0;
    }
    let byIp = this.#byKey.get(key);
    if (byIp === undefined) {
      byIp = new Map();
      this.#byKey.set(key, byIp);
    }
    if (!byIp.has(ip)) this.#size++;
    byIp.set(ip, named);
    return named;
  }
}
