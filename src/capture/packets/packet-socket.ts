import { closeSync, openSync } from 'node:fs';
import { endianness } from 'node:os';
import { WirelightError } from '../../base/errors.ts';
import { errnoName } from '../../model/errno.ts';
import { BpfProgram } from './bpf-program.ts';
import { type Libc, libc } from './libc.ts';

/** A packet in the ring of a {@link PacketSocket}, reused for all: its bytes are the kernel's again after the handler. */
export interface RingPacket {
  bytes: Uint8Array;
  /** Captured bytes are bytes[start] .. bytes[end - 1], from the link layer's first byte on. */
  start: number;
  end: number;
  /** Where the network layer begins. */
  network: number;
  /** Bytes on the wire, without what the VLAN tag adds. */
  length: number;
  /** Wall-clock time. */
  seconds: number;
  nanos: number;
  interfaceIndex: number;
  /** ARPHRD_ of the interface. */
  hardwareType: number;
  /** To this host 0, broadcast 1, multicast 2, to another host 3, outgoing 4. */
  packetType: number;
  /** EtherType. */
  protocol: number;
  /** The VLAN tag that the kernel took out of the packet, -1 where there was none; and its EtherType. */
  vlan: number;
  vlanType: number;
}

/** How to listen. */
export interface PacketSocketOptions {
  /** Name of the one interface to listen on; all where it is absent. */
  readonly interfaceName?: string;
  /** A classic BPF program, as {@link kernelProgram} makes it. */
  readonly program: Uint8Array;
  /** Size of the ring shared with the kernel, rounded up to whole MiB. */
  readonly ringBytes: number;
  /** Path of another network namespace to listen in, e.g. /run/netns/NAME or /proc/PID/ns/net. */
  readonly namespace?: string;
}

/** What the kernel counted, sums since the socket was opened. */
export interface PacketStatistics {
  /** Packets that passed the kernel's filter, and those of them for which the ring had no room. */
  readonly received: number;
  readonly dropped: number;
}

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const SOL_PACKET = 263;
const PACKET_RX_RING = 5;
const PACKET_STATISTICS = 6;
const PACKET_VERSION = 10;
const TPACKET_V3 = 2;
const ETH_P_ALL = 3;
const CLONE_NEWNET = 0x40000000;
const SOCKADDR_LL = 20;
/** ioctl requests about interfaces (netdevice(7)), and the structure they take. */
const SIOCGIFNAME = 0x8910;
const SIOCGIFINDEX = 0x8933;
const IFREQ = 40;
const IFNAMSIZ = 16;

const BLOCK = 1024 * 1024;
/** A block that is not full is handed over after this many milliseconds. */
export const RETIRE_MILLISECONDS = 20;
/** Who owns a block: bit 0 is set where it is ours. */
const STATUS_USER = 1;
/** Offsets of struct tpacket_block_desc, in words. */
const BLOCK_STATUS = 2;
const BLOCK_PACKETS = 3;
const BLOCK_FIRST = 4;
/** Offset of the address behind struct tpacket3_hdr, and bits of its status. */
const HEADER = 48;
const VLAN_VALID = 1 << 4;
const VLAN_TYPE_VALID = 1 << 6;

const little = endianness() === 'LE';

/** All packets of some interfaces, through a ring of memory shared with the kernel (packet(7), TPACKET_V3). Needs root. */
export class PacketSocket implements Disposable {
  readonly #libc: Libc = libc();
  readonly #fd: number;
  readonly #memory: ArrayBuffer;
  readonly #words: Int32Array;
  readonly #view: DataView;
  readonly #blocks: number;
  readonly #packet: RingPacket;
  #next = 0;
  #received = 0;
  #dropped = 0;
  #closed = false;

