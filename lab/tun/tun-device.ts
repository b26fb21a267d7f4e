import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { inNetworkNamespace } from '../../src/probe/namespaces.ts';
import type { Lab } from '../net/lab.ts';
import type { Namespace } from '../net/namespace.ts';

/** From linux/if_tun.h: bare IP packets, nothing in front of them. */
const TUNSETIFF = 0x400454ca;
const IFF_TUN = 1;
const IFF_NO_PI = 0x1000;
const O_NONBLOCK = 0o4000;
const O_RDWR = 2;

/**
 * A network interface of a namespace whose other end is this process: what the kernel sends out of it is handed to
 * {@link TunDevice.onPacket}, and what is written to it arrives from the network.
 */
export class TunDevice implements Disposable {
  /** Takes each IP packet that the kernel sent. The bytes are valid during the call. */
  onPacket: (packet: Buffer) => void = () => undefined;
  readonly #fd: number;
  readonly #buffer = Buffer.alloc(65_536);
  readonly #timer: NodeJS.Timeout;

  constructor(fd: number) {
    this.#fd = fd;
    this.#timer = setInterval(() => this.#read(), 1);
  }

  /** Hands a packet to the kernel. Its whole way through the stack, the receiving socket included, happens in this call. */
  write(packet: Uint8Array): void {
    writeSync(this.#fd, packet);
    this.#read();
  }

  #read(): void {
    for (;;) {
      let length: number;
      try {
        length = readSync(this.#fd, this.#buffer);
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return;
        throw error;
      }
      this.onPacket(this.#buffer.subarray(0, length));
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    closeSync(this.#fd);
  }
}

/**
 * Makes a TUN interface in a namespace and brings it up. It goes away with the lab.
 *
 * @param addresses of the kernel's side with prefix length; every other address of those networks is this process
 */
export function openTun(lab: Lab, namespace: Namespace, device: string, addresses: readonly string[]): TunDevice {
  const koffi = createRequire(import.meta.url)('koffi');
  const ioctl = koffi.load('libc.so.6').func('int ioctl(int fd, unsigned long request, void *argument)');
  const request = Buffer.alloc(40); // struct ifreq
  request.write(device, 0, 15, 'latin1');
  request.writeUInt16LE(IFF_TUN | IFF_NO_PI, 16);

  let fd = -1;
  inNetworkNamespace(namespace.path, () => {
    fd = openSync('/dev/net/tun', O_RDWR | O_NONBLOCK);
  });
  if (fd < 0) throw new Error(`/dev/net/tun cannot be opened in ${namespace.name}`);
  if (ioctl(fd, TUNSETIFF, request) !== 0) throw new Error(`TUNSETIFF failed: errno ${koffi.errno()}`);
  for (const address of addresses) {
    namespace.ip('address', 'add', address, 'dev', device, ...(address.includes(':') ? ['nodad'] : []));
  }
  namespace.ip('link', 'set', device, 'up');
  const tun = new TunDevice(fd);
  lab.defer(() => tun[Symbol.dispose]());
  return tun;
}
