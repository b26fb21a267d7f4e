import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cql, type Dialect, mysql, postgresql, rawStatement, StatementReader } from './index.ts';

function read(text: string, dialect: Dialect = postgresql, cutAt = -1) {
  const bytes = Buffer.from(text);
  const reader = new StatementReader(dialect);
  const statement = reader.read(bytes, 0, cutAt < 0 ? bytes.length : cutAt, cutAt >= 0);
  return { ...statement, trace: reader.trace };
}

describe('a normalised statement', () => {
  it.each([
    ['select * from t where id = 42', 'select * from t where id = ?'],
    ["SELECT 'it''s', E'a\\'b', U&'x', X'00ff', $$raw 'x'$$, $tag$ $$ $tag$", 'SELECT ?, ?, ?, ?, ?, ?'],
    ['SELECT 1.5, .5, 1e-10, 0x1F, 1_000, -7', 'SELECT ?, ?, ?, ?, ?, ?'],
    ['SELECT a-1, a - 1, a*-1 FROM t1', 'SELECT a-?, a - ?, a*? FROM t1'],
    ['  SELECT\n\t a ,  b\r\nFROM t ;  ', 'SELECT a, b FROM t'],
    ['SELECT /* x */ a -- y\n FROM t /* a /* nested */ b */ WHERE b', 'SELECT a FROM t WHERE b'],
    ['SELECT * FROM t WHERE id = $1 AND b = $2', 'SELECT * FROM t WHERE id = $1 AND b = $2'],
    ['SELECT "Quoted "" name" FROM "T"', 'SELECT "Quoted "" name" FROM "T"'],
    ["SELECT a::int, '1'::text, b->>'k' FROM t", 'SELECT a::int, ?::text, b->>? FROM t'],
    ['SELECT t1.a1 FROM t1', 'SELECT t1.a1 FROM t1'],
    ["SELECT DATE '2020-01-01' + INTERVAL '1 day'", 'SELECT DATE ? + INTERVAL ?'],
  ])('of %s is %s', (source, text) => {
    expect(read(source).text).toBe(text);
  });

  it.each([
    ['SELECT * FROM t WHERE id IN (1, 2, 3) AND x', 'SELECT * FROM t WHERE id IN (?) AND x'],
    ["SELECT * FROM t WHERE id IN ('a')", 'SELECT * FROM t WHERE id IN (?)'],
    ['SELECT * FROM t WHERE id in ($1,$2,$3)', 'SELECT * FROM t WHERE id in (?)'],
    ['SELECT * FROM t WHERE id IN (NULL, 2, -3)', 'SELECT * FROM t WHERE id IN (NULL)'],
    [
      'SELECT * FROM t WHERE (a, b) IN ((1, 2), (3, 4), (5, 6)) ORDER BY c',
      'SELECT * FROM t WHERE (a, b) IN ((?)) ORDER BY c',
    ],
    [
      'SELECT * FROM t WHERE id IN (SELECT x FROM u WHERE y IN (1, 2))',
      'SELECT * FROM t WHERE id IN (SELECT x FROM u WHERE y IN (?))',
    ],
    ['SELECT * FROM t WHERE id IN (1, a + 2, 3)', 'SELECT * FROM t WHERE id IN (?, a + ?, ?)'],
    ['SELECT * FROM t WHERE id = ANY(ARRAY[1,2,3])', 'SELECT * FROM t WHERE id = ANY(ARRAY[?])'],
    ["INSERT INTO t (a, b) VALUES (1, 'x')", 'INSERT INTO t (a, b) VALUES (?, ?)'],
    [
      'INSERT INTO t (a, b) VALUES (1, now()), (2, now()), (3, now()) RETURNING id',
      'INSERT INTO t (a, b) VALUES (?, now()) RETURNING id',
    ],
    [
      'INSERT INTO t VALUES ($1, $2), ($3, $4) ON CONFLICT DO NOTHING',
      'INSERT INTO t VALUES ($1, $2) ON CONFLICT DO NOTHING',
    ],
  ])('does not depend on how many values stand in a list: %s', (source, text) => {
    expect(read(source).text).toBe(text);
  });

  it('of a list of any length is one object', () => {
    const reader = new StatementReader(postgresql);
    const of = (text: string) => reader.read(Buffer.from(text), 0, text.length, false);
    const one = of('SELECT * FROM t WHERE id IN (1)');
    for (let n = 2; n < 60; n++) {
      const list = Array.from({ length: n }, (_, i) => i).join(', ');
      expect(of(`SELECT * FROM t WHERE id IN (${list})`)).toBe(one);
    }
  });

  it.each([
    ["SELECT \"text\", `name` FROM `t` WHERE a = 'x\\'y'", 'SELECT ?, `name` FROM `t` WHERE a = ?'],
    ['SELECT 5--3 FROM t # tail', 'SELECT ?-? FROM t'],
    ['/*!40101 SET NAMES utf8 */;', 'SET NAMES utf8'],
    ["SELECT _utf8'x', 1st FROM t", 'SELECT ?, 1st FROM t'],
    [
      'INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = VALUES(a), b = VALUES(b)',
      'INSERT INTO t VALUES (?) ON DUPLICATE KEY UPDATE a = VALUES(a), b = VALUES(b)',
    ],
  ])('follows the dialect of MySQL: %s', (source, text) => {
    expect(read(source, mysql).text).toBe(text);
  });

  it.each([
    ['SELECT * FROM ks.t WHERE id = a1b2c3d4-0000-1111-2222-333344445555', 'SELECT * FROM ks.t WHERE id = ?'],
    ['SELECT * FROM ks.t WHERE id = 01b2c3d4-0000-1111-2222-333344445555 // tail', 'SELECT * FROM ks.t WHERE id = ?'],
    ['INSERT INTO t (d, b) VALUES (1h30m, 0xcafe)', 'INSERT INTO t (d, b) VALUES (?, ?)'],
  ])('follows the dialect of CQL: %s', (source, text) => {
    expect(read(source, cql).text).toBe(text);
  });

  it('never holds a value, wherever it is cut', () => {
    const source = "SELECT a FROM t WHERE p = 'hunter2secret' AND q IN ('hunter2secret', 5) AND r = $$hunter2secret$$";
    for (let cut = 0; cut <= source.length; cut++) {
      const { text } = read(source, postgresql, cut);
      expect(text).not.toContain('hunter');
      expect(text.endsWith('…')).toBe(true);
    }
  });

  it('is bounded, and says where it was cut', () => {
    const long = `SELECT ${Array.from({ length: 5000 }, (_, i) => `column_${i}`).join(', ')} FROM t`;
    const { text, verb } = read(long);
    expect(text.length).toBeLessThanOrEqual(2052);
    expect(text.endsWith('…')).toBe(true);
    expect(verb).toBe('SELECT');
  });

  it('never throws on any bytes and never grows longer than the source by more than its ellipsis', () => {
    const readers = [postgresql, mysql, cql].map((dialect) => new StatementReader(dialect));
    const word = fc.constantFrom(
      'SELECT',
      ' IN (',
      ')',
      ',',
      "'",
      '"',
      '`',
      'VALUES',
      '(',
      '--',
      '/*',
      '*/',
      '$$',
      '$1',
      '?',
      ' ',
      '1',
      '-',
      'a',
      ';',
      '[',
      ']',
      'WITH',
      ' FROM ',
      'é',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 40 }), fc.boolean(), (parts, cut) => {
        const bytes = Buffer.from(parts.join(''));
        for (const reader of readers) {
          const { text } = reader.read(bytes, 0, bytes.length, cut);
          // A comma may gain a blank after it.
          expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2 * bytes.length + 9);
        }
      }),
    );
  });
});

