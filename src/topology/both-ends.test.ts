import { expect, test } from 'vitest';
import { type TableName, tables } from '../model/tables/index.ts';
import { Answer } from '../store/answer.ts';
import { BlockBuilder } from '../wire/block/block-builder.ts';
import { readTableBlock, type TableBlock } from '../wire/block/validate.ts';
import { BothEnds } from './both-ends.ts';

const agents = { client: 'aaaaaaaaaaaaaaaa', server: 'bbbbbbbbbbbbbbbb' } as const;
const ends = {
  client: {
    source: '00000000000000c1',
    source_instance: '00000000000000c2',
    destination: 'dd',
    destination_instance: 'dd',
  },
  server: {
    source: 'aa',
    source_instance: 'aa',
    destination: '00000000000000e1',
    destination_instance: '00000000000000e2',
  },
} as const;
const start = 1_700_000_000_000;

type Fields = Readonly<Record<string, unknown>>;
type Side = 'client' | 'server';

/** A row as the agent at one end writes it. */
function row(side: Side, more: Fields = {}): Fields {
  const ids = Object.entries(ends[side]).map(([name, id]) => [name, id.padStart(16, '0')]);
  return {
    time: BigInt(start) * 1_000_000n,
    ...Object.fromEntries(ids),
    side,
    counted: true,
    protocol: 'http',
    method: 'GET',
    sequence: 1000,
    latency_ns: side === 'client' ? 900 : 400,
    request_bytes: 80,
    transport: 'tcp',
    source_ip: '10.0.0.1',
    source_port: 40_000,
    destination_ip: '10.0.0.2',
    destination_port: 80,
    agent: agents[side],
    ...more,
  };
}

function blockOf(table: TableName, rows: readonly Fields[]): TableBlock {
  const builder = new BlockBuilder(tables[table] as (typeof tables)['requests']);
  for (const one of rows) builder.append(one);
  return readTableBlock(table, builder.encode().slice());
}

let sequence = 1;

/** Agents and a server between them, with a clock that only moves when told. */
function newWorld() {
  const clock = { now: start };
  const both = new BothEnds(() => clock.now);
  const tell = (table: TableName, side: Side, ...rows: readonly Fields[]): TableBlock => {
    const block = blockOf(table, rows);
    both.see({ agent: agents[side], sequence: sequence++, block });
    return block;
  };
  /** What goes into the table, read from the bytes anew. */
  const settled = (block: TableBlock): { counted: boolean; source: string; destination: string }[] => {
    const copy = block.bytes.slice();
    both.settle(block, copy);
    const read = new Answer(copy).objects();
    expect([...new Answer(block.bytes).objects()]).toEqual([...read]);
    return [...new Answer(copy).objects()].map((one) => ({
      counted: one.counted === true,
      source: (one.source as bigint).toString(16),
      destination: (one.destination as bigint).toString(16),
    }));
  };
  return { both, clock, tell, settled };
}

const joined = { source: 'c1', destination: 'e1' };

test('of two rows of one request the one of the server counts, and both name both ends, whichever came first', () => {
  for (const order of [
    ['client', 'server'],
    ['server', 'client'],
  ] as const) {
    const world = newWorld();
    const blocks = order.map((side) => ({ side, block: world.tell('requests', side, row(side)) }));
    for (const { side, block } of blocks) {
      expect(world.settled(block)).toEqual([{ ...joined, counted: side === 'server' }]);
      expect(world.both.otherLatency(block, 0)).toBe(side === 'client' ? 400 : 900);
    }
    expect([world.both.counters.joined, world.both.waiting]).toEqual([1, 0]);
  }
});

test('a side that comes after the other was settled does not count again', () => {
  for (const [first, second] of [
    ['client', 'server'],
    ['server', 'client'],
  ] as const) {
    const world = newWorld();
    const early = world.tell('requests', first, row(first));
    expect(world.settled(early)[0].counted).toBe(true);
    const late = world.tell('requests', second, row(second));
    expect(world.settled(late)).toEqual([{ ...joined, counted: false }]);
    expect(world.settled(early)[0].counted).toBe(true);
  }
});

test('requests of one connection are told apart by where they began', () => {
  const world = newWorld();
  const numbers = [1000, 1080, 1160, 1161];
  // The second was not seen at the server's end.
  const client = world.tell('requests', 'client', ...numbers.map((n) => row('client', { sequence: n, latency_ns: n })));
  const server = world.tell('requests', 'server', ...[1000, 1160, 1161].map((n) => row('server', { sequence: n })));
  expect(world.settled(client).map(({ counted }) => counted)).toEqual([false, true, false, false]);
  expect(world.settled(server).map(({ counted }) => counted)).toEqual([true, true, true]);
  expect([0, 1, 2].map((at) => world.both.otherLatency(server, at))).toEqual([1000, 1160, 1161]);
});

test('what one end sent at once and the other got in pieces is told apart by its order', () => {
  const world = newWorld();
  // Four requests of 500 bytes in one packet; in two where they arrived.
  const client = world.tell(
    'requests',
    'client',
    ...[0, 1, 2, 3].map((n) => row('client', { sequence: 1000 + n, request_bytes: 500, latency_ns: n })),
  );
  const server = world.tell(
    'requests',
    'server',
    ...[1000, 1001, 2448, 2449].map((n) => row('server', { sequence: n, request_bytes: 500 })),
  );
  expect(world.settled(client).map(({ counted }) => counted)).toEqual([false, false, false, false]);
  expect(world.settled(server).map(({ counted }) => counted)).toEqual([true, true, true, true]);
  expect([0, 1, 2, 3].map((at) => world.both.otherLatency(server, at))).toEqual([0, 1, 2, 3]);
  // However many there are.
  const many = Array.from({ length: 600 }, (_, n) => ({ group: Math.floor(n / 10) * 7000 + 100_000, place: n % 10 }));
  const asked = world.tell(
    'requests',
    'client',
    ...many.map(({ group, place }) => row('client', { sequence: group + place, request_bytes: 500 + place })),
  );
  const got = world.tell(
    'requests',
    'server',
    ...many.map(({ group, place }) => row('server', { sequence: group + place * 700, request_bytes: 500 + place })),
  );
  expect(world.settled(asked).filter(({ counted }) => counted)).toEqual([]);
  expect(world.settled(got).filter(({ counted }) => !counted)).toEqual([]);
  // Too far away, or not alike: others.
  const far = world.tell(
    'requests',
    'client',
    row('client', { sequence: 900_000 }),
    row('client', { sequence: 5_000, method: 'PUT' }),
  );
  expect(world.settled(far).map(({ counted }) => counted)).toEqual([true, true]);
});

