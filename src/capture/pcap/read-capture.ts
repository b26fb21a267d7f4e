import type { CaptureClock } from '../../base/units.ts';
import { type FileOutcome, readCaptureFile } from './capture-file.ts';
import { FileClock } from './file-clock.ts';
import { PacketReader, type PacketReaderOptions } from './packet-reader.ts';
import { Skips } from './skips.ts';

/** A capture file being read: its clock is known to sinks from the start and runs from the first packet on. */
export interface CaptureReading {
  readonly clock: CaptureClock;
  /** What was not read so far, by name. */
  readonly skips: Skips;
  /** Reads to the end of the file. */
  read(source: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<CaptureSummary>;
}

/** What was in a capture file. */
export interface CaptureSummary {
  readonly file: FileOutcome;
  readonly packets: number;
  /** Nanoseconds between the first packet and the last. */
  readonly duration: number;
  /** Things that protocols could not understand, by name. */
  readonly protocolCounters: ReadonlyMap<string, number>;
  readonly skips: Skips;
}

/**
 * Reads a capture file (pcap or pcapng) into requests, connections and events.
 *
 * @example
 * const reading = newCaptureReading({ sink, protocols, protocolOptions });
 * const summary = await reading.read(captureBytes('trace.pcapng'));
 */
export function newCaptureReading(options: PacketReaderOptions): CaptureReading {
  const skips = new Skips();
  const clock = new FileClock(skips);
  const reader = new PacketReader(options, skips);
  return {
    clock,
    skips,
    async read(source, signal) {
      const handler = (packet: Parameters<PacketReader['packet']>[0]) => reader.packet(packet);
      const file = await readCaptureFile(source, { clock, skips, handler }, signal);
      reader.finish();
      return {
        file,
        packets: reader.packets,
        duration: reader.packets === 0 ? 0 : clock.now - clock.first,
        protocolCounters: reader.conversations.counters,
        skips,
      };
    },
  };
}
