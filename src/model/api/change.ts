import { z } from 'zod';
import { momentSchema, spanQuery } from './time.ts';

/** A deployment, a configuration change, a restart: what may explain that something became different. */
export const changeSchema = z.strictObject({
  id: z.string(),
  /** ISO 8601. */
  time: z.string(),
  kind: z.string(),
  /** Entity that was changed, null where it is not one. */
  entity: z.string().nullable(),
  entity_name: z.string(),
  title: z.string(),
  before: z.string(),
  after: z.string(),
  author: z.string(),
  source: z.string(),
  details: z.record(z.string(), z.string()),
});
export type Change = z.infer<typeof changeSchema>;

export const changesQuery = z.strictObject({
  ...spanQuery,
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});
export const changesSchema = z.strictObject({ items: z.array(changeSchema) });
export type Changes = z.infer<typeof changesSchema>;

const text = (most: number) => z.string().max(most);

/** What is told of a change: `POST /changes`. The same `id` told twice is one change. */
export const newChangeSchema = z.strictObject({
  id: text(200).min(1).optional(),
  time: momentSchema.optional(),
  kind: text(64).min(1).default('deployment'),
  entity: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
  title: text(500).min(1),
  before: text(500).default(''),
  after: text(500).default(''),
  author: text(200).default(''),
  details: z.record(text(100), text(2000)).default({}),
});
export type NewChange = z.input<typeof newChangeSchema>;