describe('a raw statement', () => {
  const raw = (text: string) => {
    const bytes = Buffer.from(text);
    const statement = new StatementReader(postgresql).read(bytes, 0, bytes.length, false);
    return rawStatement(statement, bytes, 0, bytes.length);
  };

  it('has its values, but for tokens', () => {
    expect(raw("SELECT 1 FROM t WHERE a = 'x'")).toBe("SELECT 1 FROM t WHERE a = 'x'");
    expect(raw(`SELECT 'ghp_${'a1'.repeat(18)}'`)).toBe("SELECT '[redacted]'");
  });

  it('has none where a password may be among them', () => {
    expect(raw("ALTER USER a PASSWORD 'hunter2'")).toBe('ALTER USER a PASSWORD ?');
    expect(raw("CREATE USER a IDENTIFIED BY 'hunter2'")).toBe('CREATE USER a IDENTIFIED BY ?');
  });
});

describe('what a statement does', () => {
  it.each([
    ['select 1', 'SELECT', ''],
    ['SELECT * FROM orders', 'SELECT', 'orders'],
    ['SELECT * FROM public."Order Items" oi, b AS x, c', 'SELECT', 'public.Order Items, b, c'],
    [
      'SELECT o.id FROM orders o LEFT JOIN items i ON i.o = o.id JOIN LATERAL (SELECT * FROM prices) p ON true',
      'SELECT',
      'orders, items, prices',
    ],
    ['SELECT * FROM (SELECT id FROM a UNION SELECT id FROM b) x JOIN c USING (id)', 'SELECT', 'a, b, c'],
    ['SELECT * FROM generate_series(1, 10) g, t', 'SELECT', 't'],
    ['SELECT extract(year FROM created), substring(x from 2) FROM t WHERE a IS DISTINCT FROM b', 'SELECT', 't'],
    ['SELECT * FROM t FOR UPDATE OF t SKIP LOCKED', 'SELECT', 't'],
    ['SELECT 1 FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.id = a.id)', 'SELECT', 'a, b'],
    ['(SELECT a FROM x) UNION ALL (SELECT b FROM y)', 'SELECT', 'x, y'],
    [
      'WITH r AS (SELECT * FROM a), s (n) AS MATERIALIZED (DELETE FROM b RETURNING *) SELECT * FROM r JOIN s ON true JOIN c ON true',
      'SELECT',
      'a, b, c',
    ],
    ['WITH moved AS (SELECT 1) INSERT INTO t SELECT * FROM moved', 'INSERT', 't'],
    ['INSERT INTO shop.orders (id) VALUES (1)', 'INSERT', 'shop.orders'],
    ['INSERT INTO a SELECT * FROM b ON CONFLICT (id) DO UPDATE SET x = 1', 'INSERT', 'a, b'],
    ['UPDATE ONLY stock SET n = n - 1 FROM items WHERE items.id = stock.id', 'UPDATE', 'stock, items'],
    ['DELETE FROM a USING b WHERE a.id = b.id', 'DELETE', 'a, b'],
    ['MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN UPDATE SET x = 1', 'MERGE', 'a, b'],
    ['TRUNCATE TABLE a, b', 'TRUNCATE', 'a, b'],
    ['TRUNCATE a', 'TRUNCATE', 'a'],
    ['COPY orders (a, b) FROM STDIN', 'COPY', 'orders'],
    ['COPY (SELECT * FROM t) TO STDOUT', 'COPY', 't'],
    ['CREATE TABLE IF NOT EXISTS t (id int)', 'CREATE TABLE', 't'],
    ['CREATE TEMP TABLE t AS SELECT * FROM u', 'CREATE TABLE', 't, u'],
    ['CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)', 'CREATE INDEX', 't'],
    ['CREATE OR REPLACE VIEW v AS SELECT * FROM t', 'CREATE VIEW', 'v, t'],
    ['REFRESH MATERIALIZED VIEW v', 'REFRESH MATERIALIZED VIEW', 'v'],
    ['ALTER TABLE t ADD COLUMN c int', 'ALTER TABLE', 't'],
    ['DROP TABLE IF EXISTS a, b', 'DROP TABLE', 'a, b'],
    ['CREATE DATABASE d', 'CREATE DATABASE', ''],
    ['EXPLAIN ANALYZE UPDATE t SET a = 1', 'EXPLAIN', 't'],
    ['BEGIN', 'BEGIN', ''],
    ['START TRANSACTION READ ONLY', 'START TRANSACTION', ''],
    ['BEGIN; UPDATE a SET x = 1; COMMIT', 'BEGIN; UPDATE; COMMIT', 'a'],
    ['SET search_path TO a', 'SET', ''],
    ['FETCH 10 FROM c', 'FETCH', ''],
    ['REVOKE ALL ON t FROM u', 'REVOKE', ''],
    ['VACUUM ANALYZE t', 'VACUUM', 't'],
    ['LOCK TABLE a IN EXCLUSIVE MODE', 'LOCK', 'a'],
    ['hello world', '', ''],
    ['', '', ''],
  ])('%s: %s %s', (source, verb, tables) => {
    const statement = read(source);
    expect([statement.verb, statement.tables]).toEqual([verb, tables]);
  });

  it.each([
    ['INSERT IGNORE t SET a = 1', 'INSERT', 't'],
    ['REPLACE INTO `my db`.`t` VALUES (1)', 'REPLACE', 'my db.t'],
    ['UPDATE a JOIN b ON a.id = b.id SET a.x = 1', 'UPDATE', 'a, b'],
    ['UPDATE a, b SET a.x = 1', 'UPDATE', 'a, b'],
    ["LOAD DATA LOCAL INFILE 'x.csv' INTO TABLE t", 'LOAD DATA', 't'],
    ['CREATE DEFINER=`root`@`%` SQL SECURITY INVOKER VIEW v AS SELECT 1', 'CREATE VIEW', 'v'],
    ['SHOW COLUMNS FROM t', 'SHOW', ''],
    ['SELECT 1 FROM DUAL', 'SELECT', ''],
    ['SELECT a INTO @x FROM t', 'SELECT', 't'],
    ['SELECT a FROM t PROCEDURE ANALYSE()', 'SELECT', 't'],
  ])('in MySQL %s: %s %s', (source, verb, tables) => {
    const statement = read(source, mysql);
    expect([statement.verb, statement.tables]).toEqual([verb, tables]);
  });

  it('in a batch of CQL names the tables of all its parts', () => {
    const statement = read(
      'BEGIN BATCH INSERT INTO ks.a (x) VALUES (1); UPDATE b SET y = 2 WHERE x = 1; APPLY BATCH',
      cql,
    );
    expect([statement.verb, statement.tables]).toEqual(['BATCH', 'ks.a, b']);
  });

  it('does not name a table of which only a part was seen', () => {
    const source = 'SELECT * FROM orders WHERE x';
    expect(read(source, postgresql, 'SELECT * FROM ord'.length).tables).toBe('');
    expect(read(source, postgresql, 'SELECT * FROM orders'.length).tables).toBe('');
    expect(read(source, postgresql, 'SELECT * FROM orders '.length).tables).toBe('orders');
    expect(read('SELECT * FROM "orders"', postgresql, 'SELECT * FROM "ord'.length).tables).toBe('');
  });
});

