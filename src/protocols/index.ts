import { dns } from './dns/index.ts';
import { http } from './http/index.ts';
import { http2 } from './http2/index.ts';
import { kafka } from './kafka/index.ts';
import { mqtt } from './mqtt/index.ts';
import { mysql } from './mysql/index.ts';
import { nats } from './nats/index.ts';
import { postgresql } from './postgresql/index.ts';
import type { Protocol } from './protocol.ts';
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
  kafka,
  nats,
  mqtt,
  tls,
];