test('the same request is found behind a translated address, and the names of its ends are known from then on', () => {
  const world = newWorld();
  const client = world.tell(
    'requests',
    'client',
    row('client', { destination_ip: '10.96.0.1', destination_port: 443 }),
  );
  const server = world.tell('requests', 'server', row('server', { source_ip: '10.9.9.9', source_port: 50_000 }));
  expect(world.settled(client)).toEqual([{ ...joined, counted: false }]);
  expect(world.settled(server)).toEqual([{ ...joined, counted: true }]);
  const other = world.tell('requests', 'client', row('client', { sequence: 5, request_bytes: 3 }));
  const stranger = world.tell('requests', 'server', row('server', { sequence: 5, source_ip: '10.9.9.9', time: 0n }));
  expect(world.settled(other)[0].counted && world.settled(stranger)[0].counted).toBe(true);
});

test('what one agent saw alone counts: two rows of one side, other requests, loopback addresses', () => {
  const world = newWorld();
  const rows = [
    [
      row('client'),
      row('client', { sequence: 2000 }),
      row('client', { sequence: 0, source_ip: '127.0.0.1', destination_ip: '127.0.0.1' }),
    ],
    [
      row('server', { sequence: 300_000 }),
      row('server', { sequence: 0, source_ip: '127.0.0.1', destination_ip: '127.0.0.1' }),
    ],
  ] as const;
  const blocks = [world.tell('requests', 'client', ...rows[0]), world.tell('requests', 'server', ...rows[1])];
  expect(blocks.flatMap(world.settled).map(({ counted }) => counted)).toEqual([true, true, true, true, true]);
});

test('datagrams have no sequence numbers: their ends, what was asked and the order join them', () => {
  const world = newWorld();
  const ask = (side: Side, target: string) =>
    row(side, { protocol: 'dns', method: 'A', target, sequence: 0, transport: 'udp' });
  const client = world.tell(
    'requests',
    'client',
    ask('client', 'a.test'),
    ask('client', 'a.test'),
    ask('client', 'b.test'),
  );
  const server = world.tell('requests', 'server', ask('server', 'a.test'), ask('server', 'b.test'));
  expect(world.settled(client).map(({ counted }) => counted)).toEqual([false, true, false]);
  expect(world.settled(server).map(({ counted }) => counted)).toEqual([true, true]);
});

test('an interval of a connection is counted by one end, always the same, while its agent is there', () => {
  const world = newWorld();
  const client = world.tell('flows', 'client', row('client'));
  const server = world.tell('flows', 'server', row('server'));
  expect(world.settled(client)).toEqual([{ ...joined, counted: false }]);
  expect(world.settled(server)).toEqual([{ ...joined, counted: true }]);
  world.clock.now += 20_000;
  expect(world.settled(world.tell('flows', 'client', row('client')))[0].counted).toBe(false);
  // The server's agent is gone.
  world.clock.now += 20_000;
  expect(world.settled(world.tell('flows', 'client', row('client')))[0].counted).toBe(true);
});

test('a block that comes again after the store failed says the same as before', () => {
  const world = newWorld();
  const first = blockOf('requests', [row('client')]);
  world.both.see({ agent: agents.client, sequence: 9_000, block: first });
  const server = world.tell('requests', 'server', row('server'));
  const again = blockOf('requests', [row('client')]);
  world.both.see({ agent: agents.client, sequence: 9_000, block: again });
  expect(world.settled(again)).toEqual([{ ...joined, counted: false }]);
  expect(world.settled(server)).toEqual([{ ...joined, counted: true }]);
});

test('after a restart the rows of the last minute are known from the tables', async () => {
  const world = newWorld();
  const stored = { requests: blockOf('requests', [row('client')]), flows: blockOf('flows', [row('client')]) };
  await world.both.restore(
    async (sql) => new Answer(sql.includes('FROM flows') ? stored.flows.bytes : stored.requests.bytes),
  );
  expect(world.settled(world.tell('requests', 'server', row('server')))).toEqual([{ ...joined, counted: false }]);
  expect(world.settled(world.tell('flows', 'server', row('server')))).toEqual([{ ...joined, counted: false }]);
});

test('rows wait for others only while several agents are there', () => {
  const world = newWorld();
  expect(world.both.hold).toBe(0);
  world.tell('requests', 'client', row('client'));
  expect(world.both.hold).toBe(0);
  world.tell('requests', 'server', row('server'));
  expect(world.both.hold).toBeGreaterThan(0);
  world.clock.now += 60_000;
  expect(world.both.hold).toBe(0);
});

test('what finds no other side is forgotten after a minute, and memory is bounded', () => {
  const world = newWorld();
  world.tell('requests', 'client', row('client'));
  world.clock.now += 61_000;
  world.tell('requests', 'client', row('client', { sequence: 7 }));
  expect(world.both.waiting).toBe(1);
});
