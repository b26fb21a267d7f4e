import { type CaptureTarget, fileTarget, removeFile, rotatedPath, streamTarget } from './capture-target.ts';
import type { PacketStatistics } from './packet-socket.ts';
import {
  type InterfaceDescription,
  interfaceBlock,
  packetBlockSize,
  sectionBlock,
  statisticsBlock,
  TimestampHalves,
  writePacketBlock,
} from './pcapng-blocks.ts';

/** Where a capture is written to, and in how many pieces. */
export interface CaptureWriterOptions {
  /** File name, '-' for `stream`. */
  readonly path: string;
  readonly stream: NodeJS.WritableStream & import('node:stream').Writable;
  /** What wrote the file, as the file says it. */
  readonly application: string;
  /** A new file is begun once one has so many bytes. */
  readonly rotateBytes?: number;
  /** How many of those files are kept, the latest. All where it is absent. */
  readonly keepFiles?: number;
}

/** A packet to be written. */
export interface OutgoingPacket {
  readonly description: InterfaceDescription;
  readonly seconds: number;
  readonly nanos: number;
  readonly bytes: Uint8Array;
  /** Bytes on the wire. */
  readonly length: number;
  readonly flags: number;
  readonly comment: Uint8Array | undefined;
}

/** Packets are gathered in buffers of this size before they are handed on. */
const GATHER = 256 * 1024;

/** Writes packets as pcapng, into one file or into one after the other. */
export class CaptureWriter {
  /** Names of the files that are there now. */
  readonly files: string[] = [];
  packets = 0;
  /** Bytes of files written, all together. */
  bytes = 0;
  readonly #options: CaptureWriterOptions;
  readonly #time = new TimestampHalves();
  readonly #closing = new Set<Promise<void>>();
  #target: CaptureTarget;
  #interfaces = new Map<InterfaceDescription, number>();
  #buffer = Buffer.allocUnsafe(GATHER);
  #used = 0;
  #inFile = 0;
  #number = 0;
  #lastTime = 0n;

  /** @throws WirelightError `cannot_write`, `not_a_capture` */
  constructor(options: CaptureWriterOptions) {
    this.#options = options;
    this.#target = this.#open();
  }

  /** Bytes that wait to be written by the system. */
  get backlog(): number {
    return this.#target.backlog;
  }

  /** Why nothing can be written any more, undefined while it can. */
  get failure(): Error | undefined {
    return this.#target.failure;
  }

  /** Writes a packet. Interfaces are told apart by the identity of their description. */
  packet(packet: OutgoingPacket, statistics: () => PacketStatistics): void {
    const { rotateBytes } = this.#options;
    const size = packetBlockSize(packet.bytes.length, packet.comment);
    if (rotateBytes !== undefined && this.#interfaces.size > 0 && this.#inFile + size > rotateBytes) {
      this.#rotate(statistics());
    }
    let index = this.#interfaces.get(packet.description);
    if (index === undefined) {
      index = this.#interfaces.size;
      this.#interfaces.set(packet.description, index);
      this.#append(interfaceBlock(packet.description));
    }
    if (this.#used + size > this.#buffer.length) this.flush(size);
    this.#time.set(packet.seconds, packet.nanos);
    const { bytes, length, flags, comment } = packet;
    const block = { interfaceIndex: index, time: this.#time, bytes, length, flags, comment };
    this.#used = writePacketBlock(this.#buffer, this.#used, block);
    this.#inFile += size;
    this.bytes += size;
    this.packets++;
    this.#lastTime = BigInt(packet.seconds) * 1_000_000_000n + BigInt(packet.nanos);
  }

  /** Hands on what was gathered. */
  flush(room = 0): void {
    if (this.#used > 0) this.#target.write(this.#buffer.subarray(0, this.#used));
    if (this.#used > 0 || room > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(Math.max(GATHER, room));
    this.#used = 0;
  }

  /** Writes the statistics and closes the file. */
  async close(statistics: PacketStatistics): Promise<void> {
    this.#finish(statistics);
    await Promise.all(this.#closing);
  }

  #open(): CaptureTarget {
    const { path, stream, rotateBytes, application } = this.#options;
    let target: CaptureTarget;
    if (path === '-') target = streamTarget(stream);
    else {
      const name = rotateBytes === undefined ? path : rotatedPath(path, ++this.#number);
      target = fileTarget(name);
      this.files.push(name);
    }
    const section = sectionBlock(application);
    target.write(section);
    this.#inFile = section.length;
    this.bytes += section.length;
    return target;
  }

  #rotate(statistics: PacketStatistics): void {
    this.#finish(statistics);
    this.#interfaces = new Map();
    this.#target = this.#open();
    const { keepFiles } = this.#options;
    while (keepFiles !== undefined && this.files.length > keepFiles) {
      const oldest = this.files.shift();
      if (oldest !== undefined) removeFile(oldest);
    }
  }

  /** The kernel counts for all interfaces together: the first one in the file bears the sum. */
  #finish(statistics: PacketStatistics): void {
    if (this.#interfaces.size > 0) {
      this.#append(statisticsBlock(0, this.#lastTime, { ...statistics, written: this.packets }));
    }
    this.flush();
    const closing = this.#target.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  #append(block: Buffer): void {
    if (this.#used + block.length > this.#buffer.length) this.flush(block.length);
    this.#buffer.set(block, this.#used);
    this.#used += block.length;
    this.#inFile += block.length;
    this.bytes += block.length;
  }
}
