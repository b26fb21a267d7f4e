/**
 * What container runtimes keep on disk about their containers: names, images, labels, pods. Read from files rather than
 * asked through sockets, since that needs no client, cannot block and also works for containers that have just ended.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { printable } from '../base/printable.ts';
import type { Container, ContainerRuntime, Pod } from '../model/entity.ts';
import type { CgroupFacts } from './cgroup-path.ts';
import { changedAt, readRecord } from './proc-file.ts';

const recordLimit = 2 << 20;
const listLimit = 16 << 20;
/** A container whose record was not there is looked for again: its process may have started before it was written. */
const retryAfter = 5000;

const labels = z.record(z.string(), z.string());
const dockerRecord = z.object({
  Name: z.string().default(''),
  Config: z.object({ Image: z.string().default(''), Labels: labels.nullish() }).nullish(),
});
const bundleRecord = z.object({ annotations: labels.nullish() });
const storageRecord = z.array(
  z.object({ id: z.string(), names: z.array(z.string()).nullish(), metadata: z.string().nullish() }),
);
const storageMetadata = z.object({
  'image-name': z.string().nullish(),
  'pod-name': z.string().nullish(),
  'container-name': z.string().nullish(),
});

/** The part of {@link Container} that records know. */
interface Described {
  readonly runtime: ContainerRuntime;
  readonly name: string;
  readonly image: string;
  readonly podName: string;
  readonly podNamespace: string;
  readonly project: string;
  readonly service: string;
}

/** Looks containers up in the records of docker, containerd (CRI, nerdctl, k3s, microk8s), CRI-O and podman. */
export class ContainerRecords {
  readonly #root: string;
  readonly #homeOf: (uid: number) => string;
  readonly #containers = new LRUCache<string, { container: Container; retryAt: number }>({ max: 8192 });
  readonly #lists = new Map<string, { changed: number; byId: Map<string, Described> }>();
  #pods = new Map<string, Pod>();
  #podsReadAt = Number.NEGATIVE_INFINITY;
  #bundleRoots: readonly string[] = [];
  #bundleRootsReadAt = Number.NEGATIVE_INFINITY;

  /**
   * @param root where the host's file system is: '/' or, for an agent in a container, where it is mounted
   * @param homeOf home directory of a user, for rootless containers
   */
  constructor(root: string, homeOf: (uid: number) => string) {
    this.#root = root;
    this.#homeOf = homeOf;
  }

  /** The container that a cgroup belongs to, with all that is on record; undefined for a cgroup of no container. */
  get(facts: CgroupFacts, now: number): Container | undefined {
    if (facts.containerId === '' && facts.podUid === '') return undefined;
    const key = facts.containerId || facts.podUid;
    const known = this.#containers.get(key);
    if (known !== undefined && now < known.retryAt) return known.container;
    const container = this.#describe(facts, now);
    const complete = container.name !== '' && (container.pod === undefined || container.pod.name !== '');
    this.#containers.set(key, { container, retryAt: complete ? Number.POSITIVE_INFINITY : now + retryAfter });
    return container;
  }

