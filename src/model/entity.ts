/**
 * Entities: what has a name and can be at an end of an edge. Their ids are the same on every host and in every language:
 * the first 8 bytes of SHA-256 over `cluster NUL kind NUL namespace NUL name` in UTF-8, as 16 lower-case hex digits.
 * In ClickHouse: `lower(hex(substring(SHA256(concat(cluster, '\0', kind, '\0', namespace, '\0', name)), 1, 8)))`.
 */
import { createHash } from 'node:crypto';
import type { EpochNanos } from '../base/units.ts';
import type { EntityKind } from './names.ts';

export type { AddressClass, EntityKind } from './names.ts';

declare const idMark: unique symbol;

/** A stable 64-bit id: 16 lower-case hex digits. */
export type EntityId = string & { readonly [idMark]: true };

/** Who somebody is, without details. Equal entities of one agent are the same object while they are in use. */
export interface EntityRef {
  readonly id: EntityId;
  readonly kind: EntityKind;
  /** Name of the cluster, '' on a host that stands alone. */
  readonly cluster: string;
  /** Kubernetes namespace, compose project, name of the machine container; '' where there is none. */
  readonly namespace: string;
  /** What people call it. Never ''. */
  readonly name: string;
}

/** The id of an entity. None of the parts may contain NUL (names read from a system cannot). */
export function entityId(cluster: string, kind: EntityKind, namespace: string, name: string): EntityId {
  const hash = createHash('sha256').update(`${cluster}\0${kind}\0${namespace}\0${name}`, 'utf8').digest('hex');
  return hash.slice(0, 16) as EntityId;
}

/** What runs a container. '' where the cgroup path does not tell and no runtime's records were found. */
export type ContainerRuntime = 'docker' | 'containerd' | 'cri-o' | 'podman' | 'lxc' | 'systemd-nspawn' | '';

/** The Kubernetes pod of a container. */
export interface Pod {
  /** As the API server writes it, with dashes; of static pods 32 hex digits. */
  readonly uid: string;
  /** '' where no record of it was found. */
  readonly name: string;
  readonly namespace: string;
}

/** A container, as its cgroup path and its runtime's records describe it. */
export interface Container {
  /** Full id (64 hex digits), or the name where a runtime has no ids (lxc, systemd-nspawn). '' for a pod's own cgroup. */
  readonly id: string;
  readonly runtime: ContainerRuntime;
  /** The name that the runtime or the pod gives it, '' where no record of it was found. */
  readonly name: string;
  /** Image reference, '' where unknown. */
  readonly image: string;
  readonly pod: Pod | undefined;
  /** Compose project and service, or swarm service; '' where there is none. */
  readonly project: string;
  readonly service: string;
}

/** A process of this host, as it was when it was read. */
export interface Process {
  readonly pid: number;
  readonly parentPid: number;
  readonly startTime: EpochNanos;
  /** The name under which it was executed: 'nginx', 'python3'. Not cut at 15 bytes where the rest is known. */
  readonly name: string;
  /** The kernel's name of its main thread, at most 15 bytes. */
  readonly comm: string;
  /** Path of the executable as the process sees it, '' where it may not be read. */
  readonly executable: string;
  /** Arguments joined by spaces, control characters replaced, secrets redacted, cut at 4,096 characters. */
  readonly commandLine: string;
  /** Effective user. */
  readonly uid: number;
  /** Its name on the host, the number where it has none. */
  readonly user: string;
  /** Inode of its network namespace, 0 where it may not be read. */
  readonly netns: number;
  readonly kernelThread: boolean;
  /** systemd unit that it belongs to ('nginx.service', 'session-3.scope'), '' where there is none. */
  readonly unit: string;
  readonly container: Container | undefined;
  /** What it runs: 'nginx', 'http.server', 'shop'. docs/workload-names.md has the rules. */
  readonly program: string;
  readonly workload: EntityRef;
}
