import { describe, expect, test } from 'vitest';
import { type EntityRef, entityId } from '../model/entity.ts';
import { AddressOwners } from './address-owners.ts';

const workload = (name: string): EntityRef => ({
  id: entityId('', 'workload', '', name),
  kind: 'workload',
  cluster: '',
  namespace: '',
  name,
});
const [web, db] = [workload('web'), workload('db')];

describe('the owner of an address', () => {
  test('is the one workload that was seen at it, for an hour', () => {
    const owners = new AddressOwners();
    expect(owners.learn('10.0.0.1', web, 0)).toBe(true);
    expect(owners.learn('10.0.0.1', web, 1000)).toBe(false);
    expect(owners.get('10.0.0.1', 3_000_000)).toBe(web);
    expect(owners.get('10.0.0.1', 3_700_000)).toBeUndefined();
    expect(owners.get('10.0.0.2', 0)).toBeUndefined();
  });

  test('is nobody while several have it', () => {
    const owners = new AddressOwners();
    owners.learn('10.0.0.1', web, 0);
    expect(owners.learn('10.0.0.1', db, 1000)).toBe(true);
    expect(owners.get('10.0.0.1', 1000)).toBeUndefined();
    expect(owners.learn('10.0.0.1', web, 2000)).toBe(false);
    expect(owners.get('10.0.0.1', 2000)).toBeUndefined();
  });

  test('is another one where the address was given to it after the first had left', () => {
    const owners = new AddressOwners();
    owners.learn('10.0.0.1', web, 0);
    expect(owners.learn('10.0.0.1', db, 200_000)).toBe(true);
    expect(owners.get('10.0.0.1', 200_000)).toBe(db);
  });
});
