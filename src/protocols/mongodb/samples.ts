import type { Sample } from '../testing.ts';
import { recordings } from './recordings.ts';

/** Real conversations. */
export const samples: readonly Sample[] = Object.entries(recordings).map(([name, pieces]) => ({
  name,
  protocol: 'mongodb',
  transport: 'tcp',
  serverPort: 27017,
  pieces,
}));