  /** @throws WirelightError `not_permitted`, `no_namespace`, `no_interface`, `capture_refused` */
  constructor(options: PacketSocketOptions) {
    this.#fd = openSocket(this.#libc, options.namespace);
    try {
      this.#set(PACKET_VERSION, Uint32Array.of(TPACKET_V3), 'choose the ring');
      const { program } = options;
      this.#check(this.#libc.attachFilter(this.#fd, program, program.length / 8), 'set the filter');
      this.#blocks = Math.max(2, Math.ceil(options.ringBytes / BLOCK));
      const frame = 2048;
      const request = Uint32Array.of(
        BLOCK,
        this.#blocks,
        frame,
        (BLOCK / frame) * this.#blocks,
        RETIRE_MILLISECONDS,
        0,
        0,
      );
      this.#set(PACKET_RX_RING, request, `share ${this.#blocks} MiB with the kernel`);
      const memory = this.#libc.mmap(this.#blocks * BLOCK, this.#fd);
      if (memory === undefined) throw this.#refused(`map ${this.#blocks} MiB`);
      this.#memory = memory;
      this.#bind(options.interfaceName);
    } catch (error) {
      this.#libc.close(this.#fd);
      throw error;
    }
    this.#words = new Int32Array(this.#memory);
    this.#view = new DataView(this.#memory);
    this.#packet = {
      bytes: new Uint8Array(this.#memory),
      start: 0,
      end: 0,
      network: 0,
      length: 0,
      seconds: 0,
      nanos: 0,
      interfaceIndex: 0,
      hardwareType: 0,
      packetType: 0,
      protocol: 0,
      vlan: -1,
      vlanType: 0,
    };
  }

