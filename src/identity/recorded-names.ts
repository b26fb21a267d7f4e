import { LRUCache } from 'lru-cache';
import type { Endpoint } from '../model/connection.ts';
import { addressOnly, type EndpointName, type Names } from '../model/names.ts';
import { addressClass } from './address-class.ts';
import { ObservedNames } from './observed-names.ts';
import { programName } from './program.ts';

/**
 * Names of the ends of conversations that were recorded, perhaps elsewhere and long ago: nothing of this host is asked.
 * What is known is what the recording itself says: DNS answers, and the tasks that a comment names.
 */
export class RecordedNames implements Names {
  readonly #observed = new ObservedNames();
  readonly #names = new LRUCache<string, { name: EndpointName; generation: number }>({ max: 65_536 });
  #generation = 0;
  #now = 0;

  /**
   * Takes in that a DNS answer gave an address for a name.
   * @param now epoch milliseconds of the answer
   */
  learn(name: string, ip: string, ttlSeconds: number, now: number): void {
    if (now > this.#now) this.#now = now;
    if (this.#observed.learn(name, ip, ttlSeconds, now, 0)) this.#generation++;
  }

  nameOf(endpoint: Readonly<Endpoint>): EndpointName {
    const { ip, comm } = endpoint;
    const key = comm === '' ? ip : `${ip} ${comm}`;
    const known = this.#names.get(key);
    if (known !== undefined && known.generation === this.#generation) return known.name;
    const domain = this.#observed.get(ip, 0, this.#now) ?? '';
    if (known !== undefined && known.name.domain === domain) {
      known.generation = this.#generation;
      return known.name;
    }
    const name = this.#make(ip, comm, domain);
    this.#names.set(key, { name, generation: this.#generation });
    return name;
  }

  #make(ip: string, comm: string, domain: string): EndpointName {
    const blank = addressOnly(ip, addressClass(ip));
    const none = (): string => '';
    const program = comm === '' ? '' : programName({ comm, executable: '', argv: [], kernelThread: false, cwd: none });
    if (program !== '') return { ...blank, name: program, kind: 'workload', workload: program, process: comm, domain };
    return domain === '' ? blank : { ...blank, name: domain, kind: 'domain', domain };
  }
}
