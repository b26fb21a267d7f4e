import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EpochNanos } from '../../base/units.ts';
import { RecordWriter } from '../record-writer.ts';
import type { EndpointRecord, RequestRecord } from '../records.ts';
import { anyConnection, anyNames, anyRequest } from '../testing/arbitraries.ts';
import { anyFilter } from '../testing/filters.ts';
import { compileFilter, fields, filterToSql, parseFilter, printFilter, type SqlColumns } from './index.ts';

const require = createRequire(import.meta.url);
const { queryBind } = require('chdb') as { queryBind(sql: string, values: object, format: string): string };

/** How the rows of this test answer: every column is named as the field, ends have a prefix. */
const endTexts = ['name', 'workload', 'process', 'user', 'container', 'pod', 'namespace', 'unit', 'domain'];
const party = ['name', 'workload', 'process', 'container', 'pod', 'unit', 'domain', 'ip_text'];
const endNumbers = ['port', 'pid', 'netns'];
const both = (field: string) => [`from_${field}`, `to_${field}`];
const knownNumber = (expression: string) => ({ expression, known: `${expression} >= 0` });
const choicesOf = (field: string, make: (choice: string) => string) =>
  Object.fromEntries(Object.keys(fields.find((one) => one.name === field)?.choices ?? {}).map((c) => [c, make(c)]));
const outcomes = {
  ...choicesOf('outcome', (c) => `outcome = '${c}'`),
  error: "outcome NOT IN ('ok', 'unset')",
  failure: "outcome IN ('server_error', 'timeout', 'aborted')",
};

const columns: SqlColumns = {
  texts: {
    ...Object.fromEntries(endTexts.map((field) => [field, both(field)])),
    ...Object.fromEntries(
      ['from', 'to'].flatMap((end) => [
        ...endTexts.map((field) => [`${end}.${field}`, [`${end}_${field}`]]),
        [end, party.map((field) => `${end}_${field}`)],
      ]),
    ),
    with: party.flatMap(both),
    protocol: ['protocol', 'transport'],
    method: ['method'],
    path: ['target', 'resource'],
    target: ['target', 'resource'],
    operation: ['operation'],
    authority: ['authority'],
    status: ['status_text'],
    trace: ['trace_id'],
    correlation: ['correlation_id'],
    agent: ['agent'],
    content_type: ['content_type'],
  },
  numbers: {
    ...Object.fromEntries(endNumbers.map((field) => [field, both(field).map(knownNumber)])),
    ...Object.fromEntries(
      ['from', 'to'].flatMap((end) => endNumbers.map((field) => [`${end}.${field}`, [knownNumber(`${end}_${field}`)]])),
    ),
    ...Object.fromEntries(
      ['connection', 'status', 'latency', 'waited', 'worked', 'sent'].map((field) => [field, [knownNumber(field)]]),
    ),
    bytes: [{ expression: 'request_bytes + response_bytes' }],
    'request.bytes': [{ expression: 'request_bytes' }],
    'response.bytes': [{ expression: 'response_bytes' }],
  },
  addresses: {
    from: ['from_ip'],
    'from.ip': ['from_ip'],
    to: ['to_ip'],
    'to.ip': ['to_ip'],
    with: both('ip'),
    ip: both('ip'),
  },
  choices: {
    type: { request: '1' },
    outcome: outcomes,
    transport: choicesOf('transport', (c) => `transport = '${c}'`),
    verdict: choicesOf('verdict', (c) => `verdict = '${c}'`),
    side: {
      client: "side IN ('client', 'both')",
      server: "side IN ('server', 'both')",
      both: "side = 'both'",
      unknown: "side = 'unknown'",
    },
    is: { ...choicesOf('is', (c) => `has(flags, '${c}')`), error: outcomes.error, failure: outcomes.failure },
    kind: choicesOf('kind', (c) => `from_kind = '${c}' OR to_kind = '${c}'`),
    class: choicesOf('class', (c) => `from_class = '${c}' OR to_class = '${c}'`),
    ...Object.fromEntries(
      ['from', 'to'].flatMap((end) =>
        ['kind', 'class'].map((field) => [`${end}.${field}`, choicesOf(field, (c) => `${end}_${field} = '${c}'`)]),
      ),
    ),
  },
  words: [...party.flatMap(both), 'protocol', 'operation', 'resource', 'authority', 'status_text'],
};