  /** Hands over the packets of the next block, where the kernel has filled one. Returns how many there were, -1 for none. */
  poll(handler: (packet: RingPacket) => void): number {
    if (this.#closed) return -1;
    const block = this.#next * BLOCK;
    const words = block / 4;
    if ((Atomics.load(this.#words, words + BLOCK_STATUS) & STATUS_USER) === 0) return -1;
    const count = this.#words[words + BLOCK_PACKETS];
    let at = block + this.#words[words + BLOCK_FIRST];
    try {
      for (let i = 0; i < count; i++) {
        this.#read(at);
        handler(this.#packet);
        at += this.#view.getUint32(at, little);
      }
    } finally {
      Atomics.store(this.#words, words + BLOCK_STATUS, 0);
      this.#next = this.#next + 1 === this.#blocks ? 0 : this.#next + 1;
    }
    return count;
  }

  /** What the kernel has counted so far. */
  statistics(): PacketStatistics {
    if (!this.#closed) {
      const counters = new Uint32Array(3);
      const bytes = new Uint8Array(counters.buffer);
      // reading sets the kernel's counters back
      if (this.#libc.getsockopt(this.#fd, SOL_PACKET, PACKET_STATISTICS, bytes, Uint32Array.of(12)) === 0) {
        this.#received += counters[0];
        this.#dropped += counters[1];
      }
    }
    return { received: this.#received, dropped: this.#dropped };
  }

  /** Takes no new packets from now on. Those that came before are handed over within {@link RETIRE_MILLISECONDS}. */
  stop(): void {
    const program = new BpfProgram();
    program.give(0);
    const bytes = program.encode();
    if (bytes !== undefined && !this.#closed) this.#libc.attachFilter(this.#fd, bytes, 1);
  }

  /** Stops listening; what is in the ring is gone. Statistics can still be asked for. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.statistics();
    this.#closed = true;
    this.#libc.munmap(this.#memory);
    this.#libc.close(this.#fd);
  }

  #read(at: number): void {
    const view = this.#view;
    const packet = this.#packet;
    const status = view.getUint32(at + 20, little);
    packet.seconds = view.getUint32(at + 4, little);
    packet.nanos = view.getUint32(at + 8, little);
    packet.start = at + view.getUint16(at + 24, little);
    packet.end = packet.start + view.getUint32(at + 12, little);
    packet.length = view.getUint32(at + 16, little);
    packet.network = at + view.getUint16(at + 26, little);
    packet.vlan = (status & VLAN_VALID) === 0 ? -1 : view.getUint32(at + 32, little) & 0xffff;
    packet.vlanType = (status & VLAN_TYPE_VALID) === 0 ? 0x8100 : view.getUint16(at + 36, little);
    packet.protocol = view.getUint16(at + HEADER + 2);
    packet.interfaceIndex = view.getInt32(at + HEADER + 4, little);
    packet.hardwareType = view.getUint16(at + HEADER + 8, little);
    packet.packetType = view.getUint8(at + HEADER + 10);
  }

  /** What an interface is called in the socket's network namespace; `if7` where it is gone. */
  interfaceName(index: number): string {
    const request = new Uint8Array(IFREQ);
    new DataView(request.buffer).setInt32(IFNAMSIZ, index, little);
    if (this.#closed || this.#libc.ioctl(this.#fd, SIOCGIFNAME, request) < 0) return `if${index}`;
    return Buffer.from(request.subarray(0, request.indexOf(0))).toString();
  }

  #indexOf(name: string): number {
    const request = new Uint8Array(IFREQ);
    request.set(Buffer.from(name).subarray(0, IFNAMSIZ - 1));
    if (this.#libc.ioctl(this.#fd, SIOCGIFINDEX, request) >= 0)
      return new DataView(request.buffer).getInt32(IFNAMSIZ, little);
    throw new WirelightError('no_interface', `there is no interface ${name}`, {
      next: 'ip link lists them; without --interface all are captured',
    });
  }

  #bind(interfaceName: string | undefined): void {
    const interfaceIndex = interfaceName === undefined ? 0 : this.#indexOf(interfaceName);
    const address = new Uint8Array(SOCKADDR_LL);
    const view = new DataView(address.buffer);
    view.setUint16(0, AF_PACKET, little);
    view.setUint16(2, ETH_P_ALL);
    view.setInt32(4, interfaceIndex, little);
    this.#check(this.#libc.bind(this.#fd, address, SOCKADDR_LL), 'listen on the interface');
  }

  #set(option: number, value: Uint32Array, what: string): void {
    const bytes = new Uint8Array(value.buffer);
    this.#check(this.#libc.setsockopt(this.#fd, SOL_PACKET, option, bytes, bytes.length), what);
  }

  #check(result: number, what: string): void {
    if (result < 0) throw this.#refused(what);
  }

  #refused(what: string): WirelightError {
    return new WirelightError('capture_refused', `cannot ${what}`, { why: why(this.#libc.errno()) });
  }
}

function why(errno: number): string {
  return `the kernel says ${errnoName(errno) || `error ${errno}`}`;
}

/** Opened in the namespace where it shall listen; protocol 0 keeps packets out until it is bound. */
function openSocket(c: Libc, namespace: string | undefined): number {
  const open = (): number => {
    const fd = c.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (fd >= 0) return fd;
    throw new WirelightError('not_permitted', 'cannot capture packets', {
      why: `${why(c.errno())}: this process lacks CAP_NET_RAW`,
      next: 'run it as root: sudo ./wirelight capture -o FILE',
    });
  };
  if (namespace === undefined) return open();
  const home = openSync('/proc/self/ns/net', 'r');
  let there: number;
  try {
    there = openSync(namespace, 'r');
  } catch (cause) {
    closeSync(home);
    throw new WirelightError('no_namespace', `there is no network namespace at ${namespace}`, {
      why: cause instanceof Error ? cause.message : String(cause),
      next: 'name one that `ip netns` lists, or the pid of a process in it',
      cause,
    });
  }
  try {
    if (c.setns(there, CLONE_NEWNET) !== 0) {
      throw new WirelightError('not_permitted', `cannot enter the network namespace at ${namespace}`, {
        why: why(c.errno()),
        next: 'run it as root',
      });
    }
    return open();
  } finally {
    c.setns(home, CLONE_NEWNET);
    closeSync(there);
    closeSync(home);
  }
}
