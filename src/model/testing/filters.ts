import fc from 'fast-check';
import { allOf, anyOf, type Field, type Filter, type FilterValue, fields, notOf } from '../filter/index.ts';

const pieces = fc.oneof(
  fc.constantFrom(
    'web',
    'WEB',
    'checkout',
    'a',
    '',
    '/api/',
    '17',
    'nginx',
    'http',
    'tcp',
    'NXDOMAIN',
    'ok',
    'error',
    '404',
  ),
  fc.constantFrom(
    'shop',
    '.com',
    'x*y',
    'a b',
    '"',
    '\\',
    ',',
    ':',
    '(',
    ')',
    '-',
    'not',
    '10.0.0.1',
    'ä',
    '>5',
    '5xx',
  ),
  fc.string({ maxLength: 4 }),
);
const pattern = fc.array(pieces, { minLength: 1, maxLength: 3 }).filter((all) => all.length > 1 || all[0] !== '');
const networks = fc.constantFrom('10.0.0.0/8', '10.0.0.1', '0.0.0.0/0', '::/0', 'fd00::/8', '::1', '10.0.0.64/26');
const anyNumber = fc.oneof(
  fc.constantFrom(0, 1, 3, 53, 80, 200, 404, 500, 599, 1000, 64_000, 4711, 1_000_000, 200_000_000, 60_000_000_000),
  fc.nat(2 ** 31),
);
const text: fc.Arbitrary<FilterValue> = pattern.map((all) => ({ type: 'text', pattern: all }));
function numberOf({ most }: Field): fc.Arbitrary<FilterValue> {
  const numbers = anyNumber.map((value) => Math.min(value, most));
  return fc.oneof(
    fc.record({ type: fc.constant('number'), op: fc.constantFrom('=', '<', '<=', '>', '>='), value: numbers }),
    fc.tuple(numbers, numbers).map(([a, b]) => ({ type: 'range', from: Math.min(a, b), to: Math.max(a, b) }) as const),
    fc.constantFrom({ type: 'range', from: 400, to: 499 } as const, { type: 'range', from: 500, to: 599 } as const),
  );
}
const network: fc.Arbitrary<FilterValue> = networks.map((one) => ({ type: 'network', network: one }));

const term: fc.Arbitrary<Filter> = fc.constantFrom(...fields).chain((field) => {
  const value = {
    text,
    number: numberOf(field),
    address: network,
    party: fc.oneof(text, network),
    status: fc.oneof(text, numberOf(field)),
    choice: fc.constantFrom(...choicesOf(field)).map((name): FilterValue => ({ type: 'choice', name })),
  }[field.kind];
  return fc
    .array(value, { minLength: 1, maxLength: 3 })
    .map((values): Filter => ({ type: 'term', field: field.name, values }));
});

const word: fc.Arbitrary<Filter> = pattern.map((all) => ({ type: 'word', pattern: all }));

function choicesOf(field: Field): string[] {
  return field.kind === 'choice' ? Object.keys(field.choices) : [''];
}

/** Any filter in the normal form that the parser gives. */
export const anyFilter: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 5, arbitrary: term },
    { weight: 1, arbitrary: word },
    { weight: 1, arbitrary: tie('filter').map(notOf) },
    { weight: 2, arbitrary: fc.array(tie('filter'), { maxLength: 3 }).map(allOf) },
    { weight: 2, arbitrary: fc.array(tie('filter'), { maxLength: 3 }).map(anyOf) },
  ),
})).filter;
