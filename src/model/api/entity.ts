import { z } from 'zod';
import { entityKinds } from '../tables/index.ts';
import { measuresSchema } from './measures.ts';
import { spanQuery, spanSchema } from './time.ts';

/** 16 hex digits. */
export const idSchema = z.string().regex(/^[0-9a-f]{16}$/, { error: 'is no id: 16 hex digits' });

/** Something that has a name. */
export const entitySchema = z.strictObject({
  id: idSchema,
  kind: z.enum(entityKinds),
  cluster: z.string(),
  namespace: z.string(),
  name: z.string(),
  /** What it is part of: the workload of a process. Null where there is none. */
  parent: idSchema.nullable(),
  host: z.string(),
  /** ISO 8601, UTC. */
  first_seen: z.string(),
  last_seen: z.string(),
  labels: z.record(z.string(), z.string()),
  /** What is known of it: executable, command, user, container, unit, address_class, ... */
  details: z.record(z.string(), z.string()),
});
export type Entity = z.infer<typeof entitySchema>;

export const entitiesQuery = z.strictObject({
  /** Part of the name, upper and lower case alike. */
  search: z.string().max(256).optional(),
  kind: z.enum(entityKinds).optional(),
  namespace: z.string().max(256).optional(),
  parent: idSchema.optional(),
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(5000).default(200),
});

export const entitiesSchema = z.strictObject({
  items: z.array(entitySchema),
  /** Give it as `cursor` for what comes next. Null at the end. */
  next: z.string().nullable(),
});
export type Entities = z.infer<typeof entitiesSchema>;

export const entityQuery = z.strictObject(spanQuery);

/** An entity with what it did in a span. */
export const entityDetailSchema = z.strictObject({
  span: spanSchema,
  entity: entitySchema,
  parent: entitySchema.nullable(),
  /** Its pods, containers, processes: those last seen latest first, at most 200. */
  instances: z.array(entitySchema),
  /** What others asked of it, and what it asked of others. */
  in: measuresSchema,
  out: measuresSchema,
});
export type EntityDetail = z.infer<typeof entityDetailSchema>;
