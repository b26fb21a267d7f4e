import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Faults, faultNames, faultOf, faults } from './faults.ts';
import type { Shop } from './shop.ts';

let folder: string;
let done: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wirelight-faults-'));
  done = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A shop that only notes what is done to it, and has these services. */
function noting(...services: string[]): Shop {
  const known = new Set(services);
  return {
    cgroup: '',
    services: [],
    service: (name) => (known.has(name) ? ({ name } as ReturnType<Shop['service']>) : undefined),
    plug: () => undefined,
    publishNames: (all) => void done.push(`names ${all}`),
    overload: join(folder, 'overload'),
    startReport: async () => {
      done.push('report starts');
      return async () => void done.push('report stops');
    },
    load: { rate: 0, failed: 0, p95: 0 },
    stop: async () => undefined,
  };
}

describe('what can be broken', () => {
  test('has a name, a key and an explanation each', () => {
    expect(faults.map(({ name }) => name)).toEqual([...faultNames]);
    expect(new Set(faults.map(({ key }) => key)).size).toBe(faults.length);
    expect(faultOf('3').name).toBe('refused-port');
    expect(() => faultOf('everything')).toThrow(/does not know how to break "everything"/);
  });

  test('is broken once and healed once, however often it is said', async () => {
    const broken = new Faults(noting('shop-db'));
    await Promise.all([broken.break('slow-database'), broken.break('slow-database'), broken.break('failing-dns')]);
    expect(done).toEqual(['report starts', 'names false']);
    expect([broken.has('slow-database'), broken.has('retry-storm')]).toEqual([true, false]);
    await broken.heal('slow-database');
    await broken.heal();
    await broken.heal();
    expect(done).toEqual(['report starts', 'names false', 'report stops', 'names true']);
    expect(faultNames.some((name) => broken.has(name))).toBe(false);
  });

  test('is broken and healed by the same key', async () => {
    const shop = noting('shop-payments');
    const broken = new Faults(shop);
    await broken.toggle('retry-storm');
    expect(existsSync(shop.overload)).toBe(true);
    await broken.toggle('retry-storm');
    expect(existsSync(shop.overload)).toBe(false);
  });

  test('is refused with a reason where its service does not run, and others go on', async () => {
    const broken = new Faults(noting());
    await expect(broken.break('slow-database')).rejects.toMatchObject({
      code: 'cannot_break',
      why: 'shop-db does not run: its package is not installed',
    });
    await broken.break('failing-dns');
    expect(broken.has('failing-dns')).toBe(true);
  });
});
