/**
 * What the path of a control group says: which container, which pod, which systemd unit. Container runtimes and systemd
 * write these names; the forms are those of docker, containerd (CRI, nerdctl), CRI-O, podman, lxc, systemd-nspawn, with
 * both drivers (cgroupfs, systemd), rootless too, and nested in one another: then the innermost container counts.
 */
import type { ContainerRuntime } from '../model/entity.ts';

/** What one cgroup path tells. */
export interface CgroupFacts {
  readonly path: string;
  /** Full id (64 hex digits) or a machine's name; '' where the process is in no container. */
  readonly containerId: string;
  readonly runtime: ContainerRuntime;
  /** Kubernetes pod uid with dashes (32 hex digits for static pods), '' outside of pods. */
  readonly podUid: string;
  /** Innermost systemd unit that is a service or scope and not a container's own scope, '' where there is none. */
  readonly unit: string;
  /** uid of the user whose systemd instance the path lies below, -1 for the system's. */
  readonly sessionUid: number;
}

const hexId = '[0-9a-f]{64}';
/** `docker-<id>.scope`, `cri-containerd-<id>.scope`, `crio-<id>`, `libpod-payload-<id>`, `<slice>:cri-containerd:<id>` */
const prefixedId = new RegExp(
  `^(?:.*:)?(docker|cri-containerd|containerd|nerdctl|crio|libpod(?:-payload)?|cri-dockerd)[-:](${hexId})(?:\\.scope)?$`,
);
const bareId = new RegExp(`^(${hexId})$`);
/** `<task>-<digits>` is how Fargate names the container below `/ecs/<task>`. */
const ecsId = /^([0-9a-f]{32}-\d{6,})$/;
const podUid = /(?:^|-|:)pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice|$|:)/;
const lxcName = /^lxc\.payload\.(.+)$/;
const nspawnService = /^systemd-nspawn@(.+)\.service$/;
const machineScope = /^machine-(.+)\.scope$/;
/** Monitors of containers live beside them, on the host's side. */
const monitor = /^(?:libpod|crio)-conmon-/;
const containerDaemons = new Set(['containerd.service', 'docker.service', 'crio.service', 'kubelet.service']);

const runtimes: Readonly<Record<string, ContainerRuntime>> = {
  docker: 'docker',
  'cri-dockerd': 'docker',
  'cri-containerd': 'containerd',
  containerd: 'containerd',
  nerdctl: 'containerd',
  crio: 'cri-o',
  libpod: 'podman',
  'libpod-payload': 'podman',
};

/** Reads one cgroup path, as it stands in the third field of a line in /proc/PID/cgroup. */
export function readCgroupPath(path: string): CgroupFacts {
  let containerId = '';
  let runtime: ContainerRuntime = '';
  let pod = '';
  let unit = '';
  let sessionUid = -1;
  const segments = path.split('/');
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i];
    if (segment === '' || segment === '..') continue;
    const inPod = podUid.exec(segment);
    if (inPod !== null) pod = inPod[1].replaceAll('_', '-');
    const found = containerAt(segments, i);
    if (found !== undefined) {
      containerId = found.id;
      runtime = found.runtime;
      // What follows is the container's own tree; what systemd outside started it remains known only for podman, which
      // a unit runs as its payload. Others are started by a daemon, whose unit says nothing.
      if (runtime !== 'podman' || unit.startsWith('user@')) unit = '';
      continue;
    }
    if (monitor.test(segment)) return { path, containerId: '', runtime: '', podUid: pod, unit: '', sessionUid };
    const user = /^user@(\d+)\.service$/.exec(segment);
    if (user !== null) sessionUid = Number(user[1]);
    if (segment.endsWith('.service') || segment.endsWith('.scope')) unit = unescapeUnit(segment);
  }
  if (pod !== '' && containerDaemons.has(unit)) unit = '';
  return { path, containerId, runtime, podUid: pod, unit, sessionUid };
}

function containerAt(segments: readonly string[], i: number): { id: string; runtime: ContainerRuntime } | undefined {
  const segment = segments[i];
  const prefixed = prefixedId.exec(segment);
  if (prefixed !== null) return { id: prefixed[2], runtime: runtimes[prefixed[1]] };
  const bare = bareId.exec(segment);
  if (bare !== null) return { id: bare[1], runtime: runtimeOfParents(segments, i) };
  if (ecsId.test(segment) && segments[i - 2] === 'ecs') return { id: segment, runtime: 'containerd' };
  const lxc = lxcName.exec(segment);
  if (lxc !== null) return { id: lxc[1], runtime: 'lxc' };
  if (i > 0 && (segments[i - 1] === 'lxc' || segments[i - 1] === 'lxc.payload')) return { id: segment, runtime: 'lxc' };
  const nspawn = nspawnService.exec(segment);
  if (nspawn !== null) return { id: unescapeUnit(nspawn[1]), runtime: 'systemd-nspawn' };
  const machine = machineScope.exec(segment);
  // Virtual machines (machine-qemu...) register themselves in the same place, and are processes of the host.
  if (machine !== null && segments[i - 1] === 'machine.slice' && !machine[1].startsWith('qemu')) {
    return { id: unescapeUnit(machine[1]), runtime: 'systemd-nspawn' };
  }
  return undefined;
}

function runtimeOfParents(segments: readonly string[], i: number): ContainerRuntime {
  for (let k = i - 1; k >= 0; k--) {
    const parent = segments[k];
    if (podUid.test(parent)) return ''; // written by the kubelet for whichever runtime it has
    if (parent === 'docker' || parent === 'ecs' || parent === 'actions_job') return 'docker';
    if (parent === 'libpod_parent' || parent === 'libpod') return 'podman';
    if (parent === 'k8s.io' || parent === 'default' || parent === 'moby' || parent === 'containerd') {
      return parent === 'moby' ? 'docker' : 'containerd';
    }
  }
  return '';
}

/** systemd writes characters that a unit name cannot hold as `\xHH`. */
function unescapeUnit(name: string): string {
  return name.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/**
 * Reads /proc/PID/cgroup: one line (`0::/path`) with cgroup v2; one a hierarchy (`4:memory:/path`) with v1; both kinds in
 * hybrid set-ups, where v1 hierarchies know the container and the v2 one may know only the daemon, or the reverse.
 */
export function readCgroupFile(text: string): CgroupFacts {
  const paths = new Map<string, number>();
  for (const line of text.split('\n')) {
    const first = line.indexOf(':');
    const second = line.indexOf(':', first + 1);
    if (first < 0 || second < 0) continue;
    const controllers = line.slice(first + 1, second);
    // Order of trust: v2, systemd's own hierarchy, those that every runtime sets, the rest.
    const rank =
      controllers === '' ? 0 : controllers === 'name=systemd' ? 1 : /memory|pids|cpu|devices/.test(controllers) ? 2 : 3;
    const path = line.slice(second + 1).replace(/ \(deleted\)$/, '');
    const known = paths.get(path);
    if (known === undefined || rank < known) paths.set(path, rank);
  }
  let best: CgroupFacts | undefined;
  let bestScore = Number.POSITIVE_INFINITY;
  for (const [path, rank] of paths) {
    const facts = readCgroupPath(path);
    const depth = facts.containerId !== '' ? 0 : facts.podUid !== '' ? 1 : facts.unit !== '' ? 2 : path === '/' ? 4 : 3;
    const score = depth * 10 + rank;
    if (score < bestScore) {
      best = facts;
      bestScore = score;
    }
  }
  return best ?? readCgroupPath('');
}
