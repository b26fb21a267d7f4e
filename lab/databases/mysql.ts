import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { Calls } from '../calls.ts';
import { makeCertificates } from '../handshakes/tls.ts';
import type { Lab } from '../net/lab.ts';
import { RawClient } from './raw-client.ts';
import type { Scenario } from './record.ts';
import { asUser, type DatabaseServer, freePort, giveTo } from './server.ts';

/** Starts MariaDB with the database `shop` and the user `app` without a password. */
export async function startMariadb(lab: Lab): Promise<DatabaseServer> {
  const folder = lab.folder();
  giveTo('mysql', folder);
  const data = join(folder, 'data');
  const [install, installArgs] = asUser('mysql', 'mariadb-install-db', [
    ...['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'],
  ]);
  await lab.run(install, installArgs);
  const port = await freePort();
  const certificates = await makeCertificates(lab, 'mysql');
  const setup = join(folder, 'setup.sql');
  const statements = [
    'CREATE DATABASE shop',
    "CREATE USER app@'127.0.0.1'",
    "GRANT ALL ON *.* TO app@'127.0.0.1'",
    "CREATE USER closed@'127.0.0.1' IDENTIFIED BY 'secret'",
  ];
  writeFileSync(setup, statements.map((statement) => `${statement};\n`).join(''));
  const [mariadbd, args] = asUser('mysql', 'mariadbd', [
    '--no-defaults',
    `--datadir=${data}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--socket=${folder}/socket`,
    `--pid-file=${folder}/pid`,
    `--init-file=${setup}`,
    '--innodb-buffer-pool-size=16M',
    '--innodb-flush-log-at-trx-commit=0',
    '--performance-schema=OFF',
    '--skip-name-resolve',
    '--local-infile=ON',
    '--server-id=1',
    '--log-bin',
    `--ssl-cert=${certificates.server.certificate}`,
    `--ssl-key=${certificates.server.key}`,
  ]);
  const program = await lab.start(mariadbd, args, { prints: /ready for connections/ });
  return { port, pid: program.pid };
}

/** Trace context that {@link exerciseMysql} sends in a comment. */
export const mysqlTraceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** Does one of everything that mysql2 can do, on one connection. Calls are noted as they are to be told: method, target, error. */
export async function exerciseMysql(port: number, calls = new Calls()): Promise<void> {
  const client = await calls.note('CONNECT', () =>
    mysql.createConnection({
      ...{ host: '127.0.0.1', port, user: 'app', database: 'shop', multipleStatements: true },
      connectAttributes: { program_name: 'orders' },
    }),
  );
  const run = (what: string, text: string) => calls.note(what, () => client.query(text));
  const fail = (what: string, text: string) => calls.noteFailure(what, () => client.query(text));
  await run('CREATE TABLE orders', 'CREATE TABLE orders (id int PRIMARY KEY, note text)');
  await run('INSERT orders', "INSERT INTO orders VALUES (1, 'one'), (2, 'two'), (3, NULL)");
  await run('SELECT orders', `SELECT * FROM orders WHERE id = 2 /*traceparent='${mysqlTraceparent}'*/`);
  const prepared = 'SELECT note FROM orders WHERE id = ?';
  await calls.note(['PREPARE orders', 'SELECT orders'], () => client.execute(prepared, [1]));
  await calls.note('SELECT orders', () => client.execute(prepared, [2]));
  await calls.note(['PREPARE orders', 'INSERT orders'], () =>
    client.execute('INSERT INTO orders VALUES (?, ?)', [4, 'x'.repeat(2000)]),
  );
  await fail('SELECT missing 1146', 'SELECT * FROM missing');
  await fail('INSERT orders 1062', "INSERT INTO orders VALUES (1, 'again')");
  await run('SELECT; UPDATE orders', "SELECT id FROM orders; UPDATE orders SET note = 'new' WHERE id = 3");
  await calls.note('PING', () => client.ping());
  await run('SELECT', 'SELECT SLEEP(0.05)');
  await fail('CALL 1305', 'CALL mysql.nothing()');
  await run('USE', 'USE `mysql`');
  await run('SELECT shop.orders', 'SELECT * FROM shop.orders WHERE id > 2');
  await run('DROP TABLE shop.orders', 'DROP TABLE shop.orders');
  await client.end();
}

/** Runs MariaDB's own client. */
function mariadb(port: number, args: readonly string[], input: string): Promise<void> {
  return new Promise((resolve) => {
    const child = execFile(
      'mariadb',
      ['--no-defaults', '-h127.0.0.1', `-P${port}`, '-uapp', '--force', '--unbuffered', ...args],
      () => resolve(),
    );
    child.stdin?.end(input);
  });
}

/** A packet. */
function packet(sequence: number, ...parts: readonly (Uint8Array | string)[]): Buffer {
  const payload = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  const head = Buffer.alloc(4);
  head.writeUIntLE(payload.length, 0, 3);
  head[3] = sequence;
  return Buffer.concat([head, payload]);
}

