import { dns } from './dns/index.ts';
import { http } from './http/index.ts';
import { mqtt } from './mqtt/index.ts';
import { nats } from './nats/index.ts';
import { postgresql } from './postgresql/index.ts';
import type { Protocol } from './protocol.ts';
import { tls } from './tls/index.ts';

/** Every protocol that Wirelight reads, in the order in which they are asked. */
export const protocols: readonly Protocol[] = [http, dns, postgresql, nats, mqtt, tls];
