import { rmSync, writeFileSync } from 'node:fs';
import { WirelightError } from '../base/errors.ts';
import { losePackets } from './network.ts';
import { has } from './packages.ts';
import type { Shop } from './shop.ts';

/** Something that can be broken in the shop, and healed. */
export interface Fault {
  /** As it is called on the command line. */
  readonly name: FaultName;
  /** The key that breaks and heals it. */
  readonly key: string;
  /** What is done to the shop. */
  readonly what: string;
  /** Where to look for it. */
  readonly look: string;
  /** Why it cannot be broken here, undefined where it can. */
  obstacle(shop: Shop): string | undefined;
  /** Breaks it; what is given back heals it. */
  apply(shop: Shop): Promise<() => Promise<void>>;
}

/** Names of all faults. */
export const faultNames = ['slow-database', 'failing-dns', 'refused-port', 'packet-loss', 'retry-storm'] as const;

/** Name of a fault. */
export type FaultName = (typeof faultNames)[number];

/** Of the packets that the API is sent, so many in a hundred are lost. */
const lossPercent = 8;

/** All faults, in the order in which they are shown. */
export const faults: readonly Fault[] = [
  {
    name: 'slow-database',
    key: '1',
    what: 'a report locks the products again and again',
    look: 'the latency of shop-api → shop-db, and who is new there: shop-report',
    obstacle: (shop) => missing(shop, 'shop-db'),
    apply: (shop) => shop.startReport(),
  },
  {
    name: 'failing-dns',
    key: '2',
    what: 'the DNS server has lost the names of the services',
    look: 'NXDOMAIN from shop-dns, and who fails for it: shop-api looks for the recommendations, shop-payments for the bank',
    obstacle: () => undefined,
    apply: async (shop) => {
      shop.publishNames(false);
      return async () => shop.publishNames(true);
    },
  },
  {
    name: 'refused-port',
    key: '3',
    what: 'nobody listens at the recommendations',
    look: 'failed connections of shop-api to shop-recommend, and the products that answer 502 for it',
    obstacle: (shop) => missing(shop, 'shop-recommend'),
    apply: async (shop) => {
      const service = shop.service('shop-recommend');
      await service?.stop();
      return async () => await service?.start();
    },
  },
  {
    name: 'packet-loss',
    key: '4',
    what: `${lossPercent} % of the packets to the API are lost`,
    look: 'retransmits on all edges of shop-api, and p95 and p99 of what waits for them',
    obstacle: (shop) => {
      if (shop.plug('api') === undefined) return 'shop-api does not run';
      return has('nft') ? undefined : 'neither netem nor nftables is there';
    },
    apply: async (shop) => {
      const plug = shop.plug('api');
      const loss = plug === undefined ? undefined : losePackets(plug, lossPercent);
      return async () => loss?.stop();
    },
  },
  {
    name: 'retry-storm',
    key: '5',
    what: 'the bank is overloaded, and payments ask it again without a pause',
    look: 'the rate and the errors of shop-payments → the bank: 25 times what the shop sells',
    obstacle: (shop) => missing(shop, 'shop-payments'),
    apply: async (shop) => {
      writeFileSync(shop.overload, '');
      return async () => rmSync(shop.overload, { force: true });
    },
  },
];

/** The fault of a name. @throws WirelightError `no_such_fault` */
export function faultOf(name: string): Fault {
  const fault = faults.find((one) => one.name === name || one.key === name);
  if (fault !== undefined) return fault;
  throw new WirelightError('no_such_fault', `the demo does not know how to break ${JSON.stringify(name)}`, {
    next: `one of: ${faultNames.join(', ')}`,
    exitCode: 2,
  });
}

/** What is broken right now. */
export class Faults {
  readonly #shop: Shop;
  readonly #healing = new Map<FaultName, () => Promise<void>>();
  /** One change at a time. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(shop: Shop) {
    this.#shop = shop;
  }

  /** True where it is broken. */
  has(name: FaultName): boolean {
    return this.#healing.has(name);
  }

  /** Breaks something; nothing happens where it is broken already. @throws WirelightError `cannot_break` */
  break(name: string): Promise<void> {
    const fault = faultOf(name);
    return this.#next(async () => {
      if (this.#healing.has(fault.name)) return;
      const obstacle = fault.obstacle(this.#shop);
      if (obstacle !== undefined) {
        throw new WirelightError('cannot_break', `${fault.name} is not possible here`, { why: obstacle });
      }
      this.#healing.set(fault.name, await fault.apply(this.#shop));
    });
  }

  /** Heals something, or everything where nothing is named. */
  heal(name?: string): Promise<void> {
    const names = name === undefined ? faultNames : [faultOf(name).name];
    return this.#next(async () => {
      for (const one of names) {
        const heal = this.#healing.get(one);
        this.#healing.delete(one);
        await heal?.();
      }
    });
  }

  /** Breaks what is whole and heals what is broken. */
  toggle(name: FaultName): Promise<void> {
    return this.has(name) ? this.heal(name) : this.break(name);
  }

  #next(work: () => Promise<void>): Promise<void> {
    const run = this.#queue.then(work);
    this.#queue = run.catch(() => undefined);
    return run;
  }
}

function missing(shop: Shop, service: string): string | undefined {
  return shop.service(service) === undefined ? `${service} does not run: its package is not installed` : undefined;
}
