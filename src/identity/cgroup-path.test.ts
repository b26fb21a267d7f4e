import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCgroupFile, readCgroupPath } from './cgroup-path.ts';

const id = '4f797c539e6c745de61a93ca3ff892358ecbcaccd8414d5db545c38428142970';
const other = 'aa797c539e6c745de61a93ca3ff892358ecbcaccd8414d5db545c384281429bb';
const uid = '74c13223-5a00-11e9-b385-42010a80018d';
const uidSlice = uid.replaceAll('-', '_');

describe('readCgroupPath', () => {
  test.each([
    ['docker, cgroupfs', `/docker/${id}`, 'docker', id, '', ''],
    ['docker, systemd', `/system.slice/docker-${id}.scope`, 'docker', id, '', ''],
    [
      'docker, rootless',
      `/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${id}.scope`,
      'docker',
      id,
      '',
      '',
    ],
    ['docker in docker', `/docker/${other}/docker/${id}`, 'docker', id, '', ''],
    ['docker on ECS', `/ecs/0123456789abcdef0123456789abcdef/${id}`, 'docker', id, '', ''],
    ['containerd, k8s.io namespace', `/k8s.io/${id}`, 'containerd', id, '', ''],
    ['nerdctl, systemd', `/system.slice/nerdctl-${id}.scope`, 'containerd', id, '', ''],
    ['podman', `/machine.slice/libpod-${id}.scope`, 'podman', id, '', ''],
    ['podman with crun', `/machine.slice/libpod-${id}.scope/container`, 'podman', id, '', ''],
    ['podman, cgroupfs', `/libpod_parent/libpod-${id}`, 'podman', id, '', ''],
    [
      'podman, rootless',
      `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${id}.scope/container`,
      'podman',
      id,
      '',
      '',
    ],
    ['podman in a pod', `/machine.slice/machine-libpod_pod_${other}.slice/libpod-${id}.scope`, 'podman', id, '', ''],
    ['podman started by a unit', `/system.slice/web.service/libpod-payload-${id}`, 'podman', id, '', 'web.service'],
    ['kubernetes, cgroupfs', `/kubepods/burstable/pod${uid}/${id}`, '', id, uid, ''],
    ['kubernetes, guaranteed', `/kubepods/pod${uid}/${id}`, '', id, uid, ''],
    [
      'kubernetes, containerd, systemd',
      `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${uidSlice}.slice/cri-containerd-${id}.scope`,
      'containerd',
      id,
      uid,
      '',
    ],
    [
      'kubernetes, CRI-O, systemd',
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${uidSlice}.slice/crio-${id}.scope`,
      'cri-o',
      id,
      uid,
      '',
    ],
    [
      'kubernetes, CRI-O with crun',
      `/kubepods.slice/kubepods-pod${uidSlice}.slice/crio-${id}.scope/container`,
      'cri-o',
      id,
      uid,
      '',
    ],
    ['kubernetes, CRI-O, cgroupfs', `/kubepods/besteffort/pod${uid}/crio-${id}`, 'cri-o', id, uid, ''],
    [
      'kubernetes, docker, systemd',
      `/kubepods.slice/kubepods-pod${uidSlice}.slice/docker-${id}.scope`,
      'docker',
      id,
      uid,
      '',
    ],
    [
      'kubernetes, systemd path with a cgroupfs runtime',
      `/system.slice/containerd.service/kubepods-besteffort-pod${uidSlice}.slice:cri-containerd:${id}`,
      'containerd',
      id,
      uid,
      '',
    ],
    [
      'kubernetes in docker (kind)',
      `/docker/${other}/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${uidSlice}.slice/cri-containerd-${id}.scope`,
      'containerd',
      id,
      uid,
      '',
    ],
    [
      'a static pod',
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0123456789abcdef0123456789abcdef.slice/cri-containerd-${id}.scope`,
      'containerd',
      id,
      '0123456789abcdef0123456789abcdef',
      '',
    ],
    ['seen from another cgroup namespace', `/../../pod${uid}/${id}`, '', id, uid, ''],
    ['lxc', '/lxc.payload.web/system.slice/nginx.service', 'lxc', 'web', '', 'nginx.service'],
    ['lxc 3', '/lxc/web', 'lxc', 'web', '', ''],
    [
      'systemd-nspawn',
      '/machine.slice/systemd-nspawn@web.service/payload/system.slice/nginx.service',
      'systemd-nspawn',
      'web',
      '',
      'nginx.service',
    ],
    ['a virtual machine', '/machine.slice/machine-qemu\\x2d1\\x2dweb.scope', '', '', '', 'machine-qemu-1-web.scope'],
    ['a service', '/system.slice/nginx.service', '', '', '', 'nginx.service'],
    [
      'a template instance',
      '/system.slice/system-postgresql.slice/postgresql@15-main.service',
      '',
      '',
      '',
      'postgresql@15-main.service',
    ],
    ['a delegated service', '/system.slice/web.service/workers/1', '', '', '', 'web.service'],
    ['a session', '/user.slice/user-1000.slice/session-3.scope', '', '', '', 'session-3.scope'],
    [
      "a user's service",
      '/user.slice/user-1000.slice/user@1000.service/app.slice/sync.service',
      '',
      '',
      '',
      'sync.service',
    ],
    ['the docker daemon itself', '/system.slice/docker.service', '', '', '', 'docker.service'],
    ["podman's monitor", `/machine.slice/libpod-conmon-${id}.scope`, '', '', '', ''],
    ["CRI-O's monitor", `/system.slice/crio-conmon-${id}.scope`, '', '', '', ''],
    ['the root', '/', '', '', '', ''],
    ['something else', '/process_api/a3630375e8e3577b3503555080390b94', '', '', '', ''],
  ])('%s', (_, path, runtime, containerId, podUid, unit) => {
    expect(readCgroupPath(path)).toMatchObject({ runtime, containerId, podUid, unit });
  });

  test('knows whose containers rootless ones are', () => {
    expect(
      readCgroupPath(`/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${id}.scope`).sessionUid,
    ).toBe(1000);
  });

  test('never throws, whatever the path', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '..',
        'docker',
        `docker-${id}.scope`,
        id,
        `pod${uid}`,
        'lxc',
        'a.service',
        'lxc.payload.x',
        ':cri-containerd:',
      ),
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        expect(typeof readCgroupPath(`/${parts.join('/')}`).unit).toBe('string');
      }),
    );
  });
});

