import { expect, test } from 'vitest';
import type { Schema } from '../../../src/model/api.ts';
import { completionsAt } from './completion.ts';

const column = (name: string) => ({ name, type: 'Int64', unit: 'ns', doc: `about ${name}` });
const schema: Schema = {
  tables: [
    { name: 'requests', doc: 'requests', columns: ['time', 'latency_ns', 'host'].map(column) },
    { name: 'events', doc: 'events', columns: ['time', 'reason'].map(column) },
  ],
  functions: ['count', 'quantile'],
};
/** Labels at the | of a statement. */
const at = (text: string, asked = false): string[] | undefined =>
  completionsAt(text.replace('|', ''), text.indexOf('|'), schema, asked)?.options.map(({ label }) => label);

test('tables are offered where a table must stand', () => {
  expect(at('SELECT 1 FROM re|')).toEqual(['requests', 'events']);
  expect(at('SELECT 1 FROM events JOIN |')).toEqual(['requests', 'events']);
});

test('columns of the tables that the statement reads come first, also before FROM', () => {
  expect(at('SELECT la| FROM requests')?.slice(0, 3)).toEqual(['time', 'latency_ns', 'host']);
  expect(at('SELECT la| FROM requests')).not.toContain('reason');
  expect(at('SELECT r|')).toContain('reason');
  expect(at('SELECT r|')).toEqual(expect.arrayContaining(['quantile', 'SELECT', 'requests']));
});

test('after a name and a point stand the columns of that table', () => {
  expect(at('SELECT e.| FROM events AS e')).toEqual(['time', 'reason']);
  expect(at('SELECT events.re| FROM requests')).toEqual(['time', 'reason']);
  expect(at('SELECT nothing.| FROM requests')).toBeUndefined();
});

test('a brace begins a parameter, and nothing is offered in texts, comments and where nothing was begun', () => {
  expect(at('WHERE time > {f|')).toEqual(['{from:Int64}', '{to:Int64}']);
  expect(at("WHERE host = 'ho|'")).toBeUndefined();
  expect(at("WHERE host = 'it\\'s' AND ho|")).toContain('host');
  expect(at('-- about ho|')).toBeUndefined();
  expect(at('SELECT 1 |')).toBeUndefined();
  expect(at('SELECT 1 |', true)).toContain('FROM');
});
