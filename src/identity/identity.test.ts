import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeHost, type FakeProcess } from './fake-host.ts';
import { Identity, type IdentityOptions, type Nameable } from './identity.ts';

const id = '4f797c539e6c745de61a93ca3ff892358ecbcaccd8414d5db545c38428142970';
const uid = '74c13223-5a00-11e9-b385-42010a80018d';

let host: FakeHost;
let identity: Identity;
let now: number;

function open(options: IdentityOptions = {}): Identity {
  return new Identity({
    procRoot: host.procRoot,
    hostRoot: host.root,
    hostname: 'node1',
    cgroupMount: join(host.root, 'sys/fs/cgroup'),
    now: () => now,
    ...options,
  });
}

beforeEach(() => {
  now = 1_700_000_000_000;
  host = new FakeHost();
  identity = open();
});

afterEach(() => {
  identity.close();
  host[Symbol.dispose]();
});

const at = (more: Partial<Nameable> = {}): Nameable => ({ ip: '10.0.0.1', pid: 0, netns: 0, cgroup: 0, ...more });

describe('processes of a fake /proc', () => {
  test('are read with all that is known of them', () => {
    host.start({
      pid: 7,
      argv: ['nginx: worker process'],
      parentPid: 6,
      startTicks: 12_345,
      cgroup: '0::/system.slice/nginx.service\n',
    });
    expect(identity.process(7)).toMatchObject({
      pid: 7,
      parentPid: 6,
      name: 'nginx',
      comm: 'nginx',
      executable: '/usr/sbin/nginx',
      commandLine: 'nginx: worker process',
      uid: 33,
      user: 'www-data',
      netns: 4026531840,
      unit: 'nginx.service',
      program: 'nginx',
      kernelThread: false,
      workload: { kind: 'workload', name: 'nginx', namespace: '' },
    });
    // Booted 1000 s ago, started 123.45 s after that.
    expect(identity.process(7)?.startTime).toBe(BigInt(now - 1_000_000 + 123_450) * 1_000_000n);
  });

  test('are not read again: a hit needs no file', () => {
    host.start({ pid: 7 });
    const first = identity.process(7);
    host.exit(7);
    expect(first?.program).toBe('nginx');
    expect(identity.process(7)).toBe(first);
    expect(identity.nameOf(at({ pid: 7 }))).toBe(identity.nameOf(at({ pid: 7 })));
    expect(identity.counters().get('identity_process_read')).toBe(1);
  });

  test('with a pid that was used again are told from their predecessors by their start', () => {
    host.start({ pid: 7, startTicks: 500 });
    expect(identity.process(7)?.program).toBe('nginx');
    host.start({ pid: 7, startTicks: 900, comm: 'curl', argv: ['curl'], executable: '/usr/bin/curl' });
    now += 10_001;
    expect(identity.process(7)?.program).toBe('curl');
  });

  test('with a pid that was used again by the same program are told apart too', () => {
    host.start({ pid: 7, startTicks: 500 });
    const first = identity.process(7);
    host.start({ pid: 7, startTicks: 900 });
    now += 10_001;
    expect(identity.process(7)?.startTime).not.toBe(first?.startTime);
  });

  test('stay the same object while they live', () => {
    host.start({ pid: 7 });
    const first = identity.process(7);
    now += 60_000;
    expect(identity.process(7)).toBe(first);
  });

  test('are read anew at once when they execute another program', () => {
    host.start({ pid: 7, comm: 'bash', argv: ['bash'], executable: '/bin/bash' });
    expect(identity.process(7)?.program).toBe('bash');
    host.start({ pid: 7, comm: 'curl', argv: ['curl'], executable: '/usr/bin/curl' });
    identity.onExec(7);
    expect(identity.process(7)?.program).toBe('curl');
  });

  test('that are executed too fast to be read are not named after what their pid was before', () => {
    host.start({ pid: 7, comm: 'bash', argv: ['bash'], executable: '/bin/bash' });
    identity.process(7);
    host.exit(7);
    identity.onExec(7);
    expect(identity.process(7)).toBeUndefined();
  });

  test('that have ended are remembered for late records', () => {
    host.start({ pid: 7 });
    identity.onExec(7);
    host.exit(7);
    identity.onExit(7);
    now += 120_000;
    expect(identity.process(7)?.program).toBe('nginx');
    expect(identity.name(at({ pid: 7 })).name).toBe('nginx');
  });

  test('that have ended give way to the next one with their pid', () => {
    host.start({ pid: 7, startTicks: 500 });
    identity.process(7);
    identity.onExit(7);
    host.start({ pid: 7, startTicks: 900, comm: 'curl', argv: ['curl'], executable: '/usr/bin/curl' });
    now += 1001;
    expect(identity.process(7)?.program).toBe('curl');
  });

  test('that were never there are not looked for with each question', () => {
    expect(identity.process(7)).toBeUndefined();
    host.start({ pid: 7 });
    expect(identity.process(7)).toBeUndefined();
    now += 1001;
    expect(identity.process(7)?.program).toBe('nginx');
  });

  test('with hostile names cannot forge fields, lines or terminal sequences', () => {
    const comm = 'x) R 1 \n(\x1b[2J';
    const argv = ['\u202egnp.exe\x1b[31m', 'a\nb', 'y'.repeat(10_240)];
    host.start({ pid: 7, comm, argv, executable: '/tmp/\u2066evil\n', parentPid: 5, startTicks: 777 });
    const process = identity.process(7);
    expect(process?.parentPid).toBe(5);
    expect(process?.commandLine.length).toBe(4096);
    for (const text of [process?.comm, process?.name, process?.commandLine, process?.executable, process?.program]) {
      expect(text).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
    }
  });

  test('with empty files still have a name', () => {
    host.start({ pid: 7, comm: '', argv: [], executable: '' });
    expect(identity.process(7)?.program).toBe('pid 7');
  });

  test('of the kernel are named without number and work', () => {
    host.start({ pid: 7, comm: 'kworker/u8:2-xprtiod', argv: [], kernelThread: true });
    expect(identity.process(7)).toMatchObject({ kernelThread: true, executable: '', program: 'kworker' });
  });
});

