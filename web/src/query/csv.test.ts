import { expect, test } from 'vitest';
import { csvOf } from './csv.ts';

test('quotes what needs it and lets no cell become a formula', () => {
  const columns = [
    { name: 'a', type: 'String' },
    { name: 'b', type: 'Int64' },
  ];
  const rows = [
    ['x, "y"\nz', -5],
    ['=HYPERLINK("evil")', null],
    ['-12', { k: ['v'] }],
  ];
  expect(csvOf({ columns, rows, truncated: false, elapsed_ms: 1 })).toBe(
    'a,b\r\n"x, ""y""\nz",-5\r\n"\'=HYPERLINK(""evil"")",\r\n-12,"{""k"":[""v""]}"\r\n',
  );
});
