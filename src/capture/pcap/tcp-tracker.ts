import type { CaptureTime } from '../../base/units.ts';
import { Side } from '../../model/request.ts';
import type { Chunk } from '../../protocols/protocol.ts';
import { addressPair } from './address-pair.ts';
import type { ServerPorts } from './client-side.ts';
import type { IpPacket } from './ip-packet.ts';
import { TcpConnection, type TcpHost } from './tcp-connection.ts';
import { TcpFlag, type TcpSegment } from './tcp-segment.ts';
import type { TupleEnd } from './tuple-table.ts';

/** How long after its end, in ns, a connection still takes its own stragglers. */
const LINGER = 1e9;

/** Finds out to which connection a segment belongs, where that depends on more than its addresses. */
export class TcpTracker {
  readonly #host: TcpHost;
  readonly #ports: ServerPorts;

  constructor(host: TcpHost, ports: ServerPorts) {
    this.#host = host;
    this.#ports = ports;
  }

  /**
   * Takes a segment between two sockets.
   * @param known the connection that the table has for them
   * @param end which of the table's ends sent it
   * @returns the connection it belongs to: `known`, a new one, or undefined where it is not worth one
   */
  segment(
    known: TcpConnection | undefined,
    end: TupleEnd,
    ip: IpPacket,
    segment: TcpSegment,
    chunk: Chunk,
  ): TcpConnection | undefined {
    let connection = known;
    if (known !== undefined) {
      const side = end === known.clientEnd ? Side.client : Side.server;
      if (known.isOutlived(chunk.time)) {
        known.abandon(chunk.time);
        connection = undefined;
      } else if (known.isSucceededBy(side, segment) || (known.closed && isNewLife(known, segment, chunk.time))) {
        // the sockets are in use again, so the earlier connection has ended, seen or not
        known.close(chunk.time, 'closed');
        connection = undefined;
      } else if (known.closed) return known;
    }
    connection ??= this.#open(end, ip, segment, chunk.time);
    connection?.segment(end === connection.clientEnd ? Side.client : Side.server, segment, chunk);
    return connection;
  }

  #open(end: TupleEnd, ip: IpPacket, segment: TcpSegment, time: CaptureTime): TcpConnection | undefined {
    const { flags, sourcePort, destinationPort } = segment;
    const isSyn = (flags & TcpFlag.syn) !== 0;
    // the last words of a connection of which nothing else is in the file
    if (!isSyn && (flags & TcpFlag.rst) !== 0 && segment.length === 0) return undefined;
    const isFromServer = isSyn ? (flags & TcpFlag.ack) !== 0 : this.#ports.isFromServer(sourcePort, destinationPort);
    const [source, destination] = addressPair(ip.addresses, sourcePort, destinationPort);
    const conversation = this.#host.conversations.open({
      transport: 'tcp',
      client: isFromServer ? destination : source,
      server: isFromServer ? source : destination,
      time,
      beginningSeen: isSyn,
    });
    const clientEnd = isFromServer ? ((1 - end) as TupleEnd) : end;
    return new TcpConnection(this.#host, conversation, clientEnd, time);
  }
}

/** True where data comes so long after a connection's end that it must be that of a later one whose SYN is not there. */
function isNewLife(connection: TcpConnection, segment: TcpSegment, time: CaptureTime): boolean {
  return segment.length > 0 && (segment.flags & TcpFlag.rst) === 0 && time - connection.closedAt > LINGER;
}
