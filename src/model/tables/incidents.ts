import { choice, column, ids, label, text, time } from './column.ts';
import { defineTable } from './table.ts';

export const incidentStates = ['open', 'acknowledged', 'resolved', 'muted'] as const;
export const severities = ['info', 'warning', 'error', 'critical'] as const;

/** Incidents. Each change of one is a new row with a later `updated`; the newest counts. */
export const incidents = defineTable({
  name: 'incidents',
  doc: 'A group of deviations with one story.',
  columns: {
    id: column(text, 'Unique name of the incident.'),
    opened: column(time, 'When the trouble began.', { unit: 'ns' }),
    updated: column(time, 'When this row was written: the newest of an id counts.', { unit: 'ns' }),
    closed: column(time, 'When it was over, 0 while it is not.', { unit: 'ns' }),
    state: column(choice(incidentStates), 'How it stands.'),
    severity: column(choice(severities), 'How bad it is.'),
    cluster: column(label, "The cluster's name."),
    title: column(text, 'One line for people.'),
    cause: column(text, 'What explains it, one sentence.'),
    entities: column(ids, 'Whom it touches, the culprit first.'),
    story: column(text, 'Deviations, evidence, causes considered and history, as JSON.', { codec: 'ZSTD(3)' }),
  },
  engine: { kind: 'replace', version: 'updated' },
  orderBy: ['id'],
  retention: { by: 'updated', days: 400 },
  shardBy: 'id',
});