describe('readCgroupFile', () => {
  test('reads the one line of cgroup v2', () => {
    expect(readCgroupFile(`0::/system.slice/docker-${id}.scope\n`).containerId).toBe(id);
  });

  test('reads the many lines of cgroup v1', () => {
    const lines = ['12:pids', '11:memory', '10:cpu,cpuacct', '1:name=systemd'].map((l) => `${l}:/docker/${id}`);
    expect(readCgroupFile(lines.join('\n'))).toMatchObject({ runtime: 'docker', containerId: id });
  });

  test('in a hybrid set-up takes the hierarchy that knows the container, not the one that knows its daemon', () => {
    const text = `11:memory:/docker/${id}\n1:name=systemd:/docker/${id}\n0::/system.slice/containerd.service\n`;
    expect(readCgroupFile(text)).toMatchObject({ runtime: 'docker', containerId: id, unit: '' });
  });

  test("in a hybrid set-up takes the unit from systemd's own hierarchy where v2 has none", () => {
    const text =
      '11:memory:/user.slice\n4:devices:/system.slice/cron.service\n1:name=systemd:/system.slice/nginx.service\n0::/\n';
    expect(readCgroupFile(text).unit).toBe('nginx.service');
  });

  test('knows a unit whose cgroup has been removed', () => {
    expect(readCgroupFile('0::/system.slice/nginx.service (deleted)\n').unit).toBe('nginx.service');
  });

  test('gives nothing for nothing', () => {
    expect(readCgroupFile('')).toMatchObject({ containerId: '', podUid: '', unit: '' });
  });
});