describe('containers of a fake host', () => {
  const k8sPath = `/kubepods.slice/kubepods-pod${uid.replaceAll('-', '_')}.slice/cri-containerd-${id}.scope`;
  const started = (cgroup: string, more: Partial<FakeProcess> = {}) => {
    host.start({ pid: 7, cgroup, ...more });
    return identity.process(7);
  };

  test('docker: by name, image and compose labels, with cgroup v1, v2 and hybrid', () => {
    host.file(
      `var/lib/docker/containers/${id}/config.v2.json`,
      JSON.stringify({
        Name: '/shop-web-1',
        Config: {
          Image: 'team/web:2',
          Labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' },
        },
      }),
    );
    const files = [
      `0::/system.slice/docker-${id}.scope\n`,
      `11:memory:/docker/${id}\n1:name=systemd:/docker/${id}\n`,
      `11:memory:/docker/${id}\n0::/system.slice/containerd.service\n`,
    ];
    for (const [i, cgroup] of files.entries()) {
      const process = started(cgroup, { startTicks: 1000 + i });
      expect(process?.container).toMatchObject({ id, runtime: 'docker', name: 'shop-web-1', image: 'team/web:2' });
      expect(process?.workload).toMatchObject({ name: 'web', namespace: 'shop' });
      now += 10_001;
    }
  });

  test('containerd in Kubernetes: by the annotations of its bundle', () => {
    host.file(
      `run/containerd/io.containerd.runtime.v2.task/k8s.io/${id}/config.json`,
      JSON.stringify({
        annotations: {
          'io.kubernetes.cri.container-name': 'app',
          'io.kubernetes.cri.sandbox-name': 'shop-6c9f8d7b5-x2x7k',
          'io.kubernetes.cri.sandbox-namespace': 'prod',
          'io.kubernetes.cri.image-name': 'registry/shop:1',
        },
      }),
    );
    const process = started(`0::${k8sPath}\n`);
    expect(process?.container).toMatchObject({
      runtime: 'containerd',
      name: 'app',
      image: 'registry/shop:1',
      pod: { uid, name: 'shop-6c9f8d7b5-x2x7k', namespace: 'prod' },
    });
    expect(process?.workload).toMatchObject({ name: 'shop', namespace: 'prod' });
    expect(identity.nameOf(at({ pid: 7 }))).toMatchObject({ name: 'shop', container: 'app', namespace: 'prod' });
  });

  test('a runtime that the path does not tell is found by its records', () => {
    host.file(
      `run/containers/storage/overlay-containers/${id}/userdata/config.json`,
      JSON.stringify({
        annotations: {
          'io.kubernetes.container.name': 'app',
          'io.kubernetes.pod.name': 'db-0',
          'io.kubernetes.pod.namespace': 'prod',
          'io.kubernetes.cri-o.ImageName': 'postgres:16',
        },
      }),
    );
    const process = started(`0::/kubepods/burstable/pod${uid}/${id}\n`);
    expect(process?.container).toMatchObject({ runtime: 'cri-o', name: 'app', image: 'postgres:16' });
    expect(process?.workload).toMatchObject({ name: 'db', namespace: 'prod' });
  });

  test('podman: by the list of its storage, for containers that vanish at exit too', () => {
    host.file(
      'var/lib/containers/storage/overlay-containers/volatile-containers.json',
      JSON.stringify([{ id, names: ['frontend'], metadata: '{"image-name":"docker.io/library/nginx:1"}' }]),
    );
    const process = started(`0::/machine.slice/libpod-${id}.scope/container\n`);
    expect(process?.container).toMatchObject({
      runtime: 'podman',
      name: 'frontend',
      image: 'docker.io/library/nginx:1',
    });
    expect(process?.workload.name).toBe('frontend');
  });

  test('a pod is known by the log directories of the kubelet where the runtime keeps no records', () => {
    host.file(`var/log/pods/prod_shop-6c9f8d7b5-x2x7k_${uid}/app/0.log`, '');
    expect(started(`0::${k8sPath}\n`)?.workload).toMatchObject({ name: 'shop', namespace: 'prod' });
  });

  test('without any record the program names the workload, which a record that comes later corrects', () => {
    const process = started(`0::/system.slice/docker-${id}.scope\n`);
    expect(process?.container).toMatchObject({ id, runtime: 'docker', name: '' });
    expect(process?.workload.name).toBe('nginx');
    expect(identity.nameOf(at({ pid: 7 })).container).toBe(id.slice(0, 12));
    host.file(`var/lib/docker/containers/${id}/config.v2.json`, JSON.stringify({ Name: '/shop' }));
    now += 10_001;
    expect(identity.process(7)?.workload.name).toBe('shop');
  });

  test('broken, foreign and endless records are as good as none', () => {
    for (const record of ['', '{"Name":', '[]', '{"Name":7}', 'x'.repeat(3 << 20)]) {
      host.file(`var/lib/docker/containers/${id}/config.v2.json`, record);
      now += 60_000;
      expect(started(`0::/system.slice/docker-${id}.scope\n`)?.workload.name).toBe('nginx');
    }
  });

  test('a socket whose process is gone is named by its cgroup', () => {
    host.file(`var/lib/docker/containers/${id}/config.v2.json`, JSON.stringify({ Name: '/shop' }));
    const path = `sys/fs/cgroup/system.slice/docker-${id}.scope`;
    host.file(`${path}/cgroup.procs`, '');
    const cgroup = statSync(join(host.root, path)).ino;
    const ref = identity.name(at({ cgroup }));
    expect(ref).toMatchObject({ kind: 'workload', name: 'shop' });
    expect(identity.name(at({ cgroup, pid: 99 }))).toBe(ref);
    expect(identity.nameOf(at({ cgroup })).containerId).toBe(id);
  });

  test('a socket of nobody in the network of a container belongs to the container', () => {
    host.file(`var/lib/docker/containers/${id}/config.v2.json`, JSON.stringify({ Name: '/shop' }));
    started(`0::/system.slice/docker-${id}.scope\n`, { netns: 4026532999 });
    identity.name(at({ pid: 7, netns: 4026532999 }));
    expect(identity.name(at({ local: true, netns: 4026532999 })).name).toBe('shop');
  });
});

