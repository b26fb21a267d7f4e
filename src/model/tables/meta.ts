import { column, text, time, u32 } from './column.ts';
import { defineTable } from './table.ts';

/** Small things that the server remembers: settings, cursors, what was announced. The newest row of a key counts. */
export const meta = defineTable({
  name: 'meta',
  doc: 'One remembered value.',
  columns: {
    key: column(text, 'Its name.'),
    value: column(text, 'The value, as JSON.'),
    updated: column(time, 'When it was written.', { unit: 'ns' }),
  },
  engine: { kind: 'replace', version: 'updated' },
  orderBy: ['key'],
});

/** Which migrations ran. Written by the store alone. */
export const migrations = defineTable({
  name: 'migrations',
  doc: 'A migration that ran.',
  columns: {
    number: column(u32, 'Its number: migrations run in this order, each once.'),
    name: column(text, 'What it does.'),
    version: column(text, 'Version of Wirelight that ran it.'),
    applied: column(time, 'When it ran.', { unit: 'ns' }),
  },
  orderBy: ['number'],
});
