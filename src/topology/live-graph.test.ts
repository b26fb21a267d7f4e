import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tables } from '../model/tables/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { BlockBuilder } from '../wire/block/block-builder.ts';
import { readTableBlock } from '../wire/block/validate.ts';
import { EdgeTable } from './edge-table.ts';
import { bucketMilliseconds, LiveGraph } from './live-graph.ts';

const directory = mkdtempSync(join(tmpdir(), 'wirelight-live-'));
let store: Store;
beforeAll(async () => {
  store = await openStore({ kind: 'embedded', directory, fsync: false });
}, 60_000);
afterAll(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

const now = Math.floor(Date.now() / bucketMilliseconds) * bucketMilliseconds + 5_000;

function block(table: 'requests' | 'flows', rows: readonly Readonly<Record<string, unknown>>[]) {
  const builder = new BlockBuilder(tables[table] as (typeof tables)['requests']);
  for (const row of rows) builder.append(row);
  return readTableBlock(table, builder.encode().slice());
}

const base = {
  protocol: 'http',
  side: 'both',
  counted: true,
  destination_port: 80,
  agent: 'aaaaaaaaaaaaaaaa',
} as const;
const requests = Array.from({ length: 300 }, (_, i) => ({
  ...base,
  time: BigInt(now - (i % 90) * 1000) * 1_000_000n,
  source: i % 3 === 0 ? '000000000000000a' : 'ffffffff0000000b',
  destination: '00000000000000cc',
  outcome: i % 10 === 0 ? 'server_error' : 'ok',
  latency_ns: i % 25 === 0 ? -1 : (i + 1) * 10_000,
  received_ns: 0,
  waited_ns: 100,
  sent_ns: 0,
  flags: i % 50 === 0 ? 2 : 0,
}));
const flows = Array.from({ length: 40 }, (_, i) => ({
  ...base,
  time: BigInt(now - (i % 90) * 1000) * 1_000_000n,
  source: '000000000000000a',
  destination: '00000000000000cc',
  state: i % 4 === 0 ? 'refused' : 'closed',
  opened: true,
  ended: true,
  connect_ns: 500,
  rtt_ns: 1000,
  rtt_min_ns: 900,
  source_bytes: 10,
  destination_bytes: 20,
}));

test('what is built from blocks equals what is restored from the store, in every measure', async () => {
  const live = new LiveGraph(15, () => now);
  live.block(block('requests', requests));
  live.block(block('flows', flows));
  await store.write({ agent: 'aaaaaaaaaaaaaaaa', sequence: 1, block: block('requests', requests) });
  await store.write({ agent: 'aaaaaaaaaaaaaaaa', sequence: 2, block: block('flows', flows) });
  await store.flush();
  const restored = new LiveGraph(15, () => now);
  await restored.restore(store);
  const shown = (graph: LiveGraph, from: number) =>
    graph
      .edges(from)
      .map((edge) => ({ ...edge, tally: edge.tally.measures(60) }))
      .toSorted((a, b) => (a.source < b.source ? -1 : 1));
  expect(shown(live, now - 600_000)).toEqual(shown(restored, now - 600_000));
  expect(shown(live, now - 600_000).map((edge) => edge.tally.requests)).toEqual([100, 200]);
  expect(shown(live, now - 20_000)).toEqual(shown(restored, now - 20_000));
});

test('a window leaves out what is older, and what was quiet for long is forgotten', () => {
  let clock = now;
  const live = new LiveGraph(1, () => clock);
  live.block(block('requests', requests.slice(0, 3)));
  expect(live.edges(now - 10_000).length).toBe(2);
  clock += 3_600_000;
  live.block(block('requests', [{ ...requests[0], time: BigInt(clock) * 1_000_000n }]));
  expect(live.edges(clock - 3_700_000).map((edge) => edge.tally.get('requests'))).toEqual([1]);
});

test('rows that do not count are left out', () => {
  const live = new LiveGraph(15, () => now);
  live.block(block('requests', [requests[1], { ...requests[1], counted: false, side: 'client' }]));
  expect(live.edges(now - 600_000).map((edge) => edge.tally.get('requests'))).toEqual([1]);
});

test('edges keep their numbers, whatever their keys', () => {
  const part = fc.integer({ min: 0, max: 0xffff_ffff });
  fc.assert(
    fc.property(fc.array(fc.tuple(part, part, part, part, part), { maxLength: 3000 }), (keys) => {
      const table = new EdgeTable();
      const known = new Map<string, number>();
      for (const key of [...keys, ...keys]) {
        const number = table.number(...key);
        const name = key.join();
        expect(number).toBe(known.get(name) ?? known.size);
        known.set(name, number);
      }
      expect(table.size).toBe(known.size);
    }),
    { numRuns: 20 },
  );
});
