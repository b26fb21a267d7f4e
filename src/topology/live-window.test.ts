import { expect, test } from 'vitest';
import { tables } from '../model/tables/index.ts';
import { BlockBuilder } from '../wire/block/block-builder.ts';
import { readTableBlock, type TableBlock } from '../wire/block/validate.ts';
import { bucketMilliseconds, LiveGraph } from './live-graph.ts';
import { LiveWindow } from './live-window.ts';

const start = 1_800_000_000_000;

/** A request on each of these edges, at one moment. */
function requestsBlock(time: number, edges: readonly (readonly [number, number])[]): TableBlock {
  const builder = new BlockBuilder(tables.requests);
  const idOf = (number: number): string => number.toString(16).padStart(16, '0');
  for (const [source, destination] of edges)
    builder.append({
      time: BigInt(time) * 1_000_000n,
      source: idOf(source),
      destination: idOf(destination),
      protocol: 'http',
      side: 'both',
      counted: true,
      destination_port: 80,
      outcome: 'ok',
      latency_ns: 1_000_000,
      agent: 'aaaaaaaaaaaaaaaa',
    });
  return readTableBlock('requests', builder.encode().slice());
}

/** A graph with a clock of its own, and a window over it. */
function world(seconds: number) {
  let now = start;
  const graph = new LiveGraph(15, () => now);
  const window = new LiveWindow(graph, seconds);
  const sums = new Map<string, number>();
  return {
    give: (block: TableBlock) => graph.block(block),
    /** Requests by edge as a reader of the changes knows them, and as the graph has them. */
    look: () => {
      const { changed, removed, from } = window.update(now);
      for (const { edge, tally } of changed) sums.set(edge.destination, tally.get('requests'));
      for (const edge of removed) sums.delete(edge.destination);
      const truth = Object.fromEntries(graph.edges(from).map((edge) => [edge.destination, edge.tally.get('requests')]));
      return { told: Object.fromEntries(sums), truth, changes: changed.length };
    },
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    now: () => now,
  };
}

test('what is told of changes adds up to what the graph has, over many minutes of coming, staying and going', () => {
  const it = world(60);
  for (let step = 0; step < 400; step++) {
    const late = step % 11 === 0 ? 4 * bucketMilliseconds : 0;
    if (step % 90 < 60) it.give(requestsBlock(it.now() - late, [[1, 1 + (step % 5)]]));
    it.pass(1_700);
    const { told, truth } = it.look();
    expect(told).toEqual(truth);
  }
});

test('an edge of which nothing is new is not told again', () => {
  const it = world(300);
  it.give(
    requestsBlock(it.now(), [
      [1, 2],
      [1, 3],
    ]),
  );
  expect(it.look().changes).toBe(2);
  expect(it.look().changes).toBe(0);
  it.give(requestsBlock(it.now(), [[1, 2]]));
  expect(it.look().changes).toBe(1);
  it.pass(30_000);
  expect(it.look().changes).toBe(0);
  it.pass(400_000);
  expect(it.look()).toMatchObject({ told: {}, truth: {} });
});

test('what a reader missed for long is still right when it looks again', () => {
  const it = world(120);
  for (let step = 0; step < 30; step++) {
    it.give(requestsBlock(it.now(), [[1, 2]]));
    it.pass(5_000);
  }
  expect(it.look().told).toEqual(it.look().truth);
  for (let step = 0; step < 30; step++) {
    it.give(requestsBlock(it.now(), [[1, 2]]));
    it.pass(5_000);
  }
  const { told, truth } = it.look();
  expect(told).toEqual(truth);
});
