import { describe, expect, test } from 'vitest';
import { everything, printFilter } from '../../model/filter/index.ts';
import type { EdgeRecord } from '../../model/records.ts';
import { newStyle } from '../style.ts';
import { textWidth } from '../table/text-width.ts';
import type { EdgeRow } from './columns.ts';
import { type Key, keysOf } from './keyboard.ts';
import { TopView, type Wish } from './view.ts';

const style = newStyle(false);
const nothing = new Map<string, number>();

function row(source: string, destination: string, more: Partial<EdgeRecord> = {}): EdgeRow {
  return {
    record: {
      type: 'edge',
      time: '2026-11-22T16:35:14.000000000Z',
      window_ns: 10e9,
      source: { name: source, kind: 'workload' },
      destination: { name: destination, kind: 'workload', port: 80 },
      protocol: 'http',
      requests: 100,
      requests_per_second: 10,
      failures: 0,
      client_errors: 0,
      failure_share: 0,
      latency_p50_ns: 1e6,
      latency_p95_ns: 2e6,
      latency_p99_ns: 3e6,
      bytes: 1000,
      bytes_per_second: 100,
      retransmits: 0,
      connections: 1,
      ...more,
    },
    trend: [0, 1, 2, 4],
  };
}

const rows = [
  row('web', 'checkout', { requests_per_second: 1400, latency_p95_ns: 312e6, failures: 2, failure_share: 0.0002 }),
  row('web', 'catalog', { requests_per_second: 20, latency_p95_ns: 5e6 }),
  row('cron', 'checkout', {
    requests_per_second: 0,
    requests: 0,
    latency_p95_ns: null,
    failure_share: null,
    protocol: 'tcp',
  }),
];

function newView(): TopView {
  const view = new TopView('rate', everything);
  view.update(rows);
  return view;
}

const type = (view: TopView, input: string): Wish[] => keysOf(input).map((key: Key) => view.press(key));
const picture = (view: TopView, columns = 125, lines = 8) => view.lines(10, nothing, { columns, rows: lines }, style);
const sources = (view: TopView) =>
  picture(view)
    .slice(2, 5)
    .map((line) => line.split(/ +/).slice(0, 2).join('>'));

describe('the screen of top', () => {
  test('is a table of edges under one line of totals, above one line of keys', () => {
    expect(picture(newView())).toEqual([
      'wirelight top  3 edges  1.42k/s  0.01 % failed  300 B/s  last 10 s',
      'SOURCE      DESTINATION     PROTOCOL      RATE↓  TREND        FAILED      P50      P95      P99      BYTES   RETRANS   OPEN',
      'web         checkout:80     http         1.4k/s   ▂▄█         0.02 %     1 ms   312 ms     3 ms   100 B/s          0      1',
      'web         catalog:80      http          20/s    ▂▄█            0 %     1 ms     5 ms     3 ms   100 B/s          0      1',
      'cron        checkout:80     tcp               -   ▂▄█              -     1 ms        -     3 ms   100 B/s          0      1',
      '',
      '',
      'q quit  space pause  ← → sort  r reverse  / filter  ? keys',
    ]);
  });

  test('sorts by key, turns around when asked again, and keeps what is unknown at the end', () => {
    const view = newView();
    type(view, '9');
    expect(sources(view)).toEqual(['web>checkout:80', 'web>catalog:80', 'cron>checkout:80']);
    type(view, '9');
    expect(sources(view)).toEqual(['web>catalog:80', 'web>checkout:80', 'cron>checkout:80']);
    type(view, 's');
    expect(sources(view)).toEqual(['cron>checkout:80', 'web>catalog:80', 'web>checkout:80']);
    type(view, 'r');
    expect(sources(view)[0]).toBe('web>catalog:80');
    type(view, '\x1b[C\x1b[C');
    expect(view.sort).toBe('protocol');
    type(view, '\x1b[D');
    expect(view.sort).toBe('destination');
  });

  test('stands still while paused', () => {
    const view = newView();
    type(view, ' ');
    view.update([]);
    expect(picture(view)[0]).toMatch(/3 edges.*paused$/);
    type(view, ' ');
    view.update([]);
    expect(picture(view)[0]).toMatch(/0 edges/);
  });

  test('takes a filter, complains of a wrong one and lets it be corrected', () => {
    const view = newView();
    expect(type(view, '/to:checkout stauts:5xx\r')).not.toContain('filter');
    expect(picture(view).at(-1)).toBe('filter to:checkout stauts:5xx▏  there is no field "stauts": status?');
    expect(type(view, '\x17status:5xx\r').at(-1)).toBe('filter');
    expect(printFilter(view.filter)).toBe('to:checkout status:5xx');
    expect(picture(view)[0]).toMatch(/to:checkout status:5xx$/);
    expect(type(view, '\x1b')).toEqual(['filter']);
    expect(view.filter).toEqual(everything);
  });

  test('writes letters into the filter that are commands elsewhere', () => {
    const view = newView();
    expect(type(view, '/q ?rs')).not.toContain('stop');
    expect(picture(view).at(-1)).toMatch(/^filter q \?rs▏/);
    expect(type(view, '\x7f\x7f\x15\x03')).toEqual(['redraw', 'redraw', 'redraw', 'stop']);
  });

  test('scrolls no further than there are edges', () => {
    const view = newView();
    type(view, '\x1b[B\x1b[B\x1b[B\x1b[B');
    expect(sources(view)[0]).toBe('cron>checkout:80');
    type(view, '\x1b[5~');
    expect(sources(view)[0]).toBe('web>checkout:80');
  });

  test('shows its keys and hides them', () => {
    const view = newView();
    type(view, '?');
    expect(picture(view, 80, 24).join('\n')).toMatch(/sort by p95/);
    type(view, '\x1b');
    expect(picture(view, 80, 24).join('\n')).not.toMatch(/sort by p95/);
  });

  test('says when something was lost', () => {
    const lines = newView().lines(10, new Map([['ring_full', 12]]), { columns: 120, rows: 8 }, style);
    expect(lines[0]).toMatch(/^wirelight top {2}12 lost: ring_full {2}3 edges/);
  });

  test('never fills more than the terminal, however small, in whatever state', () => {
    for (const input of ['', '?', '/a long filter that goes on and on:', '/x y:\r', ' ']) {
      for (let columns = 1; columns < 130; columns += 7) {
        for (const height of [1, 2, 3, 10]) {
          const view = newView();
          type(view, input);
          const lines = picture(view, columns, height);
          expect(lines.length).toBeLessThanOrEqual(height);
          for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(columns);
        }
      }
    }
  });

  test('keeps the columns where they are when long names go', () => {
    const view = newView();
    view.update([row('a-very-long-name-of-a-workload', 'checkout'), ...rows]);
    const before = picture(view)[1];
    view.update(rows);
    expect(picture(view)[1]).toBe(before);
  });
});
