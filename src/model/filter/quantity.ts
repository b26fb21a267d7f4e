import type { FieldUnit } from './fields.ts';

/** A unit that may follow a number, with how much of the field's own unit it is. The largest come last. */
const units: Readonly<Record<FieldUnit, Readonly<Record<string, number>>>> = {
  nanoseconds: { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9, d: 86_400e9 },
  bytes: { B: 1, kB: 1e3, KiB: 1024, MB: 1e6, MiB: 1024 ** 2, GB: 1e9, GiB: 1024 ** 3, TB: 1e12, TiB: 1024 ** 4 },
  plain: {},
};

const otherSpellings: Readonly<Record<string, string>> = {
  µs: 'us',
  μs: 'us',
  sec: 's',
  min: 'm',
  b: 'B',
  k: 'kB',
  kb: 'kB',
  kib: 'KiB',
  m: 'MB',
  mb: 'MB',
  mib: 'MiB',
  g: 'GB',
  gb: 'GB',
  gib: 'GiB',
  t: 'TB',
  tb: 'TB',
  tib: 'TiB',
};

/** Why a text is no quantity. */
export type QuantityFault = 'not_a_number' | 'no_unit' | 'unknown_unit';

/** Reads `200ms`, `1.5MB`, `404` in the unit of a field. Sizes may stand without a unit (bytes), times may not (but 0). */
export function parseQuantity(text: string, unit: FieldUnit): number | QuantityFault {
  const found = /^(\d+(?:\.\d+)?|\.\d+)([a-zA-Zµμ]*)$/.exec(text);
  if (found === null) return 'not_a_number';
  const number = Number(found[1]);
  if (found[2] === '') {
    if (unit === 'nanoseconds' && number !== 0) return 'no_unit';
    return Math.round(number);
  }
  const known = units[unit];
  const name = Object.hasOwn(known, found[2]) ? found[2] : otherSpellings[found[2].toLowerCase()];
  if (name === undefined || !Object.hasOwn(known, name)) return 'unknown_unit';
  const value = Math.round(number * known[name]);
  return Number.isSafeInteger(value) ? value : 'not_a_number';
}

/** The shortest exact text of a quantity, which {@link parseQuantity} reads. */
export function printQuantity(value: number, unit: FieldUnit): string {
  let text = String(value);
  if (value === 0) return text;
  let shortest = unit === 'nanoseconds' ? `${value}ns` : text;
  for (const [name, factor] of Object.entries(units[unit])) {
    if (value % factor !== 0 || factor === 1) continue;
    text = `${value / factor}${name}`;
    if (text.length <= shortest.length) shortest = text;
  }
  return shortest;
}

/** The units that may follow a number, for people. */
export function unitsOf(unit: FieldUnit): string {
  return Object.keys(units[unit]).join(', ');
}
