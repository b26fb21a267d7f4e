/**
 * Who is at an end of a connection. Asked per request, so a name that was found once is found again by a few map lookups:
 * nothing is read or allocated. Only what has not been seen before is read from /proc and the runtimes' records.
 */
import { hostname, networkInterfaces, uptime } from 'node:os';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import type { Endpoint } from '../model/connection.ts';
import {
  type AddressClass,
  type Container,
  type EntityKind,
  type EntityRef,
  entityId,
  type Process,
} from '../model/entity.ts';
import type { EndpointName, Names } from '../model/names.ts';
import { addressClass } from './address-class.ts';
import { AddressOwners } from './address-owners.ts';
import { CgroupDirectories, cgroup2Mount } from './cgroup-directories.ts';
import { type CgroupFacts, readCgroupPath } from './cgroup-path.ts';
import { ContainerRecords } from './container-records.ts';
import { HostsFile } from './hosts-file.ts';
import { NameCache, type Named } from './name-cache.ts';
import { NetworkNamespaces } from './network-namespaces.ts';
import { ObservedNames } from './observed-names.ts';
import { namespaceInode, readLink, readText } from './proc-file.ts';
import { ProcessTable } from './process-table.ts';
import { programName } from './program.ts';
import type { ProcessSurroundings } from './read-process.ts';
import { Users } from './users.ts';
import { workloadName } from './workload.ts';

/** Where things are found. All have defaults for an agent that runs on the host itself. */
export interface IdentityOptions {
  /** The host's /proc. */
  readonly procRoot?: string;
  /** The host's root file system, where runtimes keep their records. */
  readonly hostRoot?: string;
  readonly hostsFile?: string;
  readonly passwdFile?: string;
  /** Directory of named network namespaces. */
  readonly netnsDirectory?: string;
  /** The cgroup2 hierarchy; found by /proc/self/mountinfo. */
  readonly cgroupMount?: string;
  /** Name of the cluster, part of each entity's id. '' for a host that stands alone. */
  readonly cluster?: string;
  /** Name of this host. */
  readonly hostname?: string;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** The part of an {@link Endpoint} that says who it is. */
export type Nameable = Pick<Endpoint, 'ip' | 'pid' | 'netns' | 'cgroup'> & Partial<Pick<Endpoint, 'comm' | 'local'>>;

/** What makes an {@link EndpointName}, apart from the address. */
interface Subject {
  readonly ref: EntityRef;
  readonly process?: Process | undefined;
  readonly container?: Container | undefined;
  readonly unit?: string;
  readonly comm?: string;
}

/** How long a name stands before it is looked up again: hosts change, and names expire. */
const recheck = 30_000;
/** Classes of addresses that one workload can have for itself. */
const ownable: ReadonlySet<AddressClass> = new Set(['private', 'public']);

/** Names processes, containers, workloads and addresses of one host. */
export class Identity implements Names, Disposable {
  readonly #now: () => number;
  readonly #cluster: string;
  readonly #host: EntityRef;
  readonly #hostNetns: number;
  readonly #table: ProcessTable;
  readonly #records: ContainerRecords;
  readonly #cgroups: CgroupDirectories;
  readonly #hosts: HostsFile;
  readonly #observed = new ObservedNames();
  readonly #owners = new AddressOwners();
  readonly #namespaces: NetworkNamespaces;
  readonly #refs = new LRUCache<string, EntityRef>({ max: 32_768 });
  readonly #classes = new LRUCache<string, AddressClass>({ max: 32_768 });
  /** Containers by the network namespace in which a process of theirs was seen. */
  readonly #netnsOwners = new LRUCache<number, Process>({ max: 4096 });
  readonly #cgroupSubjects = new LRUCache<number, { subject: Subject | undefined; retryAt: number }>({ max: 8192 });
  readonly #byProcess = new NameCache<Process>();
  readonly #byCgroup = new NameCache<number>();
  readonly #byComm = new NameCache<string>();
  readonly #byNetns = new NameCache<number>(65_536);
  #generation = 0;
  #ownAddresses = new Set<string>();
  #ownAddressesReadAt = Number.NEGATIVE_INFINITY;

  constructor(options: IdentityOptions = {}) {
    const procRoot = options.procRoot ?? '/proc';
    const hostRoot = options.hostRoot ?? '/';
    this.#now = options.now ?? Date.now;
    this.#cluster = options.cluster ?? '';
    const node = options.hostname ?? hostname();
    this.#host = this.#ref('host', '', node);
    this.#hostNetns = namespaceInode(readLink(`${procRoot}/1/ns/net`) || readLink(`${procRoot}/self/ns/net`));
    const users = new Users(options.passwdFile ?? join(hostRoot, 'etc/passwd'));
    this.#records = new ContainerRecords(hostRoot, (uid) => users.home(uid, this.#now()));
    this.#cgroups = new CgroupDirectories(options.cgroupMount ?? cgroup2Mount(procRoot));
    this.#namespaces = new NetworkNamespaces(options.netnsDirectory ?? join(hostRoot, 'run/netns'));
    this.#hosts = new HostsFile(options.hostsFile ?? join(hostRoot, 'etc/hosts'), () => {
      this.#generation++;
    });
    const up = Number((readText(`${procRoot}/uptime`, 64) ?? '').split(' ')[0]) || uptime();
    const around: ProcessSurroundings = {
      procRoot,
      bootTime: this.#now() - up * 1000,
      userName: (uid) => users.name(uid, this.#now()),
      container: (facts) => this.#records.get(facts, this.#now()),
      workload: (container, unit, program) => this.#workload(container, unit, program) ?? this.#host,
    };
    this.#table = new ProcessTable(around);
  }