describe('trace context in a comment', () => {
  const id = '4bf92f3577b34da6a3ce929d0e0e4736';

  it('is read as sqlcommenter writes it', () => {
    const { trace, text } = read(
      `SELECT 1 /*action='x',traceparent='00-${id}-00f067aa0ba902b7-01',tracestate='a%3Db'*/`,
    );
    expect([trace.traceId, trace.parentSpanId]).toEqual([id, '00f067aa0ba902b7']);
    expect(text).toBe('SELECT ?');
  });

  it('is read in front of the statement, after dashes and with other signs', () => {
    expect(read(`/* traceparent: 00-${id}-00f067aa0ba902b7-01 */ SELECT 1`).trace.traceId).toBe(id);
    expect(read(`SELECT 1 -- traceparent="00-${id}-00f067aa0ba902b7-00"`).trace.traceId).toBe(id);
    expect(read('SELECT 1 /*request_id:abc-1,application:web*/').trace.correlationId).toBe('abc-1');
  });

  it('does not outlive its statement', () => {
    const reader = new StatementReader(postgresql);
    const of = (text: string) => reader.read(Buffer.from(text), 0, text.length, false);
    const first = of(`SELECT a FROM t /*traceparent='00-${id}-00f067aa0ba902b7-01'*/`);
    expect(reader.trace.traceId).toBe(id);
    expect(of('SELECT a FROM t')).toBe(first);
    expect(reader.trace.traceId).toBe('');
  });

  it('is not read out of a string', () => {
    expect(read(`SELECT '/*traceparent=00-${id}-00f067aa0ba902b7-01*/'`).trace.traceId).toBe('');
  });
});
