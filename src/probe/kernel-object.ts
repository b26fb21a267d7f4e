import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { WirelightError } from '../base/errors.ts';
import { native, type Pointer } from './libbpf.ts';

/** How an object is to be loaded. */
export interface LoadOptions {
  /** Maps of objects loaded before, to be shared: name → file descriptor. */
  readonly shared?: ReadonlyMap<string, number>;
  /** Programs that are not wanted on this kernel. */
  readonly without?: readonly string[];
  /** Values of `const volatile` variables, by name. */
  readonly knobs?: Readonly<Record<string, number | boolean>>;
  /** Programs of the section "uprobe" are to be attached by {@link KernelObject.attachUprobes}. Needs Linux 6.6. */
  readonly manyUprobes?: boolean;
  /** Entries of maps whose size is not the one in the source. */
  readonly sizes?: Readonly<Record<string, number>>;
}

/**
 * One compiled kernel object (a .bpf.o file), loaded: its maps exist and its programs can be attached. Closing it
 * detaches all of them; so does the end of the process, since links are file descriptors.
 */
export class KernelObject implements Disposable {
  readonly name: string;
  readonly #object: Pointer;
  readonly #maps = new Map<string, Pointer>();
  readonly #programs = new Map<string, Pointer>();
  readonly #links = new Set<Pointer>();
  readonly #descriptors = new Set<number>();

  private constructor(name: string, object: Pointer) {
    this.name = name;
    this.#object = object;
  }

  /**
   * Opens and loads an object file.
   * @throws WirelightError `object_missing`, `object_refused` (the kernel declined: verifier, missing feature, no right)
   */
  static load(path: string, options: LoadOptions = {}): KernelObject {
    for (let attempt = 1; ; attempt++) {
      try {
        return KernelObject.#load(path, options);
      } catch (error) {
        // A signal that arrives while the verifier works makes the kernel give up with EAGAIN.
        if (!(error instanceof WirelightError) || error.why !== interrupted || attempt === 10) throw error;
      }
    }
  }

  static #load(path: string, options: LoadOptions): KernelObject {
    const n = native();
    const name = path.replace(/^.*\//, '').replace(/\.bpf\.o$/, '');
    let bytes: Buffer;
    try {
      bytes = readFileSync(path);
    } catch (cause) {
      throw new WirelightError('object_missing', `the kernel program ${path} is not there`, {
        next: 'build it: npm run build:bpf (./wirelight does so by itself)',
        cause,
      });
    }
    const handle = n.bpf_object__open_mem(bytes, bytes.length, null);
    if (handle === null) throw refused(name, 'opened', n.errno());
    const object = new KernelObject(name, handle);
    try {
      object.#configure(bytes, options);
      const result = n.bpf_object__load(handle);
      if (result < 0) throw refused(name, 'loaded', -result);
    } catch (error) {
      n.bpf_object__close(handle);
      throw error;
    }
    return object;
  }

