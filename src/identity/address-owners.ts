import { LRUCache } from 'lru-cache';
import type { EntityRef } from '../model/entity.ts';

interface Owner {
  /** undefined: several have it, and nobody is named after it. */
  ref: EntityRef | undefined;
  /** Milliseconds: when its workload was last seen at it. */
  seenAt: number;
}

const most = 16_384;
/** So long is it remembered who had an address. */
const memory = 3_600_000;
/** Who has not been seen at an address for so long has left it when somebody else is seen there. */
const left = 120_000;

/**
 * Whose an address of this host is, where it is one workload's alone, as in a pod's or a container's network: then packets
 * from and to it are that workload's though no process is at their other end, because it has just ended, refuses to be
 * connected to, or its socket is gone already.
 */
export class AddressOwners {
  readonly #owners = new LRUCache<string, Owner>({ max: most });

  /**
   * Takes in that a process of a workload has a socket with this address.
   * @returns true where the answer of {@link get} may have changed by it
   */
  learn(ip: string, ref: EntityRef, now: number): boolean {
    const known = this.#owners.get(ip);
    if (known === undefined || now - known.seenAt > left) {
      this.#owners.set(ip, { ref, seenAt: now });
      return known?.ref !== ref;
    }
    known.seenAt = now;
    if (known.ref === ref || known.ref === undefined) return false;
    known.ref = undefined;
    return true;
  }

  /** The workload that has it, or had it lately; undefined where nobody or several do. */
  get(ip: string, now: number): EntityRef | undefined {
    const known = this.#owners.get(ip);
    return known !== undefined && now - known.seenAt <= memory ? known.ref : undefined;
  }
}