  /** The process of a pid, now or lately; undefined where it was gone before anybody asked. */
  process(pid: number): Process | undefined {
    return this.#table.get(pid, this.#now());
  }

  /**
   * Who is at an endpoint: the workload of its process; else of its cgroup; else this host or what its address is called.
   * The same object for the same entity.
   */
  name(endpoint: Nameable): EntityRef {
    return this.#find(endpoint).ref;
  }

  /** All that is known of an endpoint. The same object until more becomes known. */
  nameOf(endpoint: Nameable): EndpointName {
    return this.#find(endpoint).name;
  }

  /**
   * Takes in that a DNS answer gave an address for a name.
   *
   * @param name the name that was asked for (not where its CNAMEs lead)
   * @param now epoch milliseconds of the answer
   * @param askerNetns network namespace of who asked: names may differ between namespaces; 0 where unknown
   */
  learn(name: string, ip: string, ttlSeconds: number, now: number = this.#now(), askerNetns = 0): void {
    if (this.#observed.learn(name, ip, ttlSeconds, now, askerNetns)) this.#generation++;
  }

  /** A process executed a program: read it while it is there. Cheap; reading is limited to 200 processes a second. */
  onExec(pid: number): void {
    this.#table.onExec(pid, this.#now());
  }

  /** A process ended. It stays known for late records. */
  onExit(pid: number): void {
    this.#table.onExit(pid, this.#now());
  }

  /** Where an address is to be found. */
  addressClass(ip: string): AddressClass {
    let known = this.#classes.get(ip);
    if (known === undefined) {
      known = addressClass(ip);
      this.#classes.set(ip, known);
    }
    return known;
  }

  /** What `ip netns` calls a network namespace, by its inode; undefined where it has no name. */
  netnsName(inode: number): string | undefined {
    return this.#namespaces.name(inode, this.#now());
  }

  /** What was counted since the start. `identity_process_gone`: processes that had ended before they could be read. */
  counters(): ReadonlyMap<string, number> {
    return new Map([
      ['identity_process_read', this.#table.reads],
      ['identity_process_gone', this.#table.gone],
    ]);
  }

  /** Stops watching files. What is known can still be asked. */
  close(): void {
    this.#hosts[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #find(endpoint: Nameable): Named {
    const now = this.#now();
    const { ip, pid, netns, cgroup } = endpoint;
    if (pid > 0) {
      const process = this.#table.get(pid, now);
      if (process !== undefined) {
        const known = this.#byProcess.get(process, ip);
        if (known !== undefined && this.#stands(known, now)) return known;
        if (process.container !== undefined && process.netns !== this.#hostNetns) {
          this.#netnsOwners.set(process.netns, process);
        }
        this.#learnOwner(ip, process, now);
        const subject = { ref: process.workload, process, container: process.container, unit: process.unit };
        return this.#byProcess.set(process, ip, this.#make(subject, known, ip, netns, now));
      }
    }
    if (cgroup > 0) {
      const known = this.#byCgroup.get(cgroup, ip);
      if (known !== undefined && this.#stands(known, now)) return known;
      const subject = this.#subjectOfCgroup(cgroup, now);
      if (subject !== undefined) return this.#byCgroup.set(cgroup, ip, this.#make(subject, known, ip, netns, now));
    }
    if (pid > 0) {
      const comm = endpoint.comm || `pid ${pid}`;
      const known = this.#byComm.get(comm, ip);
      if (known !== undefined && this.#stands(known, now)) return known;
      return this.#byComm.set(
        comm,
        ip,
        this.#make(this.#subjectOfComm(endpoint.comm ?? '', pid), known, ip, netns, now),
      );
    }
    const known = this.#byNetns.get(netns, ip);
    if (known !== undefined && this.#stands(known, now)) return known;
    return this.#byNetns.set(netns, ip, this.#make(this.#subjectOfAddress(endpoint, now), known, ip, netns, now));
  }

  /** True where a name can be used as it is. */
  #stands(known: Named, now: number): boolean {
    return known.generation === this.#generation && now < known.checkAt;
  }

  /** Builds a name, or keeps the one before where nothing has changed, so that the object stays the same. */
  #make(subject: Subject, before: Named | undefined, ip: string, netns: number, now: number): Named {
    const domain = this.#domain(ip, netns, now) ?? '';
    if (before !== undefined && before.ref === subject.ref && before.name.domain === domain) {
      before.generation = this.#generation;
      before.checkAt = now + recheck;
      return before;
    }
    const { ref, process, container, unit, comm } = subject;
    const local = ref.kind === 'workload' || ref.kind === 'container';
    const name: EndpointName = {
      name: ref.name,
      kind: ref.kind,
      addressClass: this.addressClass(ip),
      domain,
      workload: local ? ref.name : '',
      process: process?.name ?? comm ?? '',
      executable: process?.executable ?? '',
      command: process?.commandLine ?? '',
      user: process?.user ?? '',
      container: container === undefined ? '' : container.name || container.id.slice(0, 12),
      containerId: container?.id ?? '',
      containerRuntime: container?.runtime ?? '',
      unit: unit ?? '',
      pod: container?.pod?.name ?? '',
      namespace: container?.pod?.namespace ?? '',
    };
    return { ref, name, generation: this.#generation, checkAt: now + recheck };
  }

  #domain(ip: string, netns: number, now: number): string | undefined {
    const place = this.addressClass(ip);
    if (place === 'loopback' || place === 'unspecified') return undefined;
    return this.#observed.get(ip, netns, now) ?? this.#hosts.get(ip);
  }

  #subjectOfCgroup(cgroup: number, now: number): Subject | undefined {
    const known = this.#cgroupSubjects.get(cgroup);
    if (known !== undefined && now < known.retryAt) return known.subject;
    const path = this.#cgroups.path(cgroup, now);
    const facts: CgroupFacts | undefined = path === undefined ? undefined : readCgroupPath(path);
    const subject = facts === undefined ? undefined : this.#subjectOfFacts(facts, now);
    this.#cgroupSubjects.set(cgroup, { subject, retryAt: now + (subject === undefined ? 1000 : recheck) });
    return subject;
  }

  #subjectOfFacts(facts: CgroupFacts, now: number): Subject | undefined {
    const container = this.#records.get(facts, now);
    const workload = this.#workload(container, facts.unit, '');
    if (workload !== undefined) return { ref: workload, container, unit: facts.unit };
    if (container === undefined || container.id === '') return undefined;
    const ref = this.#ref('container', container.pod?.namespace ?? '', container.name || container.id.slice(0, 12));
    return { ref, container, unit: facts.unit };
  }

  /** The process is gone; the kernel's record still has its short name. */
  #subjectOfComm(comm: string, pid: number): Subject {
    const none = (): string => '';
    const program = programName({ comm, executable: '', argv: [], kernelThread: false, cwd: none });
    const ref = program === '' ? undefined : this.#workload(undefined, '', program);
    return ref === undefined ? { ref: this.#ref('process', '', `pid ${pid}`) } : { ref, comm };
  }

  /** In the host's own network everybody has the same addresses. */
  #learnOwner(ip: string, { netns, workload }: Process, now: number): void {
    if (netns === 0 || netns === this.#hostNetns || !ownable.has(this.addressClass(ip))) return;
    if (this.#owners.learn(ip, workload, now)) this.#generation++;
  }

  #subjectOfAddress(endpoint: Nameable, now: number): Subject {
    const { ip, netns } = endpoint;
    const place = this.addressClass(ip);
    if (endpoint.local === true || place === 'loopback') {
      const owner = netns === 0 || netns === this.#hostNetns ? undefined : this.#netnsOwners.get(netns);
      // A socket of nobody (its process is gone, or it is the kernel's own) in a container's network.
      if (owner?.container !== undefined) return { ref: owner.workload, container: owner.container };
      const last = this.#owners.get(ip, now);
      if (last !== undefined) return { ref: last };
      const namespace = netns === this.#hostNetns ? undefined : this.netnsName(netns);
      return { ref: namespace === undefined ? this.#host : this.#ref('host', namespace, this.#host.name) };
    }
    if (this.#isOwnAddress(ip, now)) return { ref: this.#host };
    const last = this.#owners.get(ip, now);
    if (last !== undefined) return { ref: last };
    const domain = this.#domain(ip, netns, now);
    return { ref: domain === undefined ? this.#ref('address', '', ip) : this.#ref('domain', '', domain) };
  }

  #isOwnAddress(ip: string, now: number): boolean {
    if (now - this.#ownAddressesReadAt > recheck) {
      this.#ownAddressesReadAt = now;
      this.#ownAddresses = new Set();
      for (const addresses of Object.values(networkInterfaces())) {
        for (const { address } of addresses ?? []) this.#ownAddresses.add(address);
      }
    }
    return this.#ownAddresses.has(ip);
  }

  #workload(container: Container | undefined, unit: string, program: string): EntityRef | undefined {
    const found = workloadName(container, unit, program, this.#host.name);
    return found === undefined ? undefined : this.#ref('workload', found.namespace, found.name);
  }

  #ref(kind: EntityKind, namespace: string, name: string): EntityRef {
    const key = `${kind}\0${namespace}\0${name}`;
    let ref = this.#refs.get(key);
    if (ref === undefined) {
      ref = { id: entityId(this.#cluster, kind, namespace, name), kind, cluster: this.#cluster, namespace, name };
      this.#refs.set(key, ref);
    }
    return ref;
  }
}
