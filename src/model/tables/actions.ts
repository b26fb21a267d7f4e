import { choice, column, id, label, text, time } from './column.ts';
import { defineTable } from './table.ts';

/** What was done or proposed, by whom and with what result. Rows are only ever added. */
export const actions = defineTable({
  name: 'actions',
  doc: 'One step that a playbook or a person took, proposed or refused: the audit.',
  columns: {
    time: column(time, 'When it was written.', { unit: 'ns', codec: 'Delta(8), ZSTD(1)' }),
    id: column(text, 'Unique name of the action; its steps share it.'),
    step: column(
      label,
      "'proposed', 'approved', 'refused', 'started', 'done', 'failed', 'verified', 'undone', 'access'.",
    ),
    actor: column(label, "Who: 'playbook:NAME', 'user:NAME', 'token:NAME'."),
    playbook: column(label, "The rule, '' where a person acted."),
    incident: column(text, "The incident it answers, '' where none."),
    kind: column(label, "What kind of step: 'restart', 'scale', 'block', 'query', 'login', ..."),
    entity: column(id, 'On what, 0 where it is not an entity.'),
    dry_run: column(choice(['no', 'yes']), 'Whether nothing was really done.'),
    summary: column(text, 'One line for people.'),
    details: column(text, 'Guards, request, answer, as JSON.', { codec: 'ZSTD(3)' }),
    previous: column(text, 'SHA-256 of the row before, hex: a chain that shows where a row was taken out.'),
  },
  orderBy: ['time', 'id'],
  retention: { by: 'time', days: 800 },
});
