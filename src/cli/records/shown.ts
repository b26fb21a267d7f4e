import { closest } from '../../base/closest.ts';
import { WirelightError } from '../../base/errors.ts';
import type { Shown } from './record-lines.ts';

const kinds = ['requests', 'connections', 'events', 'all'] as const;

/** Reads `--show requests,events` or `--show all`. */
export function shownOf(text: string): Shown {
  const asked = text.split(',').map((kind) => kind.trim().toLowerCase());
  const has = new Set<string>();
  for (const kind of asked) {
    const found = kinds.find((known) => known === kind || known === `${kind}s`);
    if (found === undefined) {
      const meant = closest(kind, kinds);
      throw new WirelightError('bad_option', `--show does not know "${kind}"`, {
        next: `${meant === undefined ? '' : `did you mean ${meant}? `}it takes ${kinds.join(', ')}`,
        exitCode: 2,
      });
    }
    has.add(found);
  }
  const all = has.has('all');
  return {
    requests: all || has.has('requests'),
    connections: all || has.has('connections'),
    events: all || has.has('events'),
  };
}
