import type { Sample } from '../testing.ts';
import { recordings } from './recordings.ts';

/** Real conversations. */
export const samples: readonly Sample[] = Object.entries(recordings).map(([name, pieces]) => ({
  name,
  protocol: 'cassandra',
  transport: 'tcp',
  serverPort: 9042,
  pieces,
}));
