import { column, id, label, labels, text, time } from './column.ts';
import { defineTable } from './table.ts';

/** Deployments, configuration changes, restarts: what may explain that something became different. */
export const changes = defineTable({
  name: 'changes',
  doc: 'Something that people or machines changed: a deployment, a configuration, a restart, a scaling.',
  columns: {
    time: column(time, 'When it happened.', { unit: 'ns', codec: 'Delta(8), ZSTD(1)' }),
    id: column(text, 'Unique name of the change; the same change told twice has the same.'),
    kind: column(label, "'deployment', 'config', 'restart', 'scale', 'image', 'agent', ..."),
    entity: column(id, 'What was changed, 0 where it is not one entity.'),
    cluster: column(label, "The cluster's name."),
    title: column(text, 'One line for people.'),
    before: column(text, "What it was: version, image, replica count; '' where that does not apply."),
    after: column(text, 'What it became.'),
    author: column(label, "Who did it, '' where unknown."),
    source: column(label, "Who told: 'kubernetes', 'docker', 'systemd', 'api'."),
    details: column(labels, 'Anything more.'),
    version: column(time, 'When this row was written: the newest of an id counts.', { unit: 'ns' }),
  },
  engine: { kind: 'replace', version: 'version' },
  orderBy: ['time', 'id'],
  retention: { by: 'time', days: 400 },
  shardBy: 'entity',
});
