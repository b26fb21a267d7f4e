import { amqp } from './amqp/index.ts';
import { amqp1 } from './amqp1/index.ts';
import { cassandra } from './cassandra/index.ts';
import { dns } from './dns/index.ts';
import { ftp, ldap, smtp, ssh } from './greetings/index.ts';
import { http } from './http/index.ts';
import { http2 } from './http2/index.ts';
import { kafka } from './kafka/index.ts';
import { memcached } from './memcached/index.ts';
import { mongodb } from './mongodb/index.ts';
import { mqtt } from './mqtt/index.ts';
import { mysql } from './mysql/index.ts';
import { nats } from './nats/index.ts';
import { postgresql } from './postgresql/index.ts';
import type { Protocol } from './protocol.ts';
import { quic } from './quic/index.ts';
import { redis } from './redis/index.ts';
import { tls } from './tls/index.ts';
import { websocket } from './websocket/index.ts';

/** Every protocol that Wirelight reads, in the order in which they are asked. */
export const protocols: readonly Protocol[] = [
  http,
  http2,
  websocket,
  dns,
  mysql,
  postgresql,
  redis,
  memcached,
  mongodb,
  cassandra,
  kafka,
  amqp,
  amqp1,
  nats,
  mqtt,
  tls,
  quic,
  ssh,
  smtp,
  ldap,
  ftp,
];

/** Names that requests give themselves where more is known than the protocol that carried them. */
const carriers = new Map<string, Protocol>([
  ...['graphql', 'jsonrpc', 'elasticsearch', 's3', 'aws', 'soap', 'kubernetes'].map((name) => [name, http] as const),
  ['grpc', http2],
]);

/** The protocol that a request's `protocol` names, or the one that carried it ('graphql' came by HTTP). */
export function protocolOf(name: string): Protocol | undefined {
  return protocols.find((protocol) => protocol.name === name) ?? carriers.get(name);
}