const bytes = (...values: readonly number[]) => Buffer.from(values);

/** A login of user `app` without a password, with the capabilities given. */
function login(capabilities: number, user = 'app', method = 'mysql_native_password'): Buffer {
  const fixed = Buffer.alloc(32);
  fixed.writeUInt32LE(capabilities >>> 0, 0);
  fixed.writeUInt32LE(0x100_0000, 4);
  fixed[8] = 45;
  return packet(1, fixed, `${user}\0`, bytes(0), 'shop\0', `${method}\0`);
}

const protocol41 = 0x200 | 0x8 | 0x8000 | 0x8_0000 | 0x1 | 0x2000;
const anything = (received: Buffer) => received.length > 4;
const endsWith =
  (...end: readonly number[]) =>
  (received: Buffer) =>
    received.subarray(-end.length).equals(Buffer.from(end));

/** What is recorded. */
export const mysqlScenarios: readonly Scenario[] = [
  { name: 'mysql2', run: (port) => exerciseMysql(port) },
  {
    name: 'a file loaded with the client of MariaDB',
    async run(port) {
      const file = join(tmpdir(), `wirelight-infile-${process.pid}.csv`);
      writeFileSync(file, '1\tone\n2\ttwo\n');
      await mariadb(
        port,
        ['--skip-ssl', '--local-infile=1', 'shop'],
        `CREATE TABLE loaded (a int, b text); LOAD DATA LOCAL INFILE '${file}' INTO TABLE loaded; SELECT * FROM loaded; DROP TABLE loaded;`,
      );
    },
  },
  {
    name: 'a compressed connection',
    run: (port) => mariadb(port, ['--skip-ssl', '--compress', 'shop'], 'SELECT 1;'),
  },
  {
    name: 'a switch to TLS',
    run: (port) => mariadb(port, ['--ssl', 'shop'], 'SELECT 1;'),
  },
  {
    name: 'a login that is told to use another method',
    async run(port) {
      const client = await RawClient.open(port);
      await client.receive(anything);
      client.send(login(protocol41, 'app', 'caching_sha2_password'));
      await client.receive(anything);
      client.send(packet(3));
      await client.receive(anything);
      client.send(packet(0, bytes(0x0e)));
      await client.receive(anything);
      client.close();
    },
  },
  {
    name: 'a refused login',
    async run(port) {
      const client = await RawClient.open(port);
      await client.receive(anything);
      client.send(login(protocol41, 'closed'));
      await client.receive(anything);
      client.close();
    },
  },
  {
    name: 'prepared and executed in one go, with a cursor, without EOF packets',
    async run(port) {
      const client = await RawClient.open(port);
      await client.receive(anything);
      client.send(login(protocol41 | 0x100_0000));
      await client.receive(anything);
      client.send(
        packet(0, bytes(0x16), 'SELECT seq FROM seq_1_to_3 WHERE seq > ?'),
        packet(0, bytes(0x17, 0xff, 0xff, 0xff, 0xff, 0, 1, 0, 0, 0, 0, 1, 3, 0), bytes(0, 0, 0, 0)),
      );
      const prepared = await client.receive((received) => received.includes(bytes(0xfe, 0, 0)));
      const id = prepared.subarray(5, 9);
      client.send(packet(0, bytes(0x17), id, bytes(1, 1, 0, 0, 0, 0, 1, 3, 0), bytes(0, 0, 0, 0)));
      await client.receive((received) => received.includes(bytes(0xfe, 0, 0)));
      client.send(packet(0, bytes(0x1c), id, bytes(2, 0, 0, 0)));
      await client.receive((received) => received.includes(bytes(0xfe, 0, 0)));
      client.send(packet(0, bytes(0x1c), id, bytes(2, 0, 0, 0)));
      await client.receive((received) => received.includes(bytes(0xfe, 0, 0)));
      client.send(packet(0, bytes(0x19), id), packet(0, bytes(0x02), 'mysql'));
      await client.receive(anything);
      client.send(packet(0, bytes(0x03), 'SET max_statement_time = 0.05'));
      await client.receive(anything);
      client.send(packet(0, bytes(0x03), 'SELECT SLEEP(3)'));
      await client.receive(anything);
      client.send(packet(0, bytes(0x09)));
      await client.receive(anything);
      client.send(packet(0, bytes(0x01)));
      client.close();
    },
  },
  {
    name: 'a dump of the binary log',
    async run(port) {
      const client = await RawClient.open(port);
      await client.receive(anything);
      client.send(login(protocol41));
      await client.receive(endsWith(2, 0, 0, 0));
      client.send(packet(0, bytes(0x03), 'SET @master_binlog_checksum = @@global.binlog_checksum'));
      await client.receive(anything);
      client.send(packet(0, bytes(0x12, 4, 0, 0, 0, 0, 0, 2, 0, 0, 0)));
      await client.receive(anything);
      client.close();
    },
  },
];
