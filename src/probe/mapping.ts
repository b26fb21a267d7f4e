import { WirelightError } from '../base/errors.ts';
import { native, type Pointer } from './libbpf.ts';

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;

/** Memory of the kernel seen from here: the pages of a BPF map. */
export interface Mapping extends Disposable {
  readonly buffer: ArrayBuffer;
}

/**
 * Maps `length` bytes of a BPF map's memory.
 * @throws WirelightError `map_failed`
 */
export function mapMemory(fd: number, length: number, offset: number, writable: boolean): Mapping {
  const n = native();
  const pointer = n.mmap(null, length, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, offset);
  if (pointer === null || isFailed(pointer))
    throw new WirelightError('map_failed', `cannot map ${length} bytes of a kernel table`, {
      why: `mmap failed with errno ${n.errno()}`,
    });
  const buffer = n.view(pointer, length);
  return {
    buffer,
    [Symbol.dispose]: () => {
      n.munmap(pointer, length);
    },
  };
}

/** mmap's MAP_FAILED is an address of all ones. */
function isFailed(pointer: Pointer): boolean {
  return String(pointer) === String(0xffffffffffffffffn) || (pointer as unknown) === 0xffffffffffffffffn;
}
