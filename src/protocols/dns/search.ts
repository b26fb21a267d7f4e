import { LRUCache } from 'lru-cache';

/** A lookup that is one of several for the same short name. */
export interface SearchAttempt {
  /** The name that the program asked for. */
  readonly name: string;
  /** How many names were tried so far, this one included. */
  readonly attempt: number;
}

interface Last {
  name: string;
  negative: boolean;
  end: number;
  base: string;
  attempt: number;
}

/** Longest time in nanoseconds between an answer and the next name that is tried. */
const longestPause = 1e9;

/**
 * Notices when resolvers work through the search list of resolv.conf: the same client asks for the same type right after
 * it was told that a name does not exist, and the names differ only in what was appended. The first attempt cannot be told
 * from a lookup that is meant so.
 *
 * Two names belong together where one is the other with a suffix, or where the shorter suffix ends the longer one
 * (`a.default.svc.cluster.local`, `a.svc.cluster.local`); after that, any suffix on the same name.
 */
export class SearchLists {
  readonly #last: LRUCache<string, Last>;

  constructor(clients = 4096) {
    this.#last = new LRUCache({ max: clients });
  }

  /** A question was asked; tells whether it continues a search. */
  asked(client: string, type: string, name: string, time: number): SearchAttempt | undefined {
    const last = this.#last.get(`${type} ${client}`);
    if (last === undefined || !last.negative || time - last.end > longestPause || last.name === name) return undefined;
    const base = baseOf(last.name, name, last.attempt > 1 ? last.base : '');
    return base === '' ? undefined : { name: base, attempt: last.attempt + 1 };
  }

  /** A question was answered; negative where there is no such name or no such record. */
  answered(
    client: string,
    type: string,
    name: string,
    negative: boolean,
    time: number,
    search: SearchAttempt | undefined,
  ): void {
    const key = `${type} ${client}`;
    if (!negative) {
      this.#last.delete(key);
      return;
    }
    this.#last.set(key, { name, negative, end: time, base: search?.name ?? '', attempt: search?.attempt ?? 1 });
  }
}

/** What two names have in common where both are tries for it, '' where they are not. */
function baseOf(former: string, name: string, known: string): string {
  if (known !== '') {
    return name === known || name.startsWith(`${known}.`) ? known : '';
  }
  if (name.startsWith(`${former}.`)) return former;
  if (former.startsWith(`${name}.`)) return name;
  const a = former.split('.');
  const b = name.split('.');
  let same = 0;
  while (same < a.length && same < b.length && a[same] === b[same]) same++;
  if (same === 0) return '';
  const suffixA = a.slice(same).join('.');
  const suffixB = b.slice(same).join('.');
  const related = suffixA.endsWith(`.${suffixB}`) || suffixB.endsWith(`.${suffixA}`);
  return related ? a.slice(0, same).join('.') : '';
}
