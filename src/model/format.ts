/**
 * Numbers as people read them: three significant digits, the unit always there. The same in the terminal and in the web
 * UI, so nothing here depends on either.
 */

/** A number with its unit, apart so that the unit may be dimmed. */
export interface Quantity {
  readonly number: string;
  /** '' where there is none. */
  readonly unit: string;
  /** What stands between them: a space, or nothing ('1.4' + 'k/s'). */
  readonly gap: '' | ' ';
}

/** What is shown where nothing is known. */
export const unknownQuantity: Quantity = { number: '-', unit: '', gap: '' };

/** A quantity as plain text: `312 ms`, `1.4k/s`, `-`. */
export function quantityText(quantity: Quantity): string {
  return `${quantity.number}${quantity.gap}${quantity.unit}`;
}

/**
 * At most three significant digits, no exponent, no trailing zeros. What is tiny is not called 0.
 *
 * @example threeDigits(0.02134) // '0.0213'
 * @example threeDigits(8.1) // '8.1'
 * @example threeDigits(1e-9) // '<0.001'
 */
export function threeDigits(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  if (size >= 100) return String(Math.round(value));
  if (size === 0) return '0';
  if (size < 0.001) return value < 0 ? '>-0.001' : '<0.001';
  const decimals = size >= 10 ? 1 : size >= 1 ? 2 : 2 - Math.floor(Math.log10(size));
  const text = value.toFixed(decimals);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

const durations: readonly Scale[] = [
  { from: 0, by: 1, unit: 'ns' },
  { from: 1e3, by: 1e3, unit: 'µs' },
  { from: 1e6, by: 1e6, unit: 'ms' },
  { from: 1e9, by: 1e9, unit: 's' },
  { from: 120e9, by: 60e9, unit: 'min' },
  { from: 7200e9, by: 3600e9, unit: 'h' },
  { from: 172_800e9, by: 86_400e9, unit: 'd' },
];

/** A length of time given in nanoseconds: `312 ms`, `1.4 s`, `3 min`. */
export function duration(nanoseconds: number): Quantity {
  return scaled(nanoseconds, durations, ' ');
}

const sizes: readonly Scale[] = decimal(['B', 'kB', 'MB', 'GB', 'TB', 'PB']);

/** A number of bytes: `812 B`, `8.1 MB` (decimal multiples). */
export function size(bytes: number): Quantity {
  return scaled(bytes, sizes, ' ');
}

const sizeRates: readonly Scale[] = decimal(['B/s', 'kB/s', 'MB/s', 'GB/s', 'TB/s', 'PB/s']);

/** Bytes a second: `8.1 MB/s`. */
export function sizeRate(bytesPerSecond: number): Quantity {
  return scaled(bytesPerSecond, sizeRates, ' ');
}

const counts: readonly Scale[] = decimal(['', 'k', 'M', 'G', 'T', 'P']);

/** A number of things: `312`, `1.4k`, `3M`. */
export function count(value: number): Quantity {
  return scaled(value, counts, '');
}

const rates: readonly Scale[] = decimal(['/s', 'k/s', 'M/s', 'G/s', 'T/s', 'P/s']);

/** Things a second: `0.2/s`, `1.4k/s`. */
export function rate(perSecond: number): Quantity {
  return scaled(perSecond, rates, '');
}

/** A share between 0 and 1 in percent: `0.02 %`. */
export function share(value: number): Quantity {
  return Number.isFinite(value) ? { number: threeDigits(value * 100), unit: '%', gap: ' ' } : unknownQuantity;
}

interface Scale {
  /** Smallest size for which it is used. */
  readonly from: number;
  readonly by: number;
  readonly unit: string;
}

function decimal(units: readonly string[]): Scale[] {
  return units.map((unit, power) => ({ from: power === 0 ? 0 : 1000 ** power, by: 1000 ** power, unit }));
}

function scaled(value: number, scales: readonly Scale[], gap: '' | ' '): Quantity {
  if (!Number.isFinite(value)) return unknownQuantity;
  const magnitude = Math.abs(value);
  let i = scales.length - 1;
  while (i > 0 && magnitude < scales[i].from) i--;
  // 999.7 is shown as 1,000, which is 1 of the next unit.
  const next = scales[i + 1];
  if (next !== undefined && Math.abs(Number(threeDigits(value / scales[i].by))) * scales[i].by >= next.from) i++;
  const { by, unit } = scales[i];
  return { number: threeDigits(value / by), unit, gap: unit === '' ? '' : gap };
}
