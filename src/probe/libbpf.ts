/**
 * The few functions of libbpf and libc that Wirelight calls, through koffi (FFI): no native code of our own.
 * Pointers are opaque to TypeScript; every call that can fail is wrapped in a class of this folder.
 */
import { createRequire } from 'node:module';
import { WirelightError } from '../base/errors.ts';

const require = createRequire(import.meta.url);

/** An address that C gave and C wants back. */
export type Pointer = object;

/** libbpf's and libc's functions by their own names. */
export interface NativeCalls {
  bpf_object__open_mem(bytes: Uint8Array, size: number, options: Uint8Array | null): Pointer | null;
  bpf_object__load(object: Pointer): number;
  bpf_object__close(object: Pointer): void;
  bpf_object__next_map(object: Pointer, map: Pointer | null): Pointer | null;
  bpf_object__next_program(object: Pointer, program: Pointer | null): Pointer | null;
  bpf_map__name(map: Pointer): string;
  bpf_map__fd(map: Pointer): number;
  bpf_map__reuse_fd(map: Pointer, fd: number): number;
  bpf_map__set_max_entries(map: Pointer, entries: number): number;
  bpf_map__set_autocreate(map: Pointer, create: boolean): number;
  bpf_map__initial_value(map: Pointer, size: bigint[]): Pointer | null;
  bpf_program__name(program: Pointer): string;
  bpf_program__set_autoload(program: Pointer, load: boolean): number;
  bpf_program__section_name(program: Pointer): string;
  bpf_program__fd(program: Pointer): number;
  bpf_program__attach(program: Pointer): Pointer | null;
  bpf_program__attach_cgroup(program: Pointer, cgroup: number): Pointer | null;
  bpf_program__attach_iter(program: Pointer, options: null): Pointer | null;
  bpf_program__attach_uprobe_opts(
    program: Pointer,
    pid: number,
    path: string,
    offset: number,
    options: Uint8Array | null,
  ): Pointer | null;
  bpf_program__set_expected_attach_type(program: Pointer, type: number): number;
  bpf_link__fd(link: Pointer): number;
  bpf_link__destroy(link: Pointer): number;
  bpf_iter_create(link: number): number;
  bpf_map_lookup_elem(fd: number, key: Uint8Array, value: Uint8Array): number;
  bpf_map_update_elem(fd: number, key: Uint8Array, value: Uint8Array, flags: bigint): number;
  bpf_map_delete_elem(fd: number, key: Uint8Array): number;
  bpf_map_get_next_key(fd: number, key: Uint8Array | null, next: Uint8Array): number;
  bpf_prog_load(type: number, name: string, license: string, code: Uint8Array, count: number, options: null): number;
  libbpf_set_print(callback: null): Pointer | null;
  libbpf_num_possible_cpus(): number;
  mmap(at: null, length: number, protection: number, flags: number, fd: number, offset: number): Pointer | null;
  munmap(at: Pointer, length: number): number;
  setns(fd: number, type: number): number;
  clock_gettime(clock: number, time: BigInt64Array): number;
  setrlimit(resource: number, limit: BigUint64Array): number;
  /** bpf(BPF_LINK_CREATE) for many places of one file at once (6.6), which libbpf knows from 1.3 on. */
  syscall(number: number, command: number, attributes: UprobeMultiLink, size: number): number;
}

/** The part of union bpf_attr (linux/bpf.h) that creates a link of a program to many instructions of a file. */
export interface UprobeMultiLink {
  readonly prog_fd: number;
  readonly target_fd: number;
  readonly attach_type: number;
  readonly flags: number;
  readonly path: string;
  readonly offsets: BigUint64Array;
  readonly ref_ctr_offsets: null;
  readonly cookies: BigUint64Array | null;
  readonly cnt: number;
  readonly multi_flags: number;
  readonly pid: number;
  readonly padding: number;
}

interface Koffi {
  load(path: string): { func(prototype: string): (...values: unknown[]) => unknown };
  struct(name: string, members: Readonly<Record<string, string>>): unknown;
  view(pointer: Pointer, length: number): ArrayBuffer;
  errno(): number;
  address(pointer: Pointer): bigint;
}

/** koffi itself, for memory views and errno. */
export interface Native extends NativeCalls {
  /** The bytes at an address, without copying. The caller keeps them mapped for as long as they are looked at. */
  view(pointer: Pointer, length: number): ArrayBuffer;
  errno(): number;
}

