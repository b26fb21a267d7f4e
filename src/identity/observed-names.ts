import { isIP } from 'node:net';
import { LRUCache } from 'lru-cache';
import { addressClass } from './address-class.ts';

interface Answer {
  readonly name: string;
  /** Network namespace of who asked, 0 where unknown. */
  readonly netns: number;
  /** Milliseconds since the epoch. */
  expires: number;
}

/**
 * How long a name is remembered after its time to live: programs keep connections, and some keep answers, for much longer
 * than they may.
 */
const grace = 3_600_000;
const answersPerAddress = 4;

/** Names of addresses as DNS answers gave them, the latest first, apart by network namespace. Bounded. */
export class ObservedNames {
  readonly #answers = new LRUCache<string, Answer[]>({ max: 65_536 });

  /**
   * Takes an answer in. Names that are no host names, and addresses that belong to nobody in particular (unspecified,
   * loopback, multicast: what blockers answer), are left out.
   *
   * @param name the name that was asked for, not the end of its CNAME chain
   * @returns true where this changed what an address is called
   */
  learn(name: string, ip: string, ttlSeconds: number, now: number, netns: number): boolean {
    const clean = name.toLowerCase().replace(/\.$/, '');
    if (clean.length > 253 || !/^[\w*-]+(\.[\w-]+)*$/.test(clean) || clean.endsWith('.arpa') || isIP(clean) !== 0)
      return false;
    const place = addressClass(ip);
    if (place === 'unspecified' || place === 'loopback' || place === 'multicast') return false;
    const expires = now + Math.max(0, Math.min(ttlSeconds, 7 * 86_400)) * 1000 + grace;
    const known = this.#answers.get(ip);
    if (known === undefined) {
      this.#answers.set(ip, [{ name: clean, netns, expires }]);
      return true;
    }
    const at = known.findIndex((a) => a.netns === netns);
    if (at >= 0 && known[at].name === clean) {
      known[at].expires = expires;
      return false;
    }
    if (at >= 0) known.splice(at, 1);
    known.unshift({ name: clean, netns, expires });
    if (known.length > answersPerAddress) known.length = answersPerAddress;
    return true;
  }

  /** What an address is called by those in a network namespace, else by anybody; undefined where nobody asked. */
  get(ip: string, netns: number, now: number): string | undefined {
    const known = this.#answers.get(ip);
    if (known === undefined) return undefined;
    let other: string | undefined;
    for (const answer of known) {
      if (answer.expires < now) continue;
      if (answer.netns === netns) return answer.name;
      other ??= answer.name;
    }
    return other;
  }
}
