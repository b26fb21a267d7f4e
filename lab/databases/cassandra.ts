import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import cassandra from 'cassandra-driver';
import { Calls } from '../calls.ts';
import type { Lab } from '../net/lab.ts';
import { programPath } from '../run/packages.ts';
import { RawClient } from './raw-client.ts';
import type { Scenario } from './record.ts';
import { type DatabaseServer, freePort } from './server.ts';

const version = '5.0.4';

/** Why Cassandra cannot run here, or undefined where it can. */
export function cassandraObstacle(): string | undefined {
  return programPath('java') === undefined || programPath('mvn') === undefined
    ? 'needs Java and Maven to run Cassandra'
    : undefined;
}

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>dev.wirelight</groupId><artifactId>lab-cassandra</artifactId><version>1</version><packaging>pom</packaging>
<dependencies><dependency><groupId>org.apache.cassandra</groupId><artifactId>cassandra-all</artifactId>
<version>${version}</version></dependency></dependencies></project>
`;

/** The folder with Cassandra's jars, fetched once a machine. */
async function jars(lab: Lab): Promise<string> {
  const folder = join(tmpdir(), `wirelight-cassandra-${version}`);
  if (existsSync(folder)) return folder;
  const work = lab.folder();
  writeFileSync(join(work, 'pom.xml'), pom);
  await lab.run('mvn', [
    '-q',
    '-B',
    '-f',
    join(work, 'pom.xml'),
    'dependency:copy-dependencies',
    '-DoutputDirectory=lib',
  ]);
  rmSync(folder, { recursive: true, force: true });
  renameSync(join(work, 'lib'), folder);
  return folder;
}

const base =
  'lang lang.module lang.reflect util util.concurrent util.concurrent.atomic util.concurrent.locks io net nio';
const opened = [
  ...base.split(' ').map((name) => `java.base/java.${name}`),
  ...'loader ref reflect math module util.jar'.split(' ').map((name) => `java.base/jdk.internal.${name}`),
  'java.base/sun.nio.ch',
  'jdk.management/com.sun.management.internal',
];
const exported = [
  ...['java.base/jdk.internal.misc', 'java.base/jdk.internal.ref', 'java.base/sun.nio.ch', 'java.sql/java.sql'],
  ...['java.rmi/sun.rmi.registry', 'java.rmi/sun.rmi.server'],
  'java.management.rmi/com.sun.jmx.remote.internal.rmi',
];

/** Starts one node of Cassandra; it takes some 20 seconds. */
export async function startCassandra(lab: Lab): Promise<DatabaseServer> {
  const library = await jars(lab);
  const folder = lab.folder();
  const [port, storage] = [await freePort(), await freePort()];
  for (const name of ['data', 'commitlog', 'caches', 'hints']) mkdirSync(join(folder, name));
  writeFileSync(
    join(folder, 'cassandra.yaml'),
    `cluster_name: lab