const LIBBPF = [
  'void *bpf_object__open_mem(const void *bytes, size_t size, const void *options)',
  'int bpf_object__load(void *object)',
  'void bpf_object__close(void *object)',
  'void *bpf_object__next_map(void *object, void *map)',
  'void *bpf_object__next_program(void *object, void *program)',
  'const char *bpf_map__name(void *map)',
  'int bpf_map__fd(void *map)',
  'int bpf_map__reuse_fd(void *map, int fd)',
  'int bpf_map__set_max_entries(void *map, uint32_t entries)',
  'int bpf_map__set_autocreate(void *map, bool create)',
  'void *bpf_map__initial_value(void *map, _Out_ size_t *size)',
  'const char *bpf_program__name(void *program)',
  'int bpf_program__set_autoload(void *program, bool load)',
  'const char *bpf_program__section_name(void *program)',
  'int bpf_program__fd(void *program)',
  'void *bpf_program__attach(void *program)',
  'void *bpf_program__attach_cgroup(void *program, int cgroup)',
  'void *bpf_program__attach_iter(void *program, const void *options)',
  'void *bpf_program__attach_uprobe_opts(void *program, int pid, const char *path, size_t offset, const void *options)',
  'int bpf_program__set_expected_attach_type(void *program, int type)',
  'int bpf_link__fd(void *link)',
  'int bpf_link__destroy(void *link)',
  'int bpf_iter_create(int link)',
  'int bpf_map_lookup_elem(int fd, const void *key, _Out_ void *value)',
  'int bpf_map_update_elem(int fd, const void *key, const void *value, uint64_t flags)',
  'int bpf_map_delete_elem(int fd, const void *key)',
  'int bpf_map_get_next_key(int fd, const void *key, _Out_ void *next)',
  'int bpf_prog_load(int type, const char *name, const char *license, const void *code, size_t count, void *options)',
  'void *libbpf_set_print(void *callback)',
  'int libbpf_num_possible_cpus()',
];

const LIBC = [
  'void *mmap(void *at, size_t length, int protection, int flags, int fd, int64_t offset)',
  'int munmap(void *at, size_t length)',
  'int setns(int fd, int type)',
  'int clock_gettime(int clock, _Out_ int64_t *time)',
  'int setrlimit(int resource, const void *limit)',
  'long syscall(long number, int command, const UprobeMultiLink *attributes, uint32_t size)',
];

const UPROBE_MULTI_LINK = {
  prog_fd: 'uint32_t',
  target_fd: 'uint32_t',
  attach_type: 'uint32_t',
  flags: 'uint32_t',
  path: 'const char *',
  offsets: 'const uint64_t *',
  ref_ctr_offsets: 'const uint64_t *',
  cookies: 'const uint64_t *',
  cnt: 'uint32_t',
  multi_flags: 'uint32_t',
  pid: 'uint32_t',
  padding: 'uint32_t',
};

let loaded: Native | undefined;

/**
 * libbpf, loaded on first use.
 * @throws WirelightError `libbpf_missing` where the library is not installed.
 */
export function native(): Native {
  if (loaded !== undefined) return loaded;
  const koffi = require('koffi') as Koffi;
  const calls: Record<string, unknown> = {};
  const bind = (library: string, prototypes: readonly string[]): void => {
    const handle = koffi.load(library);
    for (const prototype of prototypes) {
      const name = /(\w+)\(/.exec(prototype)?.[1] ?? '';
      calls[name] = handle.func(prototype);
    }
  };
  try {
    bind('libbpf.so.1', LIBBPF);
  } catch (cause) {
    throw new WirelightError('libbpf_missing', 'libbpf cannot be loaded', {
      why: cause instanceof Error ? cause.message : String(cause),
      next: 'install it: apt-get install libbpf1 (Debian, Ubuntu), dnf install libbpf (Fedora), pacman -S libbpf (Arch)',
      cause,
    });
  }
  koffi.struct('UprobeMultiLink', UPROBE_MULTI_LINK);
  bind('libc.so.6', LIBC);
  loaded = Object.assign(calls as unknown as NativeCalls, {
    view: (pointer: Pointer, length: number) => koffi.view(pointer, length),
    errno: () => koffi.errno(),
  });
  // What the verifier says goes to stderr unless somebody asks for it.
  if (process.env.WIRELIGHT_DEBUG_LIBBPF === undefined) loaded.libbpf_set_print(null);
  return loaded;
}
