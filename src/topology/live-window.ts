import { bucketMilliseconds, type KeptEdge, type LiveGraph } from './live-graph.ts';
import { Tally } from './tally.ts';

interface Sum {
  /** Buckets in `closed`: first ≤ number < open. */
  first: number;
  open: number;
  readonly closed: Tally;
  touched: number;
  late: number;
}

/** What became different since the update before. */
export interface WindowChange {
  readonly changed: readonly { readonly edge: KeptEdge; readonly tally: Tally }[];
  readonly removed: readonly KeptEdge[];
  /** Epoch milliseconds: where the window begins, in whole buckets. */
  readonly from: number;
}

/**
 * A window that slides over the live graph. What is in it is added up as buckets come and subtracted as they fall out, so
 * that an update costs what changed and not what there is. The last two buckets stay open, as agents tell a little late.
 */
export class LiveWindow {
  readonly #graph: LiveGraph;
  readonly #buckets: number;
  readonly #sums = new Map<KeptEdge, Sum>();

  constructor(graph: LiveGraph, seconds: number) {
    this.#graph = graph;
    this.#buckets = Math.ceil((seconds * 1000) / bucketMilliseconds);
  }

  update(now: number): WindowChange {
    const current = Math.floor(now / bucketMilliseconds);
    const first = current - this.#buckets;
    const open = current - 1;
    const changed: { edge: KeptEdge; tally: Tally }[] = [];
    const removed: KeptEdge[] = [];
    for (const edge of this.#graph.kept) {
      let sum = this.#sums.get(edge);
      if (edge.last < first) {
        if (sum === undefined) continue;
        this.#sums.delete(edge);
        removed.push(edge);
        continue;
      }
      if (sum !== undefined && sum.touched === edge.touched && sum.first === first && sum.open === open) continue;
      let moved = sum === undefined || sum.touched !== edge.touched;
      if (sum === undefined || sum.late !== edge.late || first - sum.first > 5 || first < sum.first) {
        sum = { first, open, closed: new Tally(), touched: edge.touched, late: edge.late };
        for (const [number, tally] of edge.buckets) if (number >= first && number < open) sum.closed.merge(tally);
        this.#sums.set(edge, sum);
        moved = true;
      } else {
        for (let number = sum.first; number < first; number++) {
          const old = edge.buckets.get(number);
          if (old === undefined) continue;
          sum.closed.subtract(old);
          moved = true;
        }
        for (let number = sum.open; number < open; number++) {
          const fresh = edge.buckets.get(number);
          if (fresh !== undefined) sum.closed.merge(fresh);
        }
        [sum.first, sum.open, sum.touched] = [first, open, edge.touched];
      }
      if (!moved) continue;
      const tally = new Tally();
      tally.merge(sum.closed);
      for (let number = open; number <= edge.last; number++) {
        const one = edge.buckets.get(number);
        if (one !== undefined) tally.merge(one);
      }
      changed.push({ edge, tally });
    }
    if (this.#sums.size > this.#graph.kept.length) this.#forgetGone(removed);
    return { changed, removed, from: first * bucketMilliseconds };
  }

  /** The graph lets go of edges that were quiet for long. */
  #forgetGone(removed: KeptEdge[]): void {
    const kept = new Set(this.#graph.kept);
    for (const edge of this.#sums.keys()) {
      if (kept.has(edge)) continue;
      this.#sums.delete(edge);
      removed.push(edge);
    }
  }
}
