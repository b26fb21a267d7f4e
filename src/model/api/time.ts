import { z } from 'zod';
import { parseDuration } from './duration.ts';

/**
 * Reads a moment as people and programs write it: `now`, `-15m`, `now-2h`, epoch milliseconds, ISO 8601 (UTC where no
 * zone is said).
 * @returns epoch milliseconds, undefined where it is none of these
 */
export function parseMoment(text: string, now: number): number | undefined {
  const trimmed = text.trim();
  if (trimmed === 'now') return now;
  const relative = /^(?:now)?([+-])\s*(.+)$/.exec(trimmed);
  if (relative !== null) {
    const duration = parseDuration(relative[2]);
    return duration === undefined ? undefined : now + (relative[1] === '-' ? -duration : duration);
  }
  if (/^\d{11,16}$/.test(trimmed)) return Number(trimmed);
  if (!/^\d{4}-\d\d-\d\d/.test(trimmed)) return undefined;
  const zoned = /T.*(?:Z|[+-]\d\d:?\d\d)$/i.test(trimmed) || !/[T ]\d/.test(trimmed);
  const value = Date.parse(zoned ? trimmed : `${trimmed.replace(' ', 'T')}Z`);
  return Number.isNaN(value) ? undefined : value;
}

/** A moment in a query string; what it means is only known together with the clock, so it stays text. */
export const momentSchema = z
  .string()
  .max(64)
  .refine((text) => parseMoment(text, 0) !== undefined, {
    error: 'is no moment: write now, -15m, 2026-11-22T16:35:14Z or epoch milliseconds',
  })
  .meta({ description: 'A moment: now, -15m, ISO 8601 or epoch milliseconds.', examples: ['-15m'] });

/** A span of time that was answered for, epoch milliseconds: from ≤ t < to. */
export const spanSchema = z.strictObject({ from: z.int(), to: z.int() });
export type Span = z.infer<typeof spanSchema>;

/** What nearly every question begins with. `from` is 15 minutes ago and `to` is now where absent. */
export const spanQuery = {
  from: momentSchema.optional(),
  to: momentSchema.optional(),
};

/** The filter grammar of docs/filters.md. */
export const filterSchema = z
  .string()
  .max(4096)
  .meta({ description: "A filter, as observe takes it. '' passes everything.", examples: ['to:web status:5xx'] });
