import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CaptureSink } from '../../capture/sink.ts';
import { compileFilter, parseFilter } from '../../model/filter/index.ts';
import { recordSchema, requestSchema } from '../../model/json.ts';
import type { RequestRecord } from '../../model/records.ts';
import { anyConnection, anyEvent, anyRequest } from '../../model/testing/arbitraries.ts';
import type { ObserveOptions } from '../observe.ts';
import { shownOf } from '../records/shown.ts';
import { textWidth } from '../table/text-width.ts';
import { fakeCapture, fakeStop, type KeptIo, keptIo } from '../testing/fake-agent.ts';
import { observe } from './run.ts';

const samples = fc.sample(fc.tuple(anyRequest, anyConnection, anyEvent), { numRuns: 300, seed: 3 });

function play(sink: CaptureSink): void {
  for (const [request, connection, event] of samples) {
    sink.connection(connection, 'opened');
    sink.request(request, connection);
    sink.event(event);
    sink.connection(connection, 'updated');
    sink.connection(connection, 'closed');
  }
}

interface Observed extends KeptIo {
  readonly stopped: boolean;
}

async function observed(
  options: Partial<ObserveOptions>,
  filter = '',
  io: KeptIo = keptIo(),
  losses?: ReadonlyMap<string, number>,
): Promise<Observed> {
  const capture = fakeCapture(losses);
  const stop = fakeStop();
  const all = { output: 'json', show: shownOf('requests'), ...options } as const;
  const done = observe(parseFilter(filter), all, io, stop, capture.start);
  play(await capture.sink);
  setTimeout(() => stop.stop(), 5);
  await done;
  return { ...io, stopped: capture.stopped() };
}

const parsed = (io: KeptIo): unknown[] =>
  io
    .out()
    .split('\n')
    .filter(Boolean)
    .map((line): unknown => JSON.parse(line));

describe('observe, with a fake source', () => {
  test('prints every request as a JSON line that the contract allows, and stops the capture', async () => {
    const io = await observed({});
    const records = parsed(io).map((record) => requestSchema.parse(record));
    expect(records.length).toBe(samples.length);
    expect(io.stopped).toBe(true);
    expect(io.err()).toMatch(/^seen {2}300 requests, 300 connections, .* 300 matched\nlost {2}nothing\n$/);
  });

  test('prints requests, connections and events, of connections the beginning and the end', async () => {
    const records = parsed(await observed({ show: shownOf('all') })).map((record) => recordSchema.parse(record));
    const types = records.map((record) => (record.type === 'connection' ? record.change : record.type));
    expect(new Set(types)).toEqual(new Set(['opened', 'request', 'event', 'closed']));
    expect(types.length).toBe(samples.length * 4);
  });

  test('prints the other changes of connections where the filter asks for them', async () => {
    const records = parsed(await observed({ show: shownOf('connections') }, 'change:updated'));
    expect(records.length).toBe(samples.length);
  });

  test('prints exactly what passes the filter', async () => {
    const filter = 'status:error or latency:>1s';
    const records = parsed(await observed({}, filter)) as RequestRecord[];
    const predicate = compileFilter(parseFilter(filter), { nameOf: () => expect.fail('no name is asked') });
    const expected = samples.filter(([request, connection]) => predicate.request(request, connection));
    expect(records.length).toBe(expected.length);
    expect(records.length).toBeGreaterThan(20);
  });

  test('ends by itself after as many records as were asked for', async () => {
    expect(parsed(await observed({ limit: 7 })).length).toBe(7);
  });

  test('shows the last ones when it ends, oldest first, where only these are asked for', async () => {
    const all = parsed(await observed({}));
    expect(parsed(await observed({ last: 5 }))).toEqual(all.slice(-5));
    expect(parsed(await observed({ since: 60_000 }))).toEqual(all);
    expect(parsed(await observed({ last: 5, follow: true }))).toEqual(all);
  });

  test('has a column in CSV for every field of the JSON', async () => {
    const rows = (await observed({ output: 'csv', show: shownOf('all') })).out().split('\n');
    const columns = rows[0].split(',');
    for (const record of parsed(await observed({ show: shownOf('all') })) as Record<string, unknown>[]) {
      for (const [key, value] of Object.entries(record)) {
        if (key === 'source' || key === 'destination') {
          for (const field of Object.keys(value as object)) expect(columns).toContain(`${key}.${field}`);
        } else expect(columns).toContain(key);
      }
    }
  });

  test('fits a terminal of any width, and cuts nothing in a file', async () => {
    for (const width of [40, 80, 133]) {
      const io = await observed({ output: 'table', show: shownOf('all') }, '', keptIo(width));
      const text = stripVTControlCharacters(io.out());
      for (const line of text.split('\n')) expect(textWidth(line), line).toBeLessThanOrEqual(width);
    }
    const file = (await observed({ output: 'table' })).out();
    expect(file).toContain('one-way retry upgrade');
    expect(file).not.toContain('…');
    expect(file.startsWith('TIME ')).toBe(true);
    expect(file).not.toContain('\x1b');
  });

  test('says what was lost, and where', async () => {
    const { err } = await observed(
      {},
      '',
      keptIo(),
      new Map([
        ['ring_full', 12],
        ['never', 0],
      ]),
    );
    expect(err()).toContain('lost  ring_full 12: the picture is not complete');
    expect(err()).not.toContain('never');
  });

  test('says nothing at the end when asked to be quiet', async () => {
    expect((await observed({ quiet: true })).err()).toBe('');
  });
});
