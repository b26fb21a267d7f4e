import { describe, expect, test } from 'vitest';
import type { DemoStatus } from '../../demo/index.ts';
import { newStyle } from '../style.ts';
import { textWidth } from '../table/text-width.ts';
import { demoLines } from './view.ts';

const status: DemoStatus = {
  url: 'http://127.0.0.1:7575/',
  pid: 1,
  services: [
    { name: 'shop-api', state: 'running', pid: 4711 },
    { name: 'shop-recommend', state: 'stopped', pid: null },
  ],
  requests_per_second: 30,
  failed_per_second: 6,
  p95_ns: 25_300_000,
  broken: ['refused-port'],
};

describe('the picture of a running demo', () => {
  const lines = demoLines(status, [1, 2, 30], 100, newStyle(false));

  test('says where the map is, how the load goes and what runs', () => {
    const text = lines.join('\n');
    expect(text).toContain('map   http://127.0.0.1:7575/');
    expect(text).toMatch(/load {2}30\/s {2}20 % failed {2}p95 25\.3 ms/);
    expect(text).toMatch(/shop-api +running +4711/);
    expect(text).toMatch(/shop-recommend +stopped$/m);
  });

  test('says of what is whole what would happen, and of what is broken where to look', () => {
    expect(lines.find((line) => line.includes('refused-port'))).toMatch(/3 +refused-port +broken +look at failed conn/);
    expect(lines.find((line) => line.includes('slow-database'))).toMatch(/1 +slow-database +whole +a report locks/);
  });

  test.each([40, 80, 200])('is no wider than a terminal of %d columns, but for the address', (width) => {
    const rest = demoLines(status, Array(40).fill(7), width, newStyle(false)).slice(2);
    for (const line of rest) expect(textWidth(line)).toBeLessThanOrEqual(width);
  });
});
