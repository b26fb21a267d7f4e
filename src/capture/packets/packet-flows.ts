import type { Protocol } from '../../protocols/protocol.ts';
import { ServerPorts } from '../pcap/client-side.ts';
import { ICMP_HEADER, icmpError } from '../pcap/icmp-error.ts';
import { type IpPacket, IpProtocol, newIpPacket } from '../pcap/ip-packet.ts';
import { parseIp } from '../pcap/ip-parser.ts';
import { networkLayer } from '../pcap/link-layer.ts';
import type { CapturedPacket } from '../pcap/packet.ts';
import { Skips } from '../pcap/skips.ts';
import { TcpFlag } from '../pcap/tcp-segment.ts';
import { type TupleEnd, TupleTable, TupleTransport } from '../pcap/tuple-table.ts';
import { CapturedFlow } from './captured-flow.ts';

/** Conversations known at a time, and first fragments remembered so that the others find theirs. */
const MOST_FLOWS = 65_536;
const MOST_FRAGMENTED = 1024;

/** Tells which conversation a packet belongs to. Looks at headers alone. */
export class PacketFlows {
  /** Which end sent the packet of the last {@link find}; undefined for a packet about a conversation (ICMP). */
  from: TupleEnd | undefined;
  readonly #table = new TupleTable<CapturedFlow>(MOST_FLOWS);
  readonly #ports: ServerPorts;
  readonly #patience: number;
  readonly #ip = newIpPacket();
  readonly #inner = newIpPacket();
  /** What a packet lacks is for who reads the file to count. */
  readonly #uncounted = new Skips();
  readonly #fragmented = new Map<string, { flow: CapturedFlow; from: TupleEnd }>();

  /** @param patience how long, in ms, a new conversation's packets wait for names */
  constructor(protocols: readonly Protocol[], patience: number) {
    this.#ports = new ServerPorts(protocols);
    this.#patience = patience;
  }

  /** The conversation of a packet; undefined where it belongs to none (ARP, ICMP echo, what cannot be read). */
  find(packet: CapturedPacket, now: number): CapturedFlow | undefined {
    this.from = undefined;
    const network = networkLayer(packet, this.#uncounted);
    if (network < 0) return undefined;
    const ip = this.#ip;
    const length = packet.length - (network - packet.start);
    if (!parseIp(packet.bytes, network, packet.end, length, ip, this.#uncounted)) return undefined;
    if (ip.isFragment && ip.fragmentOffset !== 0) return this.#ofFragment(ip);
    const flow = this.#ofTransport(ip, now);
    if (flow !== undefined && ip.isFragment && this.from !== undefined) this.#remember(ip, flow, this.from);
    return flow;
  }

  #ofTransport(ip: IpPacket, now: number): CapturedFlow | undefined {
    switch (ip.protocol) {
      case IpProtocol.tcp:
        return ip.end - ip.start < 14 ? undefined : this.#ofTcp(ip, now);
      case IpProtocol.udp:
        return ip.end - ip.start < 4 ? undefined : this.#ofUdp(ip, now);
      case IpProtocol.icmp:
      case IpProtocol.icmpv6:
        return this.#ofIcmp(ip);
      default:
        return undefined;
    }
  }

  #ofTcp(ip: IpPacket, now: number): CapturedFlow {
    const [source, destination] = ports(ip);
    const flags = ip.bytes[ip.start + 13];
    const isSyn = (flags & TcpFlag.syn) !== 0;
    const isFirst = isSyn && (flags & TcpFlag.ack) === 0;
    const known = this.#table.find(ip.addresses, source, destination, TupleTransport.tcp);
    this.from = this.#table.end;
    if (known !== undefined && !(isFirst && known.used)) {
      if (!isSyn) known.used = true;
      return known;
    }
    const clientIsSource = isSyn ? isFirst : !this.#ports.isFromServer(source, destination);
    return this.#open('tcp', ip, source, destination, clientIsSource, now, known !== undefined);
  }

  #ofUdp(ip: IpPacket, now: number): CapturedFlow {
    const [source, destination] = ports(ip);
    const known = this.#table.find(ip.addresses, source, destination, TupleTransport.udp);
    this.from = this.#table.end;
    if (known !== undefined) return known;
    const clientIsSource = !this.#ports.isDatagramFromServer(source, destination);
    return this.#open('udp', ip, source, destination, clientIsSource, now, false);
  }

  #open(
    transport: 'tcp' | 'udp',
    ip: IpPacket,
    source: number,
    destination: number,
    clientIsSource: boolean,
    now: number,
    replaces: boolean,
  ): CapturedFlow {
    const { end } = this.#table;
    const between = { source, destination };
    const flow = new CapturedFlow(transport, ip.addresses, between, clientIsSource, end, now, this.#patience);
    if (replaces) this.#table.replace(flow);
    else this.#table.add(flow);
    return flow;
  }

  /** An error belongs to the conversation of the packet that it carries the beginning of. */
  #ofIcmp(ip: IpPacket): CapturedFlow | undefined {
    if (icmpError(ip) === undefined) return undefined;
    const inner = this.#inner;
    const length = ip.length - ICMP_HEADER;
    if (!parseIp(ip.bytes, ip.start + ICMP_HEADER, ip.end, length, inner, this.#uncounted)) return undefined;
    const { protocol } = inner;
    if (inner.end - inner.start < 4 || (protocol !== TupleTransport.tcp && protocol !== TupleTransport.udp)) {
      return undefined;
    }
    const [source, destination] = ports(inner);
    return this.#table.find(inner.addresses, source, destination, protocol);
  }

  #ofFragment(ip: IpPacket): CapturedFlow | undefined {
    const known = this.#fragmented.get(keyOf(ip));
    this.from = known?.from;
    return known?.flow;
  }

  #remember(ip: IpPacket, flow: CapturedFlow, from: TupleEnd): void {
    this.#fragmented.set(keyOf(ip), { flow, from });
    if (this.#fragmented.size <= MOST_FRAGMENTED) return;
    const [oldest] = this.#fragmented.keys();
    this.#fragmented.delete(oldest);
  }
}

function ports({ bytes, start }: IpPacket): [source: number, destination: number] {
  return [(bytes[start] << 8) | bytes[start + 1], (bytes[start + 2] << 8) | bytes[start + 3]];
}

function keyOf(ip: IpPacket): string {
  return `${ip.addresses.join(' ')} ${ip.identification}`;
}
