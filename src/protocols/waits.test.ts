/** Requests that take long on purpose are marked, in every protocol that has such; what merely may take long is not. */
import { describe, expect, it } from 'vitest';
import { RequestFlag } from '../model/request.ts';
import { ldap } from './greetings/index.ts';
import { http } from './http/index.ts';
import { http2 } from './http2/index.ts';
import { samples as http2Samples } from './http2/samples.ts';
import { kafka } from './kafka/index.ts';
import { samples as kafkaSamples } from './kafka/samples.ts';
import { memcached } from './memcached/index.ts';
import { mysql } from './mysql/index.ts';
import { recordings as mysqlRecordings } from './mysql/recordings.ts';
import { postgresql } from './postgresql/index.ts';
import { recordings as postgresqlRecordings } from './postgresql/recordings.ts';
import type { Protocol } from './protocol.ts';
import { redis } from './redis/index.ts';
import { recordings as redisRecordings } from './redis/recordings.ts';
import { bytesOf, client, type Piece, runSession, type Sample, server } from './testing.ts';

const named = (samples: readonly Sample[], start: string) =>
  samples.find(({ name }) => name.startsWith(start))?.pieces ?? [];

const ask = (line: string) => client(`GET ${line} HTTP/1.1\r\nHost: x\r\nUser-Agent: kubectl/v1.30\r\n\r\n`);
const answer = (type: string) => server(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: 2\r\n\r\nok`);

/** A search of LDAP with a control behind it: [0] SEQUENCE OF SEQUENCE { OCTET STRING }. */
function search(control: string): Piece {
  const element = (tag: number, content: Uint8Array) => bytesOf([tag, content.length], content);
  const text = (value: string) => element(4, bytesOf(value));
  const filter = element(0x87, bytesOf('objectClass'));
  const operation = bytesOf(
    ...[text('dc=example,dc=org'), [10, 1, 2], [10, 1, 0], [2, 1, 0], [2, 1, 0], [1, 1, 0]],
    ...[filter, element(0x30, bytesOf())],
  );
  const controls = control === '' ? bytesOf() : element(0xa0, element(0x30, text(control)));
  return client(element(0x30, bytesOf([2, 1, 2], element(0x63, operation), controls)));
}

/** What is asked, and of it what is marked: `wait`, `streaming`, or both. */
const table: readonly (readonly [what: string, Protocol, readonly Piece[], marked: readonly string[]])[] = [
  [
    'long polls and streams of HTTP',
    http,
    [
      ...[ask('/feed?wait=10s'), answer('text/plain'), ask('/events'), answer('text/event-stream')],
      ...[ask('/api/v1/pods?watch=true'), answer('application/json'), ask('/slow'), answer('text/plain')],
    ],
    ['GET wait', 'GET streaming', 'watch wait'],
  ],
  [
    'streaming calls of gRPC',
    http2,
    named(http2Samples, 'grpc-js'),
    ['Upload streaming', 'Watch streaming', 'Chat streaming'],
  ],
  [
    'blocking commands of Redis',
    redis,
    [
      client('*3\r\n$5\r\nBLPOP\r\n$1\r\nq\r\n$1\r\n0\r\n'),
      client('*2\r\n$4\r\nLPOP\r\n$1\r\nq\r\n'),
      client('*6\r\n$5\r\nXREAD\r\n$5\r\nBLOCK\r\n$2\r\n50\r\n$7\r\nSTREAMS\r\n$1\r\ns\r\n$1\r\n$\r\n'),
      client('*4\r\n$5\r\nXREAD\r\n$7\r\nSTREAMS\r\n$1\r\ns\r\n$1\r\n0\r\n'),
      client('*3\r\n$4\r\nWAIT\r\n$1\r\n1\r\n$1\r\n0\r\n'),
    ],
    ['BLPOP wait', 'XREAD wait', 'WAIT wait'],
  ],
  ['subscriptions of Redis', redis, redisRecordings['subscriptions in RESP2'], ['SUBSCRIBE wait', 'PSUBSCRIBE wait']],
  ['MONITOR of Redis', redis, redisRecordings.MONITOR, ['MONITOR wait streaming']],
  ['the watch of memcached', memcached, [client('watch fetchers\r\n'), server('OK\r\n')], ['watch wait streaming']],
  ['replication of PostgreSQL', postgresql, postgresqlRecordings.replication, ['START_REPLICATION wait streaming']],
  ['the binary log of MySQL', mysql, mysqlRecordings['a dump of the binary log'], ['BINLOG DUMP wait streaming']],
  [
    'rebalances of Kafka',
    kafka,
    named(kafkaSamples, 'Java client, group'),
    ['join_group wait', 'join_group wait', 'sync_group wait'],
  ],
  [
    'long fetches of Kafka',
    kafka,
    named(kafkaSamples, 'Java client, metadata and fetch'),
    ['fetch wait', 'fetch wait', 'fetch wait'],
  ],
  [
    'searches of LDAP that stay open',
    ldap,
    [search('1.3.6.1.4.1.4203.1.9.1.1'), search('2.16.840.1.113730.3.4.3')],
    ['search wait streaming', 'search wait streaming'],
  ],
  ['other searches of LDAP', ldap, [search(''), search('1.2.840.113556.1.4.319')], []],
];

describe('requests that wait on purpose', () => {
  it.each(table)('%s', (_what, protocol, pieces, marked) => {
    const { requests } = runSession(protocol, pieces);
    const marks = [
      [RequestFlag.wait, 'wait'],
      [RequestFlag.streaming, 'streaming'],
    ] as const;
    const told = requests.map((r) =>
      [r.method, ...marks.filter(([flag]) => (r.flags & flag) !== 0).map(([, mark]) => mark)].join(' '),
    );
    expect(told.filter((text) => / (?:wait|streaming)/.test(text))).toEqual(marked);
  });
});
