import { choice, column, id, label, text, time, u16 } from './column.ts';
import { defineTable } from './table.ts';

export const driftKinds = ['undeclared', 'unused', 'changed', 'violation'] as const;

/** Where what was seen differs from what was declared. The newest row of a key counts. */
export const drift = defineTable({
  name: 'drift',
  doc: 'A difference between the connections that are declared and those that were seen.',
  columns: {
    kind: column(choice(driftKinds), 'Seen but not declared, declared but not seen, seen otherwise, forbidden.'),
    cluster: column(label, "The cluster's name."),
    source: column(id, 'Who connects.'),
    destination: column(id, 'To whom.'),
    protocol: column(label, 'Application protocol.'),
    port: column(u16, "The destination's port."),
    declared_by: column(text, "Which document declares or forbids it; '' where none."),
    first_seen: column(time, 'When the difference was first found.', { unit: 'ns' }),
    last_seen: column(time, 'When it was last found.', { unit: 'ns' }),
    state: column(choice(['open', 'accepted', 'gone']), 'How it stands.'),
    note: column(text, 'What a person said of it.'),
  },
  engine: { kind: 'replace', version: 'last_seen' },
  orderBy: ['cluster', 'source', 'destination', 'protocol', 'port', 'kind', 'declared_by'],
  retention: { by: 'last_seen', days: 400 },
});
