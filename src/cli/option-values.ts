import { WirelightError } from '../base/errors.ts';
import { parseQuantity } from '../model/filter/quantity.ts';

/** Reader of an option that takes a count: a whole number of at least `least`. */
export function countOf(name: string, least = 1): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw new WirelightError('bad_option', `${name} takes a whole number of at least ${least}, not "${text}"`, {
      exitCode: 2,
    });
  };
}

/** Reader of an option that takes a length of time. Without a unit it is in seconds. Gives milliseconds. */
export function millisecondsOf(name: string): (text: string) => number {
  return (text) => {
    const nanoseconds = parseQuantity(/^[\d.]+$/.test(text) ? `${text}s` : text, 'nanoseconds');
    if (typeof nanoseconds === 'number' && nanoseconds > 0) return nanoseconds / 1e6;
    throw new WirelightError('bad_option', `${name} takes a length of time, not "${text}"`, {
      next: `for example ${name} 30s, 5m, 1h`,
      exitCode: 2,
    });
  };
}

/** Reader of an option that takes a size: `100MB`, `64KiB`; without a unit in bytes. */
export function bytesOf(name: string, least = 1): (text: string) => number {
  return (text) => {
    const bytes = parseQuantity(text, 'bytes');
    if (typeof bytes === 'number' && bytes >= least) return Math.round(bytes);
    throw new WirelightError('bad_option', `${name} takes a size of at least ${least} bytes, not "${text}"`, {
      next: `for example ${name} 100MB`,
      exitCode: 2,
    });
  };
}
