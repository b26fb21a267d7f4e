import { execFile } from 'node:child_process';
import { RawClient } from './raw-client.ts';
import type { Scenario } from './record.ts';

const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const int16 = (value: number) => Buffer.from([value >> 8, value & 255]);
const zero = (text: string) => Buffer.from(`${text}\0`);

/** A message of the client. */
function message(type: string, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

/** The first message of a connection. */
function startup(options: Readonly<Record<string, string>>): Buffer {
  const pairs = Object.entries(options).map(([name, value]) => Buffer.concat([zero(name), zero(value)]));
  const body = Buffer.concat([int32(196608), ...pairs, Buffer.from([0])]);
  return Buffer.concat([int32(body.length + 4), body]);
}

const parse = (name: string, text: string) => message('P', zero(name), zero(text), int16(0));
const bind = (portal: string, name: string, ...values: readonly string[]) =>
  message(
    'B',
    ...[zero(portal), zero(name), int16(0), int16(values.length)],
    ...values.map((value) => Buffer.concat([int32(value.length), Buffer.from(value)])),
    int16(0),
  );
const describeStatement = (name: string) => message('D', zero(`S${name}`));
const describePortal = (name: string) => message('D', zero(`P${name}`));
const execute = (portal: string, rows = 0) => message('E', zero(portal), int32(rows));
const close = (name: string) => message('C', zero(`S${name}`));
const sync = message('S');
const flush = message('H');
const query = (text: string) => message('Q', zero(text));

const readies = (count: number) => (received: Buffer) =>
  received.toString('latin1').split('Z\0\0\0\x05').length > count;

async function open(port: number, options: Readonly<Record<string, string>> = {}): Promise<RawClient> {
  const client = await RawClient.open(port);
  client.send(startup({ user: 'postgres', database: 'shop', ...options }));
  await client.receive(readies(1));
  return client;
}

function psql(port: number, input: string, options: Readonly<Record<string, string>> = {}): Promise<void> {
  return new Promise((resolve) => {
    const child = execFile(
      'psql',
      ['-X', '-q', '-h', '127.0.0.1', '-p', String(port), '-U', 'postgres', 'shop'],
      { env: { ...process.env, PGAPPNAME: 'psql', ...options } },
      () => resolve(),
    );
    child.stdin?.end(input);
  });
}

/** What node-postgres does not do. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'COPY in and out with psql',
    run: (port) =>
      psql(
        port,
        `CREATE TABLE copied (a int, b text);
COPY copied FROM STDIN;
1\tone
2\ttwo
3\tthree
\\.
COPY copied TO STDOUT;
COPY copied FROM STDIN;
not a number\tx
\\.
SELECT count(*) FROM copied;
DROP TABLE copied;
`,
        { PGSSLMODE: 'prefer', PGGSSENCMODE: 'disable' },
      ),
  },
  {
    name: 'a pipeline of Syncs and of Executes',
    async run(port) {
      const client = await open(port);
      client.send(query('CREATE TABLE piped (a int PRIMARY KEY)'));
      await client.receive(readies(1));
      client.send(
        ...[parse('ins', 'INSERT INTO piped VALUES ($1)'), bind('', 'ins', '1'), execute(''), sync],
        ...[bind('', 'ins', '2'), execute(''), bind('', 'ins', '3'), execute(''), sync],
        // The second fails, and with it the third.
        ...[bind('', 'ins', '4'), execute(''), bind('', 'ins', '1'), execute(''), bind('', 'ins', '5'), execute('')],
        ...[sync, parse('', 'SELECT a FROM piped'), bind('', ''), describePortal(''), execute(''), sync],
      );
      await client.receive(readies(4));
      client.send(query('DROP TABLE piped'));
      await client.receive(readies(1));
      client.close();
    },
  },
  {
    name: 'prepared in one round trip, executed in another, fetched in parts',
    async run(port) {
      const client = await open(port, { application_name: 'asyncpg' });
      client.send(parse('s1', 'SELECT g FROM generate_series(1, 5) g'), describeStatement('s1'), flush);
      await client.receive((received) => received.includes('T'));
      client.send(query('BEGIN'));
      await client.receive(readies(1));
      client.send(bind('p1', 's1'), execute('p1', 2), sync);
      await client.receive(readies(1));
      client.send(execute('p1', 2), sync);
      await client.receive(readies(1));
      client.send(execute('p1', 2), sync);
      await client.receive(readies(1));
      client.send(query('COMMIT'), close('s1'), sync);
      await client.receive(readies(2));
      client.send(parse('s2', 'SELECT nonsense FROM nowhere'), describeStatement('s2'), flush);
      await client.receive((received) => received.includes('E'));
      client.send(sync);
      await client.receive(readies(1));
      client.send(parse('', ''), bind('', ''), execute(''), sync);
      await client.receive(readies(1));
      client.send(message('X'));
      client.close();
    },
  },
  {
    name: 'an error at commit, notices and notifications',
    async run(port) {
      const client = await open(port);
      client.send(
        query(
          'CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (p int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)',
        ),
      );
      await client.receive(readies(1));
      client.send(parse('', 'INSERT INTO child VALUES (7)'), bind('', ''), execute(''), sync);
      await client.receive(readies(1));
      client.send(query('DROP TABLE IF EXISTS nothing_there'));
      await client.receive(readies(1));
      client.send(query('LISTEN news'));
      await client.receive(readies(1));
      client.send(query("NOTIFY news, 'hello'"));
      await client.receive(readies(1));
      client.send(query('SET statement_timeout = 50'));
      await client.receive(readies(1));
      client.send(query('SELECT pg_sleep(5)'));
      await client.receive(readies(1));
      client.send(query('DROP TABLE child, parent'));
      await client.receive(readies(1));
      client.send(message('X'));
      client.close();
    },
  },
  {
    name: 'a request for encryption that is declined, and a refused login',
    async run(port) {
      const client = await RawClient.open(port);
      client.send(int32(8), int32(80877103));
      await client.receive((received) => received.length >= 1);
      client.send(startup({ user: 'postgres', database: 'nowhere' }));
      await client.receive(() => false).catch(() => undefined);
      client.close();
    },
  },
  {
    name: 'a request to cancel',
    async run(port) {
      const client = await RawClient.open(port);
      client.send(int32(16), int32(80877102), int32(12345), int32(678));
      await client.receive(() => false).catch(() => undefined);
      client.close();
    },
  },
  {
    name: 'replication',
    async run(port) {
      const client = await open(port, { replication: 'database' });
      client.send(query('IDENTIFY_SYSTEM'));
      await client.receive(readies(1));
      client.send(query('CREATE_REPLICATION_SLOT s TEMPORARY LOGICAL test_decoding'));
      await client.receive(readies(1));
      client.send(query('START_REPLICATION SLOT s LOGICAL 0/0'));
      await client.receive((received) => received.includes('W'));
      await new Promise((resolve) => setTimeout(resolve, 100));
      client.close();
    },
  },
];
