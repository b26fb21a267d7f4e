/** What every store has to do, embedded or remote: the same tests for both. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TableName, tables } from '../../model/tables/index.ts';
import { BlockBuilder } from '../../wire/block/block-builder.ts';
import { readTableBlock, type TableBlock } from '../../wire/block/validate.ts';
import { asNumber, asText, type Store } from '../index.ts';

const agent = 'aaaaaaaaaaaaaaaa';
const hour = 3_600_000_000_000n;
/** A full hour, some hours ago. */
const base = ((BigInt(Date.now()) * 1_000_000n) / hour) * hour - 6n * hour;
let sequence = 0;

/** Rows as a block that was checked, as the server has it. */
export function tableBlock(table: TableName, rows: readonly Readonly<Record<string, unknown>>[]): TableBlock {
  const builder = new BlockBuilder(tables[table] as (typeof tables)['requests']);
  for (const row of rows) builder.append(row);
  return readTableBlock(table, builder.encode().slice());
}

/** Requests from a moment on, a second apart. */
export function someRequests(count: number, from = base): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, i) => ({
    time: from + BigInt(i) * 1_000_000_000n,
    source: '00000000000000a1',
    destination: '00000000000000b2',
    side: 'both',
    counted: true,
    protocol: 'http',
    method: 'GET',
    target: `/orders/${i % 7}`,
    outcome: i % 10 === 0 ? 'server_error' : 'ok',
    latency_ns: 1_000_000 + i,
    request_bytes: 100,
    response_bytes: 200,
    destination_port: 80,
    source_ip: '10.0.0.1',
    destination_ip: '10.0.0.2',
    trace_id: i.toString(16).padStart(32, 'a'),
    agent,
  }));
}

