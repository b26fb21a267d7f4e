import type { Endpoint } from './connection.ts';

/** What kind of thing a name stands for. */
export type EntityKind =
  | 'workload'
  | 'pod'
  | 'container'
  | 'process'
  | 'host'
  | 'service'
  /** A name outside: from DNS answers, /etc/hosts, SNI. */
  | 'domain'
  /** Nothing better than the address itself is known. */
  | 'address';

/** Where an address is to be found. */
export type AddressClass = 'loopback' | 'link_local' | 'private' | 'public' | 'multicast' | 'unspecified';

/** Everything known about one end of a connection beyond its address. Texts are '' where nothing is known. */
export interface EndpointName {
  /** What people call it; the address where nothing better is known. Never ''. */
  readonly name: string;
  readonly kind: EntityKind;
  readonly addressClass: AddressClass;
  /** DNS name it was reached by, without the trailing dot. */
  readonly domain: string;
  /** Stable name across restarts: container, systemd unit, program, Deployment. */
  readonly workload: string;
  /** Program name, executable's path, command line (redacted), owning user. */
  readonly process: string;
  readonly executable: string;
  readonly command: string;
  readonly user: string;
  /** Container name (the short id where it has no name), full id, and what runs it: docker, containerd, cri-o, podman. */
  readonly container: string;
  readonly containerId: string;
  readonly containerRuntime: string;
  /** systemd unit. */
  readonly unit: string;
  /** Kubernetes pod and namespace. */
  readonly pod: string;
  readonly namespace: string;
}

/** Names both ends of a connection. */
export interface Names {
  /**
   * What is known of an endpoint now. Called per request: it looks only at what is already known, allocates nothing
   * when asked again, and gives the *same object* for the same thing until more becomes known of it (a new object then).
   * Only the content of `endpoint` counts: the object may be one that its caller reuses.
   */
  nameOf(endpoint: Readonly<Endpoint>): EndpointName;
}

/** The program at an end: by its full name, or by the kernel's name of its task. '' where neither is known. */
export function processOf(name: EndpointName, endpoint: Readonly<Endpoint>): string {
  return name.process === '' ? endpoint.comm : name.process;
}

/** What is known of an endpoint whose address alone is known. */
export function addressOnly(ip: string, addressClass: AddressClass): EndpointName {
  return {
    name: ip,
    kind: 'address',
    addressClass,
    domain: '',
    workload: '',
    process: '',
    executable: '',
    command: '',
    user: '',
    container: '',
    containerId: '',
    containerRuntime: '',
    unit: '',
    pod: '',
    namespace: '',
  };
}