describe('addresses', () => {
  test('that one workload had for itself keep its name after it has ended, and before their DNS names', () => {
    host.start({ pid: 7, netns: 4026532001 });
    identity.learn('web.internal', '10.0.0.7', 60);
    identity.nameOf(at({ pid: 7, ip: '10.0.0.7', netns: 4026532001 }));
    host.exit(7);
    expect(identity.nameOf(at({ ip: '10.0.0.7' }))).toMatchObject({
      kind: 'workload',
      name: 'nginx',
      domain: 'web.internal',
    });
    expect(identity.nameOf(at({ ip: '10.0.0.7', netns: 4026532001, local: true })).name).toBe('nginx');
  });

  test('that programs of the host have in its own network belong to none of them', () => {
    identity.close();
    host.start({ pid: 1 });
    identity = open();
    identity.close();
    host.start({ pid: 1 });
    identity = open();
    host.start({ pid: 7 });
    identity.nameOf(at({ pid: 7, ip: '10.0.0.7', netns: 4026531840 }));
    expect(identity.name(at({ ip: '10.0.0.7' })).kind).toBe('address');
  });

  test('are called by the name that DNS gave for them', () => {
    expect(identity.name(at({ ip: '93.184.215.14' }))).toMatchObject({ kind: 'address', name: '93.184.215.14' });
    identity.learn('Example.COM.', '93.184.215.14', 60);
    expect(identity.name(at({ ip: '93.184.215.14' }))).toMatchObject({ kind: 'domain', name: 'example.com' });
    expect(identity.nameOf(at({ ip: '93.184.215.14' }))).toMatchObject({
      domain: 'example.com',
      addressClass: 'public',
    });
  });

  test('keep the object of their name when the same answer comes again', () => {
    identity.learn('example.com', '93.184.215.14', 60);
    const first = identity.nameOf(at({ ip: '93.184.215.14' }));
    identity.learn('example.com', '93.184.215.14', 60);
    identity.learn('other.example', '93.184.215.15', 60);
    expect(identity.nameOf(at({ ip: '93.184.215.14' }))).toBe(first);
  });

  test('lose a name an hour after its time to live', () => {
    identity.learn('example.com', '93.184.215.14', 60);
    now += 3_600_000;
    expect(identity.name(at({ ip: '93.184.215.14' })).kind).toBe('domain');
    now += 61_000;
    expect(identity.name(at({ ip: '93.184.215.14' })).kind).toBe('address');
  });

  test('may have other names in other network namespaces', () => {
    identity.learn('db.blue', '10.96.0.10', 60, now, 1);
    identity.learn('db.green', '10.96.0.10', 60, now, 2);
    expect(identity.name(at({ ip: '10.96.0.10', netns: 1 })).name).toBe('db.blue');
    expect(identity.name(at({ ip: '10.96.0.10', netns: 2 })).name).toBe('db.green');
    expect(identity.name(at({ ip: '10.96.0.10', netns: 3 })).name).toBe('db.green');
  });

  test.each([
    ['1.0.0.127.in-addr.arpa', '93.184.215.14'],
    ['a b', '93.184.215.14'],
    ['x\u202e.com', '93.184.215.14'],
    ['93.184.215.14', '93.184.215.14'],
    ['', '93.184.215.14'],
    ['ads.example', '0.0.0.0'],
    ['ads.example', '127.0.0.1'],
  ])('do not take %j from an answer that says %s', (name, ip) => {
    identity.learn(name, ip, 60);
    expect(identity.name(at({ ip })).kind).not.toBe('domain');
  });

  test('are called by the hosts file where DNS has nothing, and follow its changes', async () => {
    identity.close();
    host.file('etc/hosts', '10.0.0.5 db.internal db # primary\n');
    identity = open();
    expect(identity.name(at({ ip: '10.0.0.5' }))).toMatchObject({ kind: 'domain', name: 'db.internal' });
    host.file('etc/hosts', '10.0.0.5 database.internal\n');
    await vi.waitFor(() => expect(identity.name(at({ ip: '10.0.0.5' })).name).toBe('database.internal'), 10_000);
  }, 15_000);

  test('of this host are this host', () => {
    expect(identity.name(at({ ip: '127.0.0.1' }))).toMatchObject({ kind: 'host', name: 'node1' });
    expect(identity.name(at({ local: true }))).toMatchObject({ kind: 'host', name: 'node1' });
  });

  test('of processes that ended unseen are called by what the kernel still knew', () => {
    expect(identity.name(at({ pid: 99, comm: 'curl' }))).toMatchObject({ kind: 'workload', name: 'curl' });
    expect(identity.name(at({ pid: 98, comm: 'python3' })).name).toBe('python');
    expect(identity.name(at({ pid: 97 }))).toMatchObject({ kind: 'process', name: 'pid 97' });
    expect(identity.counters().get('identity_process_gone')).toBe(3);
  });
});

describe('ids of entities', () => {
  test('are the first half of a SHA-256 over cluster, kind, namespace and name', () => {
    host.start({ pid: 7 });
    // printf '\0workload\0\0nginx' | sha256sum | cut -c1-16
    expect(identity.name(at({ pid: 7 })).id).toBe('d63d27d6ddcf2511');
  });

  test('are the same for each process of a workload and differ between clusters', () => {
    host.start({ pid: 7 });
    host.start({ pid: 8, startTicks: 600 });
    expect(identity.name(at({ pid: 7 }))).toBe(identity.name(at({ pid: 8 })));
    using elsewhere = open({ cluster: 'east' });
    expect(elsewhere.name(at({ pid: 7 })).id).not.toBe(identity.name(at({ pid: 7 })).id);
  });
});

test('network namespaces have the names that ip netns gave them', () => {
  host.link('run/netns/blue', '/proc/self/ns/net');
  const inode = statSync('/proc/self/ns/net').ino;
  expect(identity.netnsName(inode)).toBe('blue');
  expect(identity.netnsName(1)).toBeUndefined();
  expect(identity.name(at({ ip: '127.0.0.1', netns: inode }))).toMatchObject({ kind: 'host', namespace: 'blue' });
});