num_tokens: 1
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
data_file_directories: [${folder}/data]
commitlog_directory: ${folder}/commitlog
saved_caches_directory: ${folder}/caches
hints_directory: ${folder}/hints
commitlog_sync: periodic
commitlog_sync_period: 10s
endpoint_snitch: SimpleSnitch
listen_address: 127.0.0.1
rpc_address: 127.0.0.1
storage_port: ${storage}
native_transport_port: ${port}
auto_bootstrap: false
memtable_heap_space: 32MiB
memtable_offheap_space: 32MiB
key_cache_size: 1MiB
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters: [{ seeds: "127.0.0.1:${storage}" }]
`,
  );
  writeFileSync(join(folder, 'logback.xml'), '<configuration><root level="OFF"/></configuration>');
  const agent = readdirSync(library).find((name) => /^jamm-.*\.jar$/.test(name));
  const program = await lab.start(
    'java',
    [
      ...['-Xmx1g', '-Xms256m', `-javaagent:${join(library, agent ?? '')}`],
      ...opened.map((name) => `--add-opens=${name}=ALL-UNNAMED`),
      ...exported.map((name) => `--add-exports=${name}=ALL-UNNAMED`),
      `-Dcassandra.config=file:${folder}/cassandra.yaml`,
      `-Dcassandra.storagedir=${folder}`,
      `-Dlogback.configurationFile=${folder}/logback.xml`,
      '-Dcassandra.skip_wait_for_gossip_to_settle=0',
      '-Dcassandra.ring_delay_ms=100',
      ...['-cp', `${library}/*`, 'org.apache.cassandra.service.CassandraDaemon'],
    ],
    { port, cwd: folder },
  );
  return { port, pid: program.pid };
}

/** Does one of everything that the driver of DataStax can do, on one connection beside that of the control. */
export async function exerciseCassandra(port: number, calls = new Calls()): Promise<void> {
  const client = new cassandra.Client({
    contactPoints: [`127.0.0.1:${port}`],
    localDataCenter: 'datacenter1',
    pooling: { coreConnectionsPerHost: { [cassandra.types.distance.local]: 1 }, warmup: true },
  });
  await client.connect();
  const run = (what: string | string[], query: string, values: unknown[] = [], prepare = false) =>
    calls.note(what, () => client.execute(query, values, { prepare }));
  const fail = (what: string, query: string) => calls.noteFailure(what, () => client.execute(query));
  const strategy = "{'class': 'SimpleStrategy', 'replication_factor': 1}";
  await run('CREATE KEYSPACE', `CREATE KEYSPACE shop WITH replication = ${strategy}`);
  await run('CREATE TABLE shop.orders', 'CREATE TABLE shop.orders (id int PRIMARY KEY, note text)');
  await run('INSERT shop.orders', "INSERT INTO shop.orders (id, note) VALUES (1, 'one')");
  const comment = "traceparent='00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'";
  await run('SELECT shop.orders', `SELECT * FROM shop.orders WHERE id = 1 /* ${comment} */`);
  const insert = 'INSERT INTO shop.orders (id, note) VALUES (?, ?)';
  await run(['PREPARE shop.orders', 'INSERT shop.orders'], insert, [2, 'two'], true);
  await run('INSERT shop.orders', insert, [3, 'x'.repeat(1000)], true);
  await calls.note('BATCH shop.orders', () =>
    client.batch(
      [4, 5, 6].map((id) => ({ query: insert, params: [id, 'n'] })),
      { prepare: true },
    ),
  );
  await fail('SELECT shop.missing 8704', 'SELECT * FROM shop.missing');
  await fail('8192', 'SELEC nonsense');
  await run('USE', 'USE shop');
  await run('SELECT orders', 'SELECT * FROM orders');
  await run('DROP KEYSPACE', 'DROP KEYSPACE shop');
  await client.shutdown();
}

const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const short = (value: number) => Buffer.from([value >> 8, value & 255]);
const string = (text: string) => Buffer.concat([short(text.length), Buffer.from(text)]);
const longString = (text: string) => Buffer.concat([int32(text.length), Buffer.from(text)]);

function frame(protocolVersion: number, stream: number, opcode: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([
    Buffer.from([protocolVersion, 0]),
    short(stream),
    Buffer.from([opcode]),
    int32(body.length),
    body,
  ]);
}

function crc24(bytes: Uint8Array): number {
  let crc = 0x875060;
  for (const b of bytes) {
    crc ^= b << 16;
    for (let i = 0; i < 8; i++) {
      crc <<= 1;
      if ((crc & 0x1000000) !== 0) crc ^= 0x1974f0b;
    }
  }
  return crc;
}

/** CRC-32 over four bytes that the specification puts in front, and the payload. */
function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const b of [0xfa, 0x2d, 0x55, 0xca, ...bytes]) {
    crc ^= b;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ ((crc & 1) === 0 ? 0 : 0xedb88320);
  }
  return ~crc >>> 0;
}

/** A segment of version 5. */
function segment(payload: Buffer, selfContained = true): Buffer {
  const head = Buffer.alloc(6);
  head.writeUIntLE(payload.length | (selfContained ? 1 << 17 : 0), 0, 3);
  head.writeUIntLE(crc24(head.subarray(0, 3)), 3, 3);
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(crc32(payload));
  return Buffer.concat([head, payload, tail]);
}

/** An LZ4 block without matches, which any decompressor takes. */
function lz4(payload: Buffer): Buffer {
  const more: number[] = [];
  for (let left = payload.length - 15; left >= 0; left -= 255) more.push(Math.min(left, 255));
  return Buffer.concat([Buffer.from([Math.min(payload.length, 15) << 4, ...more]), payload]);
}

/** A segment of version 5 whose payload is compressed. */
function compressedSegment(payload: Buffer, selfContained = true): Buffer {
  const compressed = lz4(payload);
  const head = Buffer.alloc(8);
  // 17 bits of length after compression, 17 bits before, 1 of self-containment.
  const bits = BigInt(compressed.length) | (BigInt(payload.length) << 17n) | (selfContained ? 1n << 34n : 0n);
  head.writeUIntLE(Number(bits), 0, 5);
  head.writeUIntLE(crc24(head.subarray(0, 5)), 5, 3);
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(crc32(compressed));
  return Buffer.concat([head, compressed, tail]);
}