/** Runs the tests of a store. */
export function testStore(open: () => Promise<Store>): void {
  let store: Store;
  beforeAll(async () => {
    store = await open();
  }, 120_000);
  afterAll(() => store.close());

  const write = async (table: TableName, rows: readonly Readonly<Record<string, unknown>>[]) => {
    const incoming = { agent, sequence: ++sequence, block: tableBlock(table, rows) };
    await store.write(incoming);
    await store.flush();
    return incoming;
  };
  const count = async (sql: string): Promise<number> => asNumber((await store.query(sql)).first()?.n);
  const rollups = ['edges_10s', 'edges_1m', 'edges_10m', 'edges_1h'];

  describe('schema', () => {
    test('is brought up to date once', async () => {
      const again = await store.migrate();
      expect(again.applied).toEqual([]);
      expect(again.version).toBeGreaterThan(0);
      const names = (await store.query("SELECT name FROM system.tables WHERE database = 'wirelight'")).column('name');
      expect(names).toEqual(expect.arrayContaining(Object.keys(tables)));
    });

    test('keeps none of the engine’s own logs', async () => {
      expect(
        await count("SELECT count() AS n FROM system.tables WHERE database = 'system' AND name LIKE '%\\\\_log'"),
      ).toBe(0);
    });
  });

  describe('blocks', () => {
    test('can be read as they were written, and every roll-up agrees', async () => {
      const rows = someRequests(500);
      await write('requests', rows);
      const answer = await store.query('SELECT * FROM requests ORDER BY time');
      const first = answer.first();
      expect(answer.rows).toBe(500);
      expect([first?.time, first?.target, first?.outcome, first?.latency_ns, first?.source_ip]).toEqual([
        base,
        '/orders/0',
        'server_error',
        1_000_000n,
        '10.0.0.1',
      ]);
      for (const table of rollups) {
        expect([table, await count(`SELECT sum(requests) AS n FROM ${table}`)]).toEqual([table, 500]);
        expect(await count(`SELECT sum(server_errors) AS n FROM ${table}`)).toBe(50);
        expect(await count(`SELECT arraySum(mapValues(sumMap(latency))) AS n FROM ${table}`)).toBe(500);
      }
      expect(await count('SELECT count() AS n FROM request_traces')).toBe(500);
    });

    test('are stored once when they come twice, also in roll-ups', async () => {
      const before = await count('SELECT count() AS n FROM requests');
      const incoming = await write('requests', someRequests(20, base + hour));
      await store.write(incoming);
      await store.flush();
      expect(await count('SELECT count() AS n FROM requests')).toBe(before + 20);
      for (const table of rollups) expect(await count(`SELECT sum(requests) AS n FROM ${table}`)).toBe(before + 20);
    });

    test('of flows, events, entities and spans are taken too', async () => {
      await write('flows', [{ time: base, source_bytes: 10, destination_bytes: 20, agent, counted: true }]);
      await write('events', [{ time: base, kind: 'drop', reason: 'NO_SOCKET', count: 3, agent }]);
      await write('entities', [{ id: '00000000000000a1', kind: 'workload', name: 'it’s "web"\n', last_seen: base }]);
      await write('spans', [{ time: base, trace_id: 'ab'.repeat(16), name: 'GET /', agent }]);
      expect(await count('SELECT sum(destination_bytes) AS n FROM edges_1h')).toBe(20);
      expect(asText((await store.query('SELECT name FROM entities')).first()?.name)).toBe('it’s "web"\n');
      expect(asText((await store.query('SELECT trace_id FROM spans')).first()?.trace_id)).toBe('ab'.repeat(16));
    });

    test('that the server itself makes are added', async () => {
      await store.append('meta', [{ key: 'k', value: '{"a":1}', updated: base }]);
      await store.append('meta', [{ key: 'k', value: '{"a":2}', updated: base + 1n }]);
      expect(asText((await store.query('SELECT value FROM meta FINAL')).first()?.value)).toBe('{"a":2}');
      await expect(store.append('edges_1m', [{}])).rejects.toThrow('no rows are added');
    });
  });

  describe('statements', () => {
    test('take values as what they are', async () => {
      const text = 'it\'s {x:String} \\ ` " \n\0 ünï';
      const row = (
        await store.query('SELECT {text:String} AS text, {list:Array(UInt64)} AS list, {n:Int64} AS n', {
          parameters: { text, list: [1n, 2n ** 64n - 1n], n: -5 },
        })
      ).first();
      expect([row?.text, row?.list, row?.n]).toEqual([text, [1n, 2n ** 64n - 1n], -5n]);
    });

    test('give large answers in pieces, and end when nobody reads on', async () => {
      let bytes = 0;
      for await (const chunk of store.stream('SELECT number FROM numbers(1000000)')) bytes += chunk.length;
      expect(bytes).toBeGreaterThanOrEqual(8_000_000);
      for await (const _ of store.stream('SELECT number FROM numbers(1000000)')) break;
      expect(await count('SELECT 1 AS n')).toBe(1);
    });

    test('that cannot be say why', async () => {
      await expect(store.query('SELEC 1')).rejects.toMatchObject({ code: 'bad_query' });
      await expect(store.query('SELECT nothing FROM requests')).rejects.toMatchObject({ code: 'bad_query' });
      await expect(
        store.query('SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 1', { seconds: 1 }),
      ).rejects.toMatchObject({ code: 'query_timeout' });
      await expect(
        store.query('SELECT groupArray(number) FROM numbers(100000000)', { maxMemory: 50_000_000 }),
      ).rejects.toMatchObject({ code: 'query_memory' });
      await expect(store.query('SELECT number FROM numbers(1000)', { maxRows: 10 })).rejects.toMatchObject({
        code: 'query_too_large',
      });
    });

    test('of people may read our tables and do nothing else', async () => {
      const asked = await store.queryAsGuest('SELECT count() AS n FROM requests', { format: 'JSONEachRow' });
      expect(JSON.parse(Buffer.from(asked).toString('utf8'))).toEqual({ n: expect.anything() });
      for (const sql of [
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1/', 'LineAsString')",
        'SELECT * FROM system.tables',
        'INSERT INTO meta SELECT 1, 2, now64(9)',
        'DROP TABLE requests',
        'SELECT 1 SETTINGS readonly = 0',
        'SELECT * FROM actions',
      ]) {
        await expect(store.queryAsGuest(sql)).rejects.toMatchObject({ name: 'StoreError' });
      }
      expect(await count('SELECT count() AS n FROM requests')).toBeGreaterThan(0);
    });
  });

  test('says how it stands', async () => {
    const stats = await store.stats();
    expect(stats.tables.requests.rows).toBe(await count('SELECT count() AS n FROM requests'));
    expect(stats.tables.requests.bytes).toBeGreaterThan(0);
    expect(stats.tables.requests.from).toBe(base);
    expect(stats.disk.total).toBeGreaterThan(0);
    expect(stats.kind).toBe(store.kind);
  });
}
