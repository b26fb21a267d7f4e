import { LinkType } from '../pcap/link-types.ts';

/** How the packets of a device are written. */
export interface DeviceLink {
  readonly linkType: number;
  /** True where the device has a link header that is kept; otherwise packets are written from their IP header on. */
  readonly hasHeader: boolean;
}

const ethernet: DeviceLink = { linkType: LinkType.ethernet, hasHeader: true };
const raw: DeviceLink = { linkType: LinkType.raw, hasHeader: false };

/** Devices whose header is that of Ethernet (ARPHRD_ETHER, ARPHRD_LOOPBACK). All others are written as raw IP. */
export function linkOfDevice(hardwareType: number): DeviceLink {
  return hardwareType === 1 || hardwareType === 772 ? ethernet : raw;
}
