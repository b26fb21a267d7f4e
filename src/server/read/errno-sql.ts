import { errnoName } from '../../model/errno.ts';

/** SQL that gives the name of an error number, '' of 0. */
export function errnoNames(expression: string): string {
  const numbers = Array.from({ length: 133 }, (_, number) => number + 1).filter(
    (number) => !/^\d+$|^errno/i.test(errnoName(number)),
  );
  const names = numbers.map((number) => `'${errnoName(number)}'`);
  return `transform(${expression}, [0, ${numbers.join(', ')}], ['', ${names.join(', ')}], toString(${expression}))`;
}
