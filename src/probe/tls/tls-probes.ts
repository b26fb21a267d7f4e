import { join } from 'node:path';
import { WirelightError } from '../../base/errors.ts';
import type { Features } from '../features.ts';
import { type AttachedProgram, KernelObject } from '../kernel-object.ts';
import { TlsHits, TlsSession, TlsSocket } from '../layout.ts';
import { native } from '../libbpf.ts';
import { type Mapping, mapMemory } from '../mapping.ts';
import { PolicyTable } from '../policy-table.ts';
import type { ProbePoint } from './plan.ts';

/** Counters of hits: TLS_TARGETS of bpf/records.h. A file uses two, for what is emulated and what is single-stepped. */
const COUNTERS = 1024;

/** Nanoseconds that one hit costs, measured on a virtual machine: where an instruction is emulated, or single-stepped. */
const COST_EMULATED = 550;
const COST_STEPPED = 8000;

/** What to see of TLS, and in which processes. */
export interface TlsProbesOptions {
  /** Bytes of each piece of plaintext. */
  readonly captureBytes: number;
  /** cgroup (its id, and how many levels below the root it is) outside of which nothing is told. */
  readonly scope?: { readonly id: number; readonly level: number } | undefined;
}

/** A file whose probes are attached, until it is disposed of. */
export interface TlsTarget extends Disposable {
  /** Nanoseconds of CPU that its probes have cost all programs since they were attached, estimated. */
  cost(): number;
}

/** The kernel's side of TLS plaintext: bpf/tls.bpf.c, loaded. */
export class TlsProbes implements Disposable {
  /** How much of the plaintext of a socket is captured. */
  readonly policies: PolicyTable;
  readonly #object: KernelObject;
  readonly #features: Features;
  readonly #counted: Mapping;
  readonly #hits: BigUint64Array<ArrayBuffer>;
  readonly #slots = new Set<number>();
  readonly #receives: AttachedProgram;

  private constructor(object: KernelObject, features: Features) {
    this.#object = object;
    this.#features = features;
    this.policies = new PolicyTable(object.map('plaintext_policies'));
    this.#counted = mapMemory(object.map('tls_hits'), COUNTERS * TlsHits.SIZE, 0, false);
    this.#hits = new BigUint64Array(this.#counted.buffer);
    this.#receives = object.attach('receives');
  }

  /**
   * @param shared maps of the objects loaded before
   * @throws WirelightError `object_missing`, `object_refused`
   */
  static load(
    directory: string,
    shared: ReadonlyMap<string, number>,
    features: Features,
    options: TlsProbesOptions,
  ): TlsProbes {
    const object = KernelObject.load(join(directory, 'tls.bpf.o'), {
      shared,
      manyUprobes: features.manyUprobes,
      knobs: {
        capture_bytes: options.captureBytes,
        own_pid: process.pid,
        scope: options.scope?.id ?? 0,
        scope_level: options.scope?.level ?? 0,
        cookie_helper: features.socketCookies,
        socket_storage: features.socketStorage,
        attach_cookie: features.attachCookies,
        task_registers: features.taskRegisters,
      },
    });
    try {
      return new TlsProbes(object, features);
    } catch (error) {
      object[Symbol.dispose]();
      throw error;
    }
  }

  /** Whether this kernel lets goroutines be told apart. */
  get seesGo(): boolean {
    return this.#features.taskRegisters;
  }

  /**
   * Attaches what a file's plan says, all of it or nothing.
   * @param pid the only process, or every one that uses the file
   * @throws WirelightError `attach_refused`, or `too_many_targets`
   */
  attach(path: string, points: readonly ProbePoint[], pid: number | undefined): TlsTarget {
    const slot = this.#freeSlot();
    const links: AttachedProgram[] = [];
    const detach = (): void => {
      for (const link of links.splice(0)) link[Symbol.dispose]();
      this.#slots.delete(slot);
    };
    this.#slots.add(slot);
    try {
      if (this.#features.manyUprobes) this.#attachMany(path, points, pid, slot, links);
      else this.#attachEach(path, points, pid, slot, links);
    } catch (error) {
      detach();
      throw error;
    }
    const cost = (): number => this.#hitsOf(slot) * COST_EMULATED + this.#hitsOf(slot + 1) * COST_STEPPED;
    const before = cost();
    return { cost: () => cost() - before, [Symbol.dispose]: detach };
  }

  /**
   * Tells the kernel which socket is underneath an object of a TLS library.
   * @param object 16 bytes: struct tls_session
   * @param cookie of the socket
   * @param generation the 8 bytes that came with the object
   */
  setSocket(object: Uint8Array, cookie: number, generation: bigint): void {
    const value = Buffer.alloc(TlsSocket.SIZE);
    value.writeBigUInt64LE(BigInt(cookie), TlsSocket.cookie);
    value.writeBigUInt64LE(generation, TlsSocket.generation);
    native().bpf_map_update_elem(this.#object.map('tls_sockets'), object, value, 0n);
  }

  #attachMany(
    path: string,
    points: readonly ProbePoint[],
    pid: number | undefined,
    slot: number,
    links: AttachedProgram[],
  ): void {
    const groups = new Map<string, ProbePoint[]>();
    for (const point of points) {
      const key = `${point.program} ${point.onReturn}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [point]);
      else group.push(point);
    }
    for (const group of groups.values()) {
      const [{ program, onReturn }] = group;
      const offsets = group.map(({ fileOffset }) => fileOffset);
      const cookies = group.map(({ cheap }) => (cheap ? slot : slot + 1));
      const options = { onReturn, ...(pid === undefined ? {} : { pid }) };
      links.push(this.#object.attachUprobes(program, path, offsets, cookies, options));
    }
  }

  #attachEach(
    path: string,
    points: readonly ProbePoint[],
    pid: number | undefined,
    slot: number,
    links: AttachedProgram[],
  ): void {
    const only = pid === undefined ? {} : { pid };
    for (const { program, fileOffset, onReturn, cheap } of points) {
      const cookie = this.#features.attachCookies ? { cookie: cheap ? slot : slot + 1 } : {};
      links.push(this.#object.attachUprobe(program, path, fileOffset, { onReturn, ...only, ...cookie }));
    }
  }

  /** Without bpf_get_attach_cookie all hits count as one file's. */
  #freeSlot(): number {
    if (!this.#features.attachCookies) return 0;
    for (let slot = 0; slot < COUNTERS; slot += 2) if (!this.#slots.has(slot)) return slot;
    throw new WirelightError(
      'too_many_targets',
      `TLS of more than ${COUNTERS / 2} programs and libraries cannot be watched at once`,
      { next: 'name the programs that matter: --tls nginx,checkout' },
    );
  }

  #hitsOf(slot: number): number {
    const at = (slot * TlsHits.SIZE) / 8;
    return Number(this.#hits[at + TlsHits.calls / 8]) + Number(this.#hits[at + TlsHits.returns / 8]);
  }

  [Symbol.dispose](): void {
    this.#receives[Symbol.dispose]();
    this.#counted[Symbol.dispose]();
    this.policies[Symbol.dispose]();
    this.#object[Symbol.dispose]();
  }
}

/** Bytes of an object's key as the kernel has it. */
export function tlsSessionKey(session: bigint, pid: number): Uint8Array {
  const key = Buffer.alloc(TlsSession.SIZE);
  key.writeBigUInt64LE(session, TlsSession.session);
  key.writeBigUInt64LE(BigInt(pid), TlsSession.pid);
  return key;
}
