import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { connectionSchema, edgeSchema, endpointSchema, eventSchema, requestSchema } from './json.ts';

const text = readFileSync(new URL('../../docs/records.md', import.meta.url), 'utf8');

/** The part of the page under a heading, up to the next one. */
function section(heading: string): string {
  const start = text.indexOf(`\n## ${heading}\n`);
  expect(start, heading).toBeGreaterThan(0);
  return text.slice(start, text.indexOf('\n## ', start + 4));
}

const schemas = {
  request: requestSchema,
  connection: connectionSchema,
  event: eventSchema,
  edge: edgeSchema,
  Ends: endpointSchema,
} as const;

describe('docs/records.md', () => {
  test.each(Object.entries(schemas))('describes every field of %s, and no other', (heading, schema) => {
    const rows = section(heading).matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm);
    const described = Array.from(rows, ([, cell]) => cell.replaceAll('`', '').split(', ')).flat();
    expect(described.sort()).toEqual(Object.keys(schema.shape).sort());
  });

  test('names every word that a field may have', () => {
    const words = [
      ...requestSchema.shape.outcome.options,
      ...requestSchema.shape.side.options,
      ...requestSchema.shape.flags.element.options,
      ...connectionSchema.shape.state.options,
      ...connectionSchema.shape.change.options,
      ...eventSchema.shape.event.options,
      ...endpointSchema.shape.kind.options,
      ...endpointSchema.shape.address_class.options,
    ];
    for (const word of words) expect(text).toContain(`\`${word}\``);
  });
});