/** A frame of version 4 whose body is compressed. */
function compressedFrame(stream: number, opcode: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const whole = frame(4, stream, opcode, int32(body.length), lz4(body));
  whole[1] = 1;
  return whole;
}

/** What is recorded. */
export const cassandraScenarios: readonly Scenario[] = [
  { name: 'the driver of DataStax', connection: 1, run: (port) => exerciseCassandra(port) },
  {
    name: 'version 3, several streams at once',
    async run(port) {
      const client = await RawClient.open(port);
      client.send(frame(3, 0, 1, short(1), string('CQL_VERSION'), string('3.0.0')));
      await client.receive((received) => received.length >= 9);
      const query = (stream: number, text: string) => frame(3, stream, 7, longString(text), short(1), Buffer.from([0]));
      client.send(
        query(1, 'SELECT cluster_name FROM system.local'),
        query(2, 'SELECT * FROM nowhere.at_all'),
        query(3, 'SELECT key FROM system.local'),
      );
      await client.receive((received) => received.includes('exist') && received.length > 160);
      client.close();
    },
  },
  {
    name: 'version 5 in segments, also a frame over two of them',
    async run(port) {
      const client = await RawClient.open(port);
      client.send(frame(5, 0, 5));
      await client.receive((received) => received.length >= 9);
      client.send(frame(5, 0, 1, short(1), string('CQL_VERSION'), string('3.0.0')));
      await client.receive((received) => received.length >= 9);
      const query = (stream: number, text: string) => frame(5, stream, 7, longString(text), short(1), int32(0));
      client.send(
        segment(
          Buffer.concat([query(1, 'SELECT cluster_name FROM system.local'), query(2, 'SELECT * FROM nowhere.at_all')]),
        ),
      );
      await client.receive((received) => received.includes('exist') && received.includes('cluster_name'));
      const long = query(3, `SELECT key FROM system.local WHERE key = '${'x'.repeat(300)}'`);
      client.send(segment(long.subarray(0, 200), false), segment(long.subarray(200), false));
      await client.receive((received) => received.length > 20);
      const text = 'SELECT release_version FROM system.local WHERE key = ?';
      client.send(segment(frame(5, 4, 9, longString(text), int32(0))));
      const answer = await client.receive((received) => received.includes('release_version'));
      // Behind heads and the kind of result: the id, and the id of its metadata.
      const at = 6 + 9 + 4;
      const id = answer.subarray(at, at + 2 + answer.readUInt16BE(at));
      const metadata = answer.subarray(at + id.length, at + id.length + 2 + answer.readUInt16BE(at + id.length));
      const values = Buffer.concat([short(1), int32(1), short(1), int32(5), Buffer.from('local')]);
      client.send(segment(frame(5, 5, 10, id, metadata, values)));
      await client.receive((received) => received.length > 30);
      client.close();
    },
  },
  {
    name: 'version 5 in segments compressed with LZ4',
    async run(port) {
      const client = await RawClient.open(port);
      const options = [string('CQL_VERSION'), string('3.0.0'), string('COMPRESSION'), string('lz4')];
      client.send(frame(5, 0, 1, short(2), ...options));
      await client.receive((received) => received.length >= 9);
      const query = (stream: number, text: string) => frame(5, stream, 7, longString(text), short(1), int32(0));
      client.send(compressedSegment(query(1, 'SELECT * FROM system.local')));
      await client.receive((received) => received.length > 300);
      client.send(
        compressedSegment(
          Buffer.concat([query(2, 'SELECT * FROM nowhere.at_all'), query(3, 'SELECT key FROM system.local')]),
        ),
      );
      await client.receive((received) => received.length > 90);
      const long = query(4, `SELECT key FROM system.local WHERE key = '${'x'.repeat(300)}'`);
      client.send(compressedSegment(long.subarray(0, 200), false), compressedSegment(long.subarray(200), false));
      await client.receive((received) => received.length > 20);
      client.close();
    },
  },
  {
    name: 'version 4 in frames compressed with LZ4',
    async run(port) {
      const client = await RawClient.open(port);
      const options = [string('CQL_VERSION'), string('3.0.0'), string('COMPRESSION'), string('lz4')];
      client.send(frame(4, 0, 1, short(2), ...options));
      await client.receive((received) => received.length >= 9);
      const query = (stream: number, text: string) =>
        compressedFrame(stream, 7, longString(text), short(1), Buffer.from([0]));
      client.send(query(1, 'SELECT * FROM system.local'), query(2, 'SELECT * FROM nowhere.at_all'));
      await client.receive((received) => received.length > 400);
      client.close();
    },
  },
];
