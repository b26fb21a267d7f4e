import { z } from 'zod';

/** Every error, as `application/problem+json` (RFC 9457). */
export const problemSchema = z.strictObject({
  /** `urn:wirelight:problem:CODE`. */
  type: z.string(),
  /** What happened, one clause. */
  title: z.string(),
  status: z.int(),
  /** Why. */
  detail: z.string().optional(),
  /** What to do next. */
  next: z.string().optional(),
  /** Stable, for programs. */
  code: z.string(),
  /** What of the request was wrong, piece by piece. */
  errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problemSchema>;
