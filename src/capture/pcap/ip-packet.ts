/** IP protocol numbers that are looked into. */
export const IpProtocol = { icmp: 1, ipip: 4, tcp: 6, udp: 17, ipv6: 41, icmpv6: 58 } as const;

/**
 * What the network layer says of a packet, reused for all. Addresses are four 32-bit words each, in network order, IPv4
 * mapped into IPv6 (0, 0, 0xffff, address).
 */
export interface IpPacket {
  /** 0-3: source, 4-7: destination. */
  readonly addresses: Uint32Array;
  /** Transport protocol after all extension headers. */
  protocol: number;
  /** The transport's captured bytes are bytes[start] .. bytes[end - 1]. */
  bytes: Uint8Array;
  start: number;
  end: number;
  /** Bytes of the transport header and payload that were on the wire. */
  length: number;
  /** Identification of IPv4, or of an IPv6 fragment header; with a flag that says whether the packet is a fragment. */
  identification: number;
  isFragment: boolean;
  fragmentOffset: number;
  moreFragments: boolean;
}

/** A blank IP packet. */
export function newIpPacket(): IpPacket {
  return {
    addresses: new Uint32Array(8),
    protocol: 0,
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    length: 0,
    identification: 0,
    isFragment: false,
    fragmentOffset: 0,
    moreFragments: false,
  };
}

/** Names of transports that are met in practice and not read. Others are one kind, so that kinds stay few. */
const others: ReadonlyMap<number, string> = new Map([
  [1, 'icmp'],
  [2, 'igmp'],
  [47, 'gre'],
  [51, 'ah'],
  [58, 'icmpv6'],
  [59, 'none'],
  [88, 'eigrp'],
  [89, 'ospf'],
  [103, 'pim'],
  [112, 'vrrp'],
  [132, 'sctp'],
  [136, 'udplite'],
]);

/** The name of a transport that is not read. */
export function otherTransportName(protocol: number): string {
  return others.get(protocol) ?? 'other';
}
