import { dns } from './dns/index.ts';
import { http } from './http/index.ts';
import type { Protocol } from './protocol.ts';

/** Every protocol that Wirelight reads, in the order in which they are asked. */
export const protocols: readonly Protocol[] = [http, dns];
