import { addressText } from '../../base/ip-address.ts';
import { Tuple } from '../../probe/layout.ts';

const MOST = 65536;

/** Texts of addresses in records, remembered, so that the same address is the same string. */
export class Addresses {
  readonly #v4 = new Map<number, string>();

  /** Text of the 16 bytes at `at`. */
  read(bytes: Uint8Array, view: DataView, at: number): string {
    if (
      view.getUint32(at + 8, false) !== 0xffff ||
      view.getUint32(at, true) !== 0 ||
      view.getUint32(at + 4, true) !== 0
    )
      return addressText(bytes.subarray(at, at + 16));
    const number = view.getUint32(at + 12, true);
    const known = this.#v4.get(number);
    if (known !== undefined) return known;
    if (this.#v4.size >= MOST) this.#v4.clear();
    const text = addressText(bytes.subarray(at, at + 16));
    this.#v4.set(number, text);
    return text;
  }

  /** Reads a whole tuple at `at` into `into`. */
  tuple(bytes: Uint8Array, view: DataView, at: number, into: MutableTuple): void {
    into.localIp = this.read(bytes, view, at + Tuple.local);
    into.remoteIp = this.read(bytes, view, at + Tuple.remote);
    into.localPort = view.getUint16(at + Tuple.localPort, true);
    into.remotePort = view.getUint16(at + Tuple.remotePort, true);
    into.netns = view.getUint32(at + Tuple.netns, true);
  }
}

/** A socket's two ends, from its own side. Reused. */
export interface MutableTuple {
  localIp: string;
  remoteIp: string;
  localPort: number;
  remotePort: number;
  /** Network namespace (inode number), 0 where the record does not know. */
  netns: number;
}

/** True for addresses that only mean something within one network namespace. */
export function isLoopback(ip: string): boolean {
  return ip.startsWith('127.') || ip === '::1';
}