  #configure(elf: Buffer, options: LoadOptions): void {
    const n = native();
    for (let map = n.bpf_object__next_map(this.#object, null); map !== null; ) {
      const name = n.bpf_map__name(map);
      this.#maps.set(name, map);
      const shared = options.shared?.get(name);
      if (shared !== undefined) n.bpf_map__reuse_fd(map, shared);
      const size = options.sizes?.[name];
      if (size !== undefined) n.bpf_map__set_max_entries(map, size);
      if (name.endsWith('.rodata') && options.knobs !== undefined) writeKnobs(map, elf, options.knobs);
      map = n.bpf_object__next_map(this.#object, map);
    }
    for (let program = n.bpf_object__next_program(this.#object, null); program !== null; ) {
      const name = n.bpf_program__name(program);
      if (options.without?.includes(name)) n.bpf_program__set_autoload(program, false);
      else this.#programs.set(name, program);
      if (options.manyUprobes === true && n.bpf_program__section_name(program) === 'uprobe')
        n.bpf_program__set_expected_attach_type(program, BPF_TRACE_UPROBE_MULTI);
      program = n.bpf_object__next_program(this.#object, program);
    }
  }

  /** Names of the programs that were loaded. */
  get programs(): readonly string[] {
    return [...this.#programs.keys()];
  }

  /** File descriptors of the maps, by name, for {@link LoadOptions.shared}. */
  get maps(): ReadonlyMap<string, number> {
    const fds = new Map<string, number>();
    for (const [name, map] of this.#maps) if (!name.includes('.')) fds.set(name, native().bpf_map__fd(map));
    return fds;
  }

  /** File descriptor of a map. @throws if the object has none of that name. */
  map(name: string): number {
    const map = this.#maps.get(name);
    if (map === undefined) throw new Error(`${this.name} has no map ${name}`);
    return native().bpf_map__fd(map);
  }

  /** Attaches a tracing program to the hook that its section names. @throws WirelightError `attach_refused` */
  attach(program: string): AttachedProgram {
    return this.#attached(program, native().bpf_program__attach(this.#program(program)));
  }

  /** Attaches a packet or socket program to a cgroup v2 directory. @throws WirelightError `attach_refused` */
  attachCgroup(program: string, cgroup: number): AttachedProgram {
    return this.#attached(program, native().bpf_program__attach_cgroup(this.#program(program), cgroup));
  }

  /**
   * Attaches a program to an instruction of an executable or library, in all processes or in one.
   * @throws WirelightError `attach_refused`
   */
  attachUprobe(program: string, path: string, offset: number, options: UprobeOptions = {}): AttachedProgram {
    // struct bpf_uprobe_opts: its size, ref_ctr_offset, bpf_cookie, retprobe, func_name.
    const given = Buffer.alloc(40);
    given.writeBigUInt64LE(40n, 0);
    given.writeBigUInt64LE(BigInt(options.cookie ?? 0), 16);
    given.writeUInt8(options.onReturn === true ? 1 : 0, 24);
    return this.#attached(
      program,
      native().bpf_program__attach_uprobe_opts(this.#program(program), options.pid ?? -1, path, offset, given),
    );
  }

  /**
   * Attaches a program to many instructions of a file in one go: much quicker to undo than one by one.
   * @param cookies what bpf_get_attach_cookie answers at each
   * @throws WirelightError `attach_refused`
   */
  attachUprobes(
    program: string,
    path: string,
    offsets: readonly number[],
    cookies: readonly number[],
    options: Pick<UprobeOptions, 'pid' | 'onReturn'> = {},
  ): AttachedProgram {
    const n = native();
    const fd = n.syscall(
      process.arch === 'arm64' ? 280 : 321,
      BPF_LINK_CREATE,
      {
        prog_fd: n.bpf_program__fd(this.#program(program)),
        target_fd: 0,
        attach_type: BPF_TRACE_UPROBE_MULTI,
        flags: 0,
        path,
        offsets: BigUint64Array.from(offsets, BigInt),
        ref_ctr_offsets: null,
        cookies: BigUint64Array.from(cookies, BigInt),
        cnt: offsets.length,
        multi_flags: options.onReturn === true ? BPF_F_UPROBE_MULTI_RETURN : 0,
        pid: options.pid ?? 0,
        padding: 0,
      },
      UPROBE_MULTI_LINK_SIZE,
    );
    if (fd < 0) throw refused(`${this.name}/${program}`, 'attached', n.errno());
    this.#descriptors.add(fd);
    return {
      name: program,
      [Symbol.dispose]: () => {
        if (this.#descriptors.delete(fd)) closeSync(fd);
      },
    };
  }

  /** Runs an iterator once and gives all that it writes. */
  iterate(program: string): Buffer {
    const n = native();
    const link = n.bpf_program__attach_iter(this.#program(program), null);
    if (link === null) throw refused(`${this.name}/${program}`, 'attached', n.errno());
    try {
      const fd = n.bpf_iter_create(n.bpf_link__fd(link));
      if (fd < 0) throw refused(`${this.name}/${program}`, 'run', -fd);
      try {
        return readAll(fd);
      } finally {
        closeSync(fd);
      }
    } finally {
      n.bpf_link__destroy(link);
    }
  }

  #program(name: string): Pointer {
    const program = this.#programs.get(name);
    if (program === undefined) throw new Error(`${this.name} has no program ${name}`);
    return program;
  }

  #attached(program: string, link: Pointer | null): AttachedProgram {
    if (link === null) throw refused(`${this.name}/${program}`, 'attached', native().errno());
    this.#links.add(link);
    return {
      name: program,
      [Symbol.dispose]: () => {
        if (this.#links.delete(link)) native().bpf_link__destroy(link);
      },
    };
  }

  [Symbol.dispose](): void {
    for (const link of this.#links) native().bpf_link__destroy(link);
    this.#links.clear();
    for (const fd of this.#descriptors) closeSync(fd);
    this.#descriptors.clear();
    native().bpf_object__close(this.#object);
  }
}

/** How a program is attached to an instruction of a program. */
export interface UprobeOptions {
  /** The only process in which it is; all that use the file by default. */
  readonly pid?: number;
  /** Where the function returns to, instead of the instruction itself, which then has to be the function's first. */
  readonly onReturn?: boolean;
  /** What bpf_get_attach_cookie answers there. Needs Linux 5.15. */
  readonly cookie?: number;
}

/** A program that runs at its hook until it is disposed of. */
export interface AttachedProgram extends Disposable {
  readonly name: string;
}

/** linux/bpf.h */
const BPF_LINK_CREATE = 28;
const BPF_TRACE_UPROBE_MULTI = 48;
const BPF_F_UPROBE_MULTI_RETURN = 1;
/** Up to `pid`: the kernel checks that what it does not know is zero. */
const UPROBE_MULTI_LINK_SIZE = 64;

const interrupted = 'the kernel answered errno 11';

function refused(name: string, what: string, errno: number): WirelightError {
  const permission = errno === 1;
  return new WirelightError(permission ? 'bpf_refused' : 'object_refused', `${name} could not be ${what}`, {
    why: permission ? 'the kernel refuses bpf() to this process (EPERM)' : `the kernel answered errno ${errno}`,
    next: permission
      ? 'run as root, or with CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN; a container needs --privileged or a seccomp profile that allows bpf()'
      : 'see what is missing: wirelight doctor; WIRELIGHT_DEBUG_LIBBPF=1 prints what the kernel said',
  });
}

/** Reads a file descriptor to its end. */
export function readAll(fd: number): Buffer {
  const parts: Buffer[] = [];
  for (;;) {
    const part = Buffer.allocUnsafe(65536);
    const length = readSync(fd, part, 0, part.length, null);
    if (length === 0) return Buffer.concat(parts);
    parts.push(part.subarray(0, length));
  }
}

/** Opens a directory or file for as long as it is needed. */
export function openFile(path: string): { readonly fd: number } & Disposable {
  const fd = openSync(path, 'r');
  return { fd, [Symbol.dispose]: () => closeSync(fd) };
}

/** Writes `const volatile` variables before the object is loaded; where they lie says the symbol table. */
function writeKnobs(map: Pointer, elf: Buffer, knobs: Readonly<Record<string, number | boolean>>): void {
  const n = native();
  const size = [0n];
  const pointer = n.bpf_map__initial_value(map, size);
  if (pointer === null) return;
  const view = new DataView(n.view(pointer, Number(size[0])));
  for (const [name, symbol] of symbols(elf)) {
    const value = knobs[name];
    if (value === undefined) continue;
    if (symbol.size === 1) view.setUint8(symbol.offset, Number(value));
    else if (symbol.size === 4) view.setUint32(symbol.offset, Number(value), true);
    else view.setBigUint64(symbol.offset, BigInt(Number(value)), true);
  }
}

/** Data symbols of a 64-bit little-endian ELF object: name → offset in its section and size. */
function symbols(elf: Buffer): Map<string, { offset: number; size: number }> {
  const table = Number(elf.readBigUInt64LE(40));
  const count = elf.readUInt16LE(60);
  const found = new Map<string, { offset: number; size: number }>();
  for (let i = 0; i < count; i++) {
    const at = table + i * 64;
    if (elf.readUInt32LE(at + 4) !== 2) continue; // SHT_SYMTAB
    const start = Number(elf.readBigUInt64LE(at + 24));
    const length = Number(elf.readBigUInt64LE(at + 32));
    const strings = Number(elf.readBigUInt64LE(table + elf.readUInt32LE(at + 40) * 64 + 24));
    for (let s = start; s < start + length; s += 24) {
      if ((elf[s + 4] & 15) !== 1) continue; // STT_OBJECT
      const name = strings + elf.readUInt32LE(s);
      found.set(elf.toString('latin1', name, elf.indexOf(0, name)), {
        offset: Number(elf.readBigUInt64LE(s + 8)),
        size: Number(elf.readBigUInt64LE(s + 16)),
      });
    }
  }
  return found;
}
