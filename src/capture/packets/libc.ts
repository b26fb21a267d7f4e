/** The few calls of libc that a packet socket needs, through koffi (FFI). */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** An address that C gave and C wants back. */
export type Address = object;

/** libc's functions by their own names. Those that fail give -1 (mmap: an address of all ones) and set errno. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  setsockopt(fd: number, level: number, option: number, value: Uint8Array, length: number): number;
  /** SO_ATTACH_FILTER alone takes a structure that points elsewhere. */
  attachFilter(fd: number, instructions: Uint8Array, count: number): number;
  getsockopt(fd: number, level: number, option: number, value: Uint8Array, length: Uint32Array): number;
  mmap(length: number, fd: number): ArrayBuffer | undefined;
  munmap(memory: ArrayBuffer): void;
  setns(fd: number, type: number): number;
  ioctl(fd: number, request: number, value: Uint8Array): number;
  close(fd: number): number;
  errno(): number;
}

interface Koffi {
  load(path: string): { func(prototype: string): (...values: unknown[]) => unknown };
  struct(name: string, fields: Record<string, string>): unknown;
  view(pointer: Address, length: number): ArrayBuffer;
  errno(): number;
}

const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;

let loaded: Libc | undefined;

/** libc, loaded on first use. */
export function libc(): Libc {
  if (loaded !== undefined) return loaded;
  const koffi = require('koffi') as Koffi;
  koffi.struct('wirelight_sock_fprog', { len: 'uint16_t', filter: 'const void *' });
  const library = koffi.load('libc.so.6');
  const call = (prototype: string) => library.func(prototype) as (...values: unknown[]) => number;
  const mmap = library.func(
    'void *mmap(void *at, size_t length, int protection, int flags, int fd, int64_t offset)',
  ) as (...values: unknown[]) => Address | null;
  const munmap = call('int munmap(void *at, size_t length)');
  const setFilter = call(
    'int setsockopt(int fd, int level, int option, const wirelight_sock_fprog *value, uint32_t length)',
  );
  const addresses = new WeakMap<ArrayBuffer, Address>();
  loaded = {
    socket: call('int socket(int domain, int type, int protocol)'),
    bind: call('int bind(int fd, const void *address, uint32_t length)'),
    setsockopt: call('int setsockopt(int fd, int level, int option, const void *value, uint32_t length)'),
    attachFilter: (fd, instructions, count) =>
      setFilter(fd, SOL_SOCKET, SO_ATTACH_FILTER, { len: count, filter: instructions }, 16),
    getsockopt: call('int getsockopt(int fd, int level, int option, _Out_ void *value, _Inout_ uint32_t *length)'),
    mmap: (length, fd) => {
      const at = mmap(null, length, PROT_READ_WRITE, MAP_SHARED, fd, 0);
      if (at === null || BigInt.asUintN(64, BigInt(String(at))) === 0xffffffffffffffffn) return undefined;
      const memory = koffi.view(at, length);
      addresses.set(memory, at);
      return memory;
    },
    munmap: (memory) => {
      const at = addresses.get(memory);
      if (at !== undefined) munmap(at, memory.byteLength);
    },
    setns: call('int setns(int fd, int type)'),
    ioctl: call('int ioctl(int fd, unsigned long request, _Inout_ void *value)'),
    close: call('int close(int fd)'),
    errno: () => koffi.errno(),
  };
  return loaded;
}
