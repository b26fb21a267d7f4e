/** Connections that were seen at one end or both, by a number made of their addresses and ports. */
import type { SeenRequest } from './both-ends.ts';

/** A connection, as its ends' agents tell it. Index 0 is the client's end, 1 the server's. */
export interface SeenConnection {
  /** Which agent told of each end last. */
  readonly agents: [string | undefined, string | undefined];
  /** Entity and instance of each end, low and high halves. */
  readonly ids: [Ids | undefined, Ids | undefined];
  /** Requests of each end whose other side was not found yet, the latest last. */
  readonly left: [SeenRequest[], SeenRequest[]];
  /** The end whose intervals count; undefined before that was said. */
  counts: 0 | 1 | undefined;
  at: number;
}

export type Ids = readonly [number, number, number, number];

const most = 200_000;
const forgottenAfter = 600_000;
/** Of a connection that was silent for so long the other side's requests have come. */
const quietAfter = 15_000;

export class Connections {
  /** The longest silent first, nearly: those that were touched again are looked at once more. */
  readonly #known = new Map<number, SeenConnection>();

  at(tuple: number, now: number): SeenConnection {
    let known = this.#known.get(tuple);
    if (known === undefined) {
      known = {
        agents: [undefined, undefined],
        ids: [undefined, undefined],
        left: [[], []],
        counts: undefined,
        at: now,
      };
      this.#known.set(tuple, known);
    }
    known.at = now;
    return known;
  }

  /** Both are one connection, by other addresses: from now on the tuple of `b` leads to `a`. */
  same(tuple: number, a: SeenConnection, b: SeenConnection): void {
    for (const end of [0, 1] as const) {
      a.agents[end] ??= b.agents[end];
      a.ids[end] ??= b.ids[end];
    }
    a.counts ??= b.counts;
    this.#known.set(tuple, a);
  }

  forget(now: number): void {
    let looked = 0;
    for (const [tuple, known] of this.#known) {
      if (looked++ > 100 && this.#known.size <= most) return;
      if (now - known.at > quietAfter) {
        known.left[0] = [];
        known.left[1] = [];
      }
      if (now - known.at > forgottenAfter || this.#known.size > most) this.#known.delete(tuple);
      else if (now - known.at < forgottenAfter / 2) {
        this.#known.delete(tuple);
        this.#known.set(tuple, known);
      }
    }
  }
}
