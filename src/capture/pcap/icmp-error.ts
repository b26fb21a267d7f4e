import { type IpPacket, IpProtocol } from './ip-packet.ts';

/** What an ICMP error says about a connection. */
export interface IcmpError {
  readonly end: 'refused' | 'unreachable';
  /** What connect() or send() fails with on Linux. */
  readonly errno: number;
  readonly errnoName: string;
}

const refused: IcmpError = { end: 'refused', errno: 111, errnoName: 'ECONNREFUSED' };
const hostUnreachable: IcmpError = { end: 'unreachable', errno: 113, errnoName: 'EHOSTUNREACH' };
const networkUnreachable: IcmpError = { end: 'unreachable', errno: 101, errnoName: 'ENETUNREACH' };
const notPermitted: IcmpError = { end: 'unreachable', errno: 13, errnoName: 'EACCES' };

/** Destination unreachable of ICMP by code; code 4 (fragmentation needed) is no failure. RFC 792, RFC 1122, Linux icmp.c. */
const unreachable4: readonly (IcmpError | undefined)[] = [
  networkUnreachable,
  hostUnreachable,
  hostUnreachable,
  refused,
  undefined,
  hostUnreachable,
  networkUnreachable,
  hostUnreachable,
  hostUnreachable,
  networkUnreachable,
  hostUnreachable,
  networkUnreachable,
  hostUnreachable,
  hostUnreachable,
  hostUnreachable,
  hostUnreachable,
];

/** The same of ICMPv6 (RFC 4443, Linux net/ipv6/icmp.c). */
const unreachable6: readonly (IcmpError | undefined)[] = [
  networkUnreachable,
  notPermitted,
  hostUnreachable,
  hostUnreachable,
  refused,
  notPermitted,
  notPermitted,
];

/** Bytes of an ICMP header before the packet that it is about. */
export const ICMP_HEADER = 8;

/** Reads an ICMP or ICMPv6 message: the failure it tells of, undefined where it tells of none. */
export function icmpError(ip: IpPacket): IcmpError | undefined {
  if (ip.end - ip.start < ICMP_HEADER) return undefined;
  const type = ip.bytes[ip.start];
  const code = ip.bytes[ip.start + 1];
  if (ip.protocol === IpProtocol.icmp) {
    return type === 3 ? unreachable4[code] : type === 11 && code === 0 ? hostUnreachable : undefined;
  }
  return type === 1 ? unreachable6[code] : type === 3 && code === 0 ? hostUnreachable : undefined;
}