const structure = [
  'n UInt32, protocol String, transport String, method String, target String, resource String, operation String',
  'authority String, status_text String, trace_id String, correlation_id String, agent String, content_type String, outcome String, verdict String, side String',
  'connection Int64, status Int64, latency Int64, waited Int64, worked Int64, sent Int64, request_bytes Int64, response_bytes Int64',
  'flags Array(String)',
  ...['from', 'to'].flatMap((end) => [
    ...[...endTexts, 'kind', 'class', 'ip_text'].map((field) => `${end}_${field} String`),
    ...endNumbers.map((field) => `${end}_${field} Int64`),
    `${end}_ip IPv6`,
  ]),
].join(', ');

function rowOf(n: number, r: RequestRecord): object {
  const { agent, content_type } = r.attributes;
  const end = (prefix: string, e: EndpointRecord) => ({
    ...Object.fromEntries(endTexts.map((field) => [`${prefix}_${field}`, e[field as 'name'] ?? ''])),
    ...Object.fromEntries(endNumbers.map((field) => [`${prefix}_${field}`, e[field as 'pid'] ?? -1])),
    [`${prefix}_kind`]: e.kind,
    [`${prefix}_class`]: e.address_class,
    [`${prefix}_ip_text`]: e.ip,
    [`${prefix}_ip`]: e.ip,
  });
  return {
    ...{ resource: '', authority: '', status_text: '', trace_id: '', correlation_id: '' },
    ...r,
    ...{ n, agent, content_type, status: r.status ?? -1, latency: r.latency_ns ?? -1 },
    ...{ waited: r.waited_ns ?? -1, worked: r.worked_ns ?? -1, sent: r.sent_ns ?? -1 },
    ...end('from', r.source),
    ...end('to', r.destination),
  };
}

describe('the SQL of a filter', () => {
  const directory = mkdtempSync(join(tmpdir(), 'wirelight-sql-'));
  const path = join(directory, 'rows.jsonl');
  const [names] = fc.sample(anyNames, { numRuns: 1, seed: 7 });
  const writer = new RecordWriter({ origin: 1_795_365_314_000_000_000n as EpochNanos }, names, (r) => ({
    agent: r.userAgent,
    content_type: r.contentType,
  }));
  const samples = fc.sample(fc.tuple(anyRequest, anyConnection), { numRuns: 200, seed: 7 });

  beforeAll(() => {
    const rows = samples.map(([request, connection], n) =>
      JSON.stringify(rowOf(n, writer.request(request, connection))),
    );
    writeFileSync(path, rows.join('\n'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const select = (written: string): number[] => {
    const { sql, parameters } = filterToSql(parseFilter(written), columns);
    const from = `file('${path}', 'JSONEachRow', '${structure}')`;
    const settings = 'SETTINGS input_format_skip_unknown_fields = 1';
    const out = queryBind(`SELECT n FROM ${from} WHERE ${sql} ORDER BY n ${settings}`, parameters, 'CSV');
    return out.split('\n').filter(Boolean).map(Number);
  };

  test('selects exactly the rows whose records the predicate passes', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(anyFilter, (filter) => {
        const predicate = compileFilter(filter, names);
        const expected = samples.flatMap(([request, connection], n) =>
          predicate.request(request, connection) ? [n] : [],
        );
        expect(select(printFilter(filter)), printFilter(filter)).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  test('never puts what a user wrote into the statement', () => {
    const { sql, parameters } = filterToSql(parseFilter(`path:"'; DROP TABLE x" from:"*'%_\\\\" "x' or 1"`), columns);
    expect(sql).not.toMatch(/DROP|x' or/);
    expect(Object.values(parameters)).toEqual(["'; drop table x", "%'\\%\\_\\\\", "%x' or 1%"]);
  });

  test('passes nothing for a field that the table does not have', () => {
    expect(filterToSql(parseFilter('event:drop'), columns).sql).toBe('0');
    expect(filterToSql(parseFilter('not event:drop'), columns).sql).toBe('NOT (0)');
  });
});
