import { z } from 'zod';

/** A statement of SQL over the tables of GET /schema. Only reading. */
export const sqlQuerySchema = z.strictObject({
  sql: z.string().min(1).max(100_000),
  /** Values of placeholders `{name:Type}`. */
  parameters: z.record(z.string().regex(/^[A-Za-z_]\w*$/), z.union([z.string(), z.number(), z.boolean()])).default({}),
  /** Rows of the answer at most. */
  limit: z.int().min(1).max(100_000).default(10_000),
  /** Seconds after which it is given up. */
  seconds: z.number().min(0.1).max(60).default(20),
});
export type SqlQuery = z.input<typeof sqlQuerySchema>;

/** 64-bit numbers beyond 2^53 and moments are texts. */
export const sqlValueSchema: z.ZodType<SqlValue> = z.lazy(() =>
  z.union([
    z.string(),
    z.number(),
    z.boolean(),
    z.null(),
    z.array(sqlValueSchema),
    z.record(z.string(), sqlValueSchema),
  ]),
);
export type SqlValue = string | number | boolean | null | SqlValue[] | { [key: string]: SqlValue };

export const sqlAnswerSchema = z.strictObject({
  columns: z.array(z.strictObject({ name: z.string(), type: z.string() })),
  rows: z.array(z.array(sqlValueSchema)),
  /** True where there were more rows than `limit`. */
  truncated: z.boolean(),
  elapsed_ms: z.number().nonnegative(),
});
export type SqlAnswer = z.infer<typeof sqlAnswerSchema>;

/** The tables that statements may read, for completion and help. */
export const schemaSchema = z.strictObject({
  tables: z.array(
    z.strictObject({
      name: z.string(),
      doc: z.string(),
      columns: z.array(z.strictObject({ name: z.string(), type: z.string(), unit: z.string(), doc: z.string() })),
    }),
  ),
  functions: z.array(z.string()),
});
export type Schema = z.infer<typeof schemaSchema>;
