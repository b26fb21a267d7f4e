import { describe, expect, test } from 'vitest';
import type { Container } from '../model/entity.ts';
import { isInvented, nameOfImage, withoutReplica, workloadOfPod, workloadOfUnit } from './stable-name.ts';
import { workloadName } from './workload.ts';

describe('workloadOfPod', () => {
  test.each([
    ['shop-6c9f8d7b5-x2x7k', 'shop'],
    ['shop-api-6c9f8d7b59-x2x7k', 'shop-api'],
    ['node-agent-x2x7k', 'node-agent'],
    ['db-0', 'db'],
    ['db-12', 'db'],
    ['report-28412345-x2x7k', 'report'],
    ['kube-apiserver-node1', 'kube-apiserver'],
    ['my-nginx', 'my-nginx'],
    ['shop', 'shop'],
    ['x2x7k', 'x2x7k'],
  ])('%s belongs to %s', (pod, workload) => {
    expect(workloadOfPod(pod, 'node1')).toBe(workload);
  });
});

describe('workloadOfUnit', () => {
  test.each([
    ['nginx.service', 'nginx'],
    ['postgresql@15-main.service', 'postgresql@15-main'],
    ['sshd@3-10.0.0.1:22-10.0.0.2:51234.service', 'sshd'],
    ['snap.lxd.daemon.service', 'lxd.daemon'],
    ['init.scope', 'systemd'],
    ['session-3.scope', ''],
    ['user@1000.service', ''],
    ['run-rd3b07384d113edec49eaa6238ad5ff00.service', ''],
    ['run-u12.service', ''],
    ['run-p1234-i5678.service', ''],
    ['', ''],
  ])('%s is called %j', (unit, workload) => {
    expect(workloadOfUnit(unit)).toBe(workload);
  });
});

test('names of replicas lose what the next start changes', () => {
  expect(withoutReplica('shop-web-1')).toBe('shop-web');
  expect(withoutReplica('shop_web_12')).toBe('shop_web');
  expect(withoutReplica('web.1.k2j5h3g4f5d6s7a8p9o0i1u2y')).toBe('web');
  expect(withoutReplica('web-74c13223-5a00-11e9-b385-42010a80018d')).toBe('web');
  expect(withoutReplica('redis-6379')).toBe('redis-6379');
  expect(withoutReplica('shop-3f9ac21')).toBe('shop');
  expect(withoutReplica('deadbeef')).toBe('deadbeef');
});

test('knows invented names from given ones', () => {
  expect(isInvented('quirky_einstein')).toBe(true);
  expect(isInvented('my_app')).toBe(false);
  expect(isInvented('busy-box')).toBe(false);
});

test('an image is called after its repository', () => {
  expect(nameOfImage('registry:5000/team/shop:1.2@sha256:abc')).toBe('shop');
  expect(nameOfImage('nginx')).toBe('nginx');
  expect(nameOfImage('sha256:4f797c539e6c745de61a93ca3ff892358ecbcaccd8414d5db545c38428142970')).toBe('');
});

describe('workloadName', () => {
  const container: Container = {
    id: 'x',
    runtime: 'docker',
    name: '',
    image: '',
    pod: undefined,
    project: '',
    service: '',
  };
  const name = (more: Partial<Container>, unit = '', program = 'nginx') =>
    workloadName({ ...container, ...more }, unit, program, 'node1');

  test('prefers the pod, then the compose service, then the container, then the unit, then the program', () => {
    const pod = { uid: 'u', name: 'shop-6c9f8d7b5-x2x7k', namespace: 'prod' };
    expect(name({ pod, name: 'app' })).toEqual({ name: 'shop', namespace: 'prod' });
    expect(name({ name: 'shop-web-1', project: 'shop', service: 'web' })).toEqual({ name: 'web', namespace: 'shop' });
    expect(name({ name: 'shop_web.1.x', project: 'shop', service: 'shop_web' })).toEqual({
      name: 'web',
      namespace: 'shop',
    });
    expect(name({ name: 'frontend' })).toEqual({ name: 'frontend', namespace: '' });
    expect(name({}, 'web.service')).toEqual({ name: 'web', namespace: '' });
    expect(name({})).toEqual({ name: 'nginx', namespace: '' });
  });

  test('a container with an invented name is called after its image', () => {
    expect(name({ name: 'quirky_einstein', image: 'team/shop:2' })?.name).toBe('shop');
  });

  test('in a system container its name is the namespace of its units', () => {
    expect(name({ runtime: 'lxc', name: 'web' }, 'nginx.service')).toEqual({ name: 'nginx', namespace: 'web' });
  });

  test('a session is no workload, the program in it is', () => {
    expect(workloadName(undefined, 'session-3.scope', 'curl', '')?.name).toBe('curl');
  });

  test('gives nothing where there is nothing to go by', () => {
    expect(workloadName(undefined, '', '', '')).toBeUndefined();
    expect(name({}, '', '')).toBeUndefined();
  });
});