  #describe(facts: CgroupFacts, now: number): Container {
    const id = facts.containerId;
    // lxc and systemd-nspawn have names for ids.
    const named = facts.runtime === 'lxc' || facts.runtime === 'systemd-nspawn';
    const found = named || !/^[0-9a-f]{64}$/.test(id) ? undefined : this.#find(facts, now);
    const pod = facts.podUid === '' ? undefined : this.#pod(facts.podUid, found, now);
    return {
      id,
      runtime: facts.runtime || (found?.runtime ?? ''),
      name: printable(named ? id : (found?.name ?? ''), 128),
      image: printable(found?.image ?? '', 256),
      pod,
      project: printable(found?.project ?? '', 128),
      service: printable(found?.service ?? '', 128),
    };
  }

  #find(facts: CgroupFacts, now: number): Described | undefined {
    const home = facts.sessionUid >= 0 ? this.#homeOf(facts.sessionUid) : '';
    const { runtime } = facts;
    const tries: (() => Described | undefined)[] = [];
    if (runtime === 'docker' || runtime === '') tries.push(() => this.#docker(facts.containerId, home));
    if (runtime === 'containerd' || runtime === '') tries.push(() => this.#containerd(facts.containerId, now));
    if (runtime === 'cri-o' || runtime === '') tries.push(() => this.#crio(facts.containerId));
    if (runtime === 'podman' || runtime === 'cri-o' || runtime === '') {
      tries.push(() => this.#storage(facts.containerId, runtime, home));
    }
    for (const attempt of tries) {
      const found = attempt();
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #docker(id: string, home: string): Described | undefined {
    const places = ['var/lib/docker', 'var/snap/docker/common/var-lib-docker', 'mnt/docker'];
    if (home !== '') places.push(join(home, '.local/share/docker'));
    for (const place of places) {
      const record = this.#json(join(place, 'containers', id, 'config.v2.json'), dockerRecord);
      if (record === undefined) continue;
      const label = record.Config?.Labels ?? {};
      return {
        runtime: 'docker',
        name: label['io.kubernetes.container.name'] ?? record.Name.replace(/^\//, ''),
        image: record.Config?.Image ?? '',
        podName: label['io.kubernetes.pod.name'] ?? '',
        podNamespace: label['io.kubernetes.pod.namespace'] ?? '',
        project: label['com.docker.compose.project'] ?? label['com.docker.stack.namespace'] ?? '',
        service: label['com.docker.compose.service'] ?? label['com.docker.swarm.service.name'] ?? '',
      };
    }
    return undefined;
  }

  #containerd(id: string, now: number): Described | undefined {
    for (const bundles of this.#containerdNamespaces(now)) {
      const record = this.#json(join(bundles, id, 'config.json'), bundleRecord);
      if (record === undefined) continue;
      const note = record.annotations ?? {};
      return {
        runtime: 'containerd',
        name: note['io.kubernetes.cri.container-name'] ?? sandboxName(note) ?? note['nerdctl/name'] ?? '',
        image: note['io.kubernetes.cri.image-name'] ?? '',
        podName: note['io.kubernetes.cri.sandbox-name'] ?? '',
        podNamespace: note['io.kubernetes.cri.sandbox-namespace'] ?? '',
        project: '',
        service: '',
      };
    }
    return undefined;
  }

  /** Directories that hold bundles: one for each of containerd's own namespaces (k8s.io, default, ...). */
  #containerdNamespaces(now: number): readonly string[] {
    if (now - this.#bundleRootsReadAt < 10_000) return this.#bundleRoots;
    this.#bundleRootsReadAt = now;
    const roots: string[] = [];
    for (const state of [
      'run/containerd',
      'run/k3s/containerd',
      'run/k0s/containerd',
      'var/snap/microk8s/common/run/containerd',
    ]) {
      const tasks = join(state, 'io.containerd.runtime.v2.task');
      for (const namespace of list(join(this.#root, tasks), 64)) roots.push(join(tasks, namespace));
    }
    this.#bundleRoots = roots;
    return roots;
  }

  #crio(id: string): Described | undefined {
    for (const store of ['run/containers/storage', 'var/lib/containers/storage']) {
      const record = this.#json(join(store, 'overlay-containers', id, 'userdata/config.json'), bundleRecord);
      const note = record?.annotations ?? {};
      if (note['io.kubernetes.pod.name'] === undefined) continue;
      return {
        runtime: 'cri-o',
        name: note['io.kubernetes.container.name'] ?? '',
        image: note['io.kubernetes.cri-o.ImageName'] ?? '',
        podName: note['io.kubernetes.pod.name'],
        podNamespace: note['io.kubernetes.pod.namespace'] ?? '',
        project: '',
        service: '',
      };
    }
    return undefined;
  }

  /** The list that containers/storage keeps for podman and CRI-O; containers that are removed at exit have one of their own. */
  #storage(id: string, runtime: ContainerRuntime, home: string): Described | undefined {
    const stores = ['var/lib/containers/storage', 'run/containers/storage'];
    if (home !== '') stores.push(join(home, '.local/share/containers/storage'));
    for (const store of stores) {
      for (const driver of ['overlay', 'vfs', 'btrfs']) {
        for (const file of ['containers.json', 'volatile-containers.json']) {
          const found = this.#storageList(join(this.#root, store, `${driver}-containers`, file)).get(id);
          if (found !== undefined) return { ...found, runtime: runtime === '' ? found.runtime : runtime };
        }
      }
    }
    return undefined;
  }

  #storageList(path: string): Map<string, Described> {
    const changed = changedAt(path);
    const known = this.#lists.get(path);
    if (known !== undefined && known.changed === changed) return known.byId;
    const byId = new Map<string, Described>();
    if (changed >= 0) {
      for (const entry of parse(readRecord(path, listLimit), storageRecord) ?? []) {
        const more = parse(entry.metadata ?? '', storageMetadata);
        const name = entry.names?.[0] ?? '';
        // CRI-O: k8s_<container>_<pod>_<namespace>_<pod uid>_<attempt>
        const k8s = /^k8s_([^_]+)_([^_]+)_([^_]+)_/.exec(name);
        byId.set(entry.id, {
          runtime: k8s === null ? 'podman' : 'cri-o',
          name: k8s?.[1] ?? name,
          image: more?.['image-name'] ?? '',
          podName: k8s?.[2] ?? '',
          podNamespace: k8s?.[3] ?? '',
          project: '',
          service: '',
        });
      }
    }
    this.#lists.set(path, { changed, byId });
    return byId;
  }

  /** The pod by its container's record, else by the kubelet's log directories: `<namespace>_<pod>_<uid>`. */
  #pod(uid: string, found: Described | undefined, now: number): Pod {
    if (found !== undefined && found.podName !== '') {
      return { uid, name: printable(found.podName, 253), namespace: printable(found.podNamespace, 63) };
    }
    if (!this.#pods.has(uid) && now - this.#podsReadAt >= retryAfter) {
      this.#podsReadAt = now;
      this.#pods = new Map();
      for (const entry of list(join(this.#root, 'var/log/pods'), 10_000)) {
        const [namespace, name, id] = entry.split('_');
        if (id !== undefined)
          this.#pods.set(id, { uid: id, name: printable(name, 253), namespace: printable(namespace, 63) });
      }
    }
    return this.#pods.get(uid) ?? { uid, name: '', namespace: '' };
  }

  #json<T>(path: string, schema: z.ZodType<T>): T | undefined {
    return parse(readRecord(join(this.#root, path), recordLimit), schema);
  }
}

function sandboxName(annotations: Readonly<Record<string, string>>): string | undefined {
  return annotations['io.kubernetes.cri.container-type'] === 'sandbox' ? 'pause' : undefined;
}

function parse<T>(text: string | undefined, schema: z.ZodType<T>): T | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // half written
  }
}

function list(directory: string, most: number): string[] {
  try {
    return readdirSync(directory).slice(0, most);
  } catch {
    return [];
  }
}
