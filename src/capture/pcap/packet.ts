import { type CaptureTime, NEVER } from '../../base/units.ts';

/**
 * One captured packet, reused for all: its bytes are a view of memory that is overwritten after the handler returns.
 */
export interface CapturedPacket {
  bytes: Uint8Array;
  /** Captured bytes are bytes[start] .. bytes[end - 1], from the link layer's first byte on. */
  start: number;
  end: number;
  /** Bytes the packet had on the wire; at least end - start. */
  length: number;
  /** LINKTYPE_ value (https://www.tcpdump.org/linktypes.html). */
  linkType: number;
  /** Which interface of the file saw it; 0 where the file has but one. */
  interfaceIndex: number;
  time: CaptureTime;
  /** The first comment of a pcapng packet is bytes[commentStart] .. bytes[commentEnd - 1]; empty where there is none. */
  commentStart: number;
  commentEnd: number;
}

/** A blank packet. */
export function newCapturedPacket(): CapturedPacket {
  return {
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    length: 0,
    linkType: 0,
    interfaceIndex: 0,
    time: NEVER,
    commentStart: 0,
    commentEnd: 0,
  };
}

/** Takes the packets of a file, one after the other. */
export type PacketHandler = (packet: CapturedPacket) => void;
