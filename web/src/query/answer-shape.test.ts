import { expect, test } from 'vitest';
import type { SqlAnswer, SqlValue } from '../../../src/model/api.ts';
import { barsOf, flowsOf, linesOf, possibleViews, usualView } from './answer-shape.ts';

const answer = (columns: Record<string, string>, rows: SqlValue[][]): SqlAnswer => ({
  columns: Object.entries(columns).map(([name, type]) => ({ name, type })),
  rows,
  truncated: false,
  elapsed_ms: 1,
});

test('numbers over ascending moments are lines, and shown as such', () => {
  const of = answer({ at: 'DateTime', requests: 'UInt64', p95_ms: 'Nullable(Float64)' }, [
    ['2026-11-22 19:00:00', 5, null],
    ['2026-11-22 19:00:10', 7, 1.5],
  ]);
  expect(linesOf(of)).toEqual({
    times: [Date.UTC(2026, 10, 22, 19, 0, 0), Date.UTC(2026, 10, 22, 19, 0, 10)],
    lines: [
      { label: 'requests', values: [5, 7] },
      { label: 'p95_ms', values: [null, 1.5] },
    ],
  });
  expect(usualView(of)).toBe('chart');
  expect(
    linesOf(
      answer({ at: 'DateTime', n: 'UInt8' }, [
        ['2026-11-22 19:00:10', 1],
        ['2026-11-22 19:00:00', 1],
      ]),
    ),
  ).toBeUndefined();
});

test('names with numbers are bars; names of two ends are a graph whose links are added up', () => {
  const of = answer({ client: 'String', service: 'String', port: 'UInt16', requests: 'UInt64', failed: 'UInt64' }, [
    ['web', 'cart', 80, 5, 1],
    ['web', 'cart', 443, 2, 0],
    ['web', '', 53, 1, 0],
  ]);
  expect(barsOf(of)?.measures.map(({ name }) => name)).toEqual(['requests', 'failed']);
  expect(barsOf(of)?.rows[0]).toEqual({ label: 'web · cart', values: [5, 1] });
  expect(flowsOf(of)).toEqual({
    from: 'client',
    to: 'service',
    measure: 'requests',
    links: [
      { from: 'web', to: 'cart', value: 7, bad: 1 },
      { from: 'web', to: '(unknown)', value: 1, bad: 0 },
    ],
  });
  expect(possibleViews(of)).toEqual(['table', 'chart', 'graph']);
  expect(usualView(of)).toBe('table');
  expect(possibleViews(answer({ n: 'UInt64' }, [[1]]))).toEqual(['table']);
});
