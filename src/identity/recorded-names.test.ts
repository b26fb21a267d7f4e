import { expect, test } from 'vitest';
import type { Endpoint } from '../model/connection.ts';
import { RecordedNames } from './recorded-names.ts';

function endpoint(ip: string, comm = ''): Endpoint {
  return { ip, port: 80, pid: comm === '' ? 0 : 7, tid: 0, comm, netns: 0, cgroup: 0, local: false };
}

test('an address of a recording is called by what DNS answers in it said, and by nothing of this host', () => {
  const names = new RecordedNames();
  const before = names.nameOf(endpoint('93.184.216.34'));
  expect(before).toMatchObject({ name: '93.184.216.34', kind: 'address', addressClass: 'public' });
  expect(names.nameOf(endpoint('93.184.216.34'))).toBe(before);
  names.learn('Shop.Example.com.', '93.184.216.34', 60, 1_000);
  const after = names.nameOf(endpoint('93.184.216.34'));
  expect(after).toMatchObject({ name: 'shop.example.com', kind: 'domain', domain: 'shop.example.com' });
  expect(names.nameOf(endpoint('93.184.216.34'))).toBe(after);
  expect(names.nameOf(endpoint('127.0.0.1'))).toMatchObject({ name: '127.0.0.1', kind: 'address' });
});

test('a task that the recording names is the workload, and keeps its domain', () => {
  const names = new RecordedNames();
  names.learn('db.test', '10.0.0.9', 60, 1_000);
  expect(names.nameOf(endpoint('10.0.0.9', 'nginx'))).toMatchObject({
    name: 'nginx',
    kind: 'workload',
    workload: 'nginx',
    process: 'nginx',
    domain: 'db.test',
  });
  expect(names.nameOf(endpoint('10.0.0.9'))).toMatchObject({ name: 'db.test', kind: 'domain' });
});
