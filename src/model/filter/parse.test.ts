import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyFilter } from '../testing/filters.ts';
import { type Filter, FilterError, fields, parseFilter, printFilter } from './index.ts';

const term = (field: string, ...values: object[]) => ({ type: 'term', field, values });
const text = (...pattern: string[]) => ({ type: 'text', pattern });

describe('the filter parser', () => {
  test('reads the terms of the grammar', () => {
    expect(parseFilter('from:web protocol:http status:5xx latency:>200ms path:/api/* not port:53')).toEqual({
      type: 'all',
      of: [
        term('from', text('web')),
        term('protocol', text('http')),
        term('status', { type: 'range', from: 500, to: 599 }),
        term('latency', { type: 'number', op: '>', value: 200_000_000 }),
        term('path', text('/api/', '')),
        { type: 'not', filter: term('port', { type: 'number', op: '=', value: 53 }) },
      ],
    });
  });

  test.each<[string, unknown]>([
    ['', { type: 'all', of: [] }],
    ['  ', { type: 'all', of: [] }],
    ['()', { type: 'all', of: [] }],
    ['from:10.0.0.7/8', term('from', { type: 'network', network: '10.0.0.0/8' })],
    ['from:"10.0.0.7"', term('from', text('10.0.0.7'))],
    ['from:10.0.*', term('from', text('10.0.', ''))],
    ['src:web', term('from', text('web'))],
    ['destination.container:db', term('to.container', text('db'))],
    ['10.1.2.3', term('with', { type: 'network', network: '10.1.2.3' })],
    ['fd00::/8', term('with', { type: 'network', network: 'fd00::/8' })],
    ['PORT:8000..8100', term('port', { type: 'range', from: 8000, to: 8100 })],
    ['latency:1.5s..', term('latency', { type: 'number', op: '>=', value: 1_500_000_000 })],
    ['latency:..2m', term('latency', { type: 'number', op: '<=', value: 120_000_000_000 })],
    ['bytes:>1.5MB', term('bytes', { type: 'number', op: '>', value: 1_500_000 })],
    ['bytes:64KiB', term('bytes', { type: 'number', op: '=', value: 65_536 })],
    ['status:404,NXDOMAIN', term('status', { type: 'number', op: '=', value: 404 }, text('NXDOMAIN'))],
    ['direction:ingress', term('side', { type: 'choice', name: 'server' })],
    ['is:one-way', term('is', { type: 'choice', name: 'one_way' })],
    ['-is:tls', { type: 'not', filter: term('is', { type: 'choice', name: 'tls' }) }],
    ['path:"/a b,c"', term('path', text('/a b,c'))],
    ['path:/a\\*b*', term('path', text('/a*b', ''))],
    ['checkout', { type: 'word', pattern: ['checkout'] }],
    ['"not"', { type: 'word', pattern: ['not'] }],
    [
      'a b or c',
      {
        type: 'any',
        of: [
          {
            type: 'all',
            of: [
              { type: 'word', pattern: ['a'] },
              { type: 'word', pattern: ['b'] },
            ],
          },
          { type: 'word', pattern: ['c'] },
        ],
      },
    ],
    [
      'a and (b or c)',
      {
        type: 'all',
        of: [
          { type: 'word', pattern: ['a'] },
          {
            type: 'any',
            of: [
              { type: 'word', pattern: ['b'] },
              { type: 'word', pattern: ['c'] },
            ],
          },
        ],
      },
    ],
  ])('reads %s', (written, filter) => {
    expect(parseFilter(written)).toEqual(filter);
  });

  test('every filter that is printed reads back as itself', () => {
    fc.assert(
      fc.property(anyFilter, (filter) => {
        expect(parseFilter(printFilter(filter))).toEqual(filter);
      }),
      { numRuns: 2000 },
    );
  });

  test('whatever is written, it is a filter or a filter error that points into it', () => {
    const soup = fc
      .array(
        fc.constantFrom(
          'from:',
          'status:',
          '"',
          '\\',
          '(',
          ')',
          ',',
          ' ',
          'not',
          'or',
          '-',
          '5xx',
          '>',
          '..',
          'x',
          ':',
        ),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(soup, fc.string()), (written) => {
        let filter: Filter;
        try {
          filter = parseFilter(written);
        } catch (error) {
          if (!(error instanceof FilterError)) throw error;
          expect(error.position + error.length).toBeLessThanOrEqual(written.length);
          expect(error.next).toBeTruthy();
          return;
        }
        expect(parseFilter(printFilter(filter))).toEqual(filter);
      }),
      { numRuns: 1000 },
    );
  });

  test.each<[string, number, number, string | undefined]>([
    ['stauts:5xx', 0, 6, 'status'],
    ['a latency:>200', 10, 4, '>200ms'],
    ['latency:5..10', 8, 5, '5ms..10ms'],
    ['verdict:drpped', 8, 6, 'dropped'],
    ['port:90..80', 5, 6, '80..90'],
    ['from:10.0.0.999', 5, 10, undefined],
    ['ip:web', 3, 3, undefined],
    ['status:', 7, 0, undefined],
    ['port:x', 5, 1, undefined],
    ['bytes:5s', 6, 2, undefined],
    ['(a', 0, 1, undefined],
    ['a)', 1, 1, undefined],
    ['a or', 4, 0, undefined],
    ['not', 3, 0, undefined],
    ['from:"a', 5, 2, undefined],
    ['""', 0, 2, undefined],
    ['http://x', 0, 4, undefined],
  ])('says where %s is wrong', (written, position, length, suggestion) => {
    const error = faultOf(written);
    expect([error.position, error.length, error.suggestion]).toEqual([position, length, suggestion]);
    expect(error.exitCode).toBe(2);
  });

  test('shows the place under the text', () => {
    const error = faultOf('from:web stauts:5xx');
    expect(error.message).toBe('there is no field "stauts"');
    expect(error.why).toBe('from:web stauts:5xx\n         ^^^^^^');
    expect(error.next).toMatch(/^did you mean "status"\?/);
  });

  test('refuses brackets without end instead of exhausting the stack', () => {
    expect(faultOf('('.repeat(100_000)).message).toMatch(/too deep/);
    expect(faultOf('not '.repeat(100_000)).message).toMatch(/too deep/);
  });

  test('the example of every field is a value of it', () => {
    for (const field of fields) expect(parseFilter(`${field.name}:${field.example}`).type).toBe('term');
  });
});

function faultOf(written: string): FilterError {
  try {
    parseFilter(written);
  } catch (error) {
    if (error instanceof FilterError) return error;
    throw error;
  }
  throw new Error(`${written} was read`);
}
