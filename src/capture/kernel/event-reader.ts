import type { CaptureTime } from '../../base/units.ts';
import type { EventFields, EventKind } from '../../model/event.ts';
import { EventRecord, EventKind as KernelEvent } from '../../probe/layout.ts';
import type { Addresses, MutableTuple } from './addresses.ts';
import { tcpStateNames } from './tcp-state.ts';

const kinds: Readonly<Record<number, EventKind>> = {
  [KernelEvent.retransmit]: 'retransmit',
  [KernelEvent.resetSent]: 'reset_sent',
  [KernelEvent.resetReceived]: 'reset_received',
  [KernelEvent.drop]: 'drop',
  [KernelEvent.listenOverflow]: 'listen_overflow',
  [KernelEvent.synDrop]: 'syn_drop',
  [KernelEvent.udpReceiveOverflow]: 'udp_receive_overflow',
  [KernelEvent.zeroWindow]: 'zero_window',
};

/** A blank event, to be reused. */
export function newEvent(): EventFields {
  return {
    time: 0 as CaptureTime,
    kind: 'drop',
    reason: '',
    transport: 'other',
    sourceIp: '',
    sourcePort: 0,
    destinationIp: '',
    destinationPort: 0,
    netns: 0,
    pid: 0,
    comm: '',
    tcpState: '',
    bytes: 0,
    count: 1,
    connection: undefined,
  };
}

/** Reads event records into one reused object. */
export class EventReader {
  readonly event = newEvent();
  readonly #addresses: Addresses;
  readonly #reasons: ReadonlyMap<number, string>;
  readonly #tuple: MutableTuple = { localIp: '', remoteIp: '', localPort: 0, remotePort: 0, netns: 0 };

  constructor(addresses: Addresses, reasons: ReadonlyMap<number, string>) {
    this.#addresses = addresses;
    this.#reasons = reasons;
  }

  /** Reads the record at `at`. Its connection is for the caller to find. */
  read(bytes: Uint8Array, view: DataView, at: number, time: CaptureTime): EventFields {
    const { event } = this;
    const tuple = this.#tuple;
    this.#addresses.tuple(bytes, view, at + EventRecord.tupleLocal, tuple);
    const kind = view.getUint32(at + EventRecord.event, true);
    const reason = view.getUint32(at + EventRecord.reason, true);
    const protocol = view.getUint32(at + EventRecord.protocol, true);
    event.time = time;
    event.kind = kinds[kind] ?? 'drop';
    event.reason = reason === 0 ? '' : (this.#reasons.get(reason) ?? `REASON_${reason}`);
    // The queue of a listening socket was full: the kernel says so in the reason of the drop.
    if (event.reason === 'TCP_LISTEN_OVERFLOW' || event.reason === 'LISTEN_OVERFLOW') event.kind = 'listen_overflow';
    else if (event.reason === 'TCP_REQQFULLDROP') event.kind = 'syn_drop';
    event.transport = protocol === 6 ? 'tcp' : protocol === 17 ? 'udp' : 'other';
    event.sourceIp = tuple.localIp;
    event.sourcePort = tuple.localPort;
    event.destinationIp = tuple.remoteIp;
    event.destinationPort = tuple.remotePort;
    event.netns = tuple.netns;
    event.pid = view.getUint32(at + EventRecord.pid, true);
    event.comm = '';
    event.tcpState = tcpStateNames[view.getUint32(at + EventRecord.tcpState, true)] ?? '';
    event.bytes = view.getUint32(at + EventRecord.bytes, true);
    event.count = 1;
    event.connection = undefined;
    return event;
  }
}
