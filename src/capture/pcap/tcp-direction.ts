import { type CaptureTime, NEVER } from '../../base/units.ts';
import type { Side } from '../../model/request.ts';
import type { Chunk } from '../../protocols/protocol.ts';
import { HalfRoundTrip } from './round-trip.ts';
import {
  defaultReassemblyLimits,
  type ReassemblyBudget,
  type StreamReceiver,
  TcpReassembly,
} from './tcp-reassembly.ts';

/** Takes what the two directions of a connection hand out. */
export interface DirectionOwner {
  deliver(side: Side, chunk: Chunk): void;
  lose(side: Side, bytes: number, time: CaptureTime): void;
}

/** What one side of a TCP connection sends. */
export class TcpDirection implements StreamReceiver {
  readonly side: Side;
  readonly stream: TcpReassembly;
  readonly roundTrip = new HalfRoundTrip();
  /** Sequence number of its SYN, -1 where that was not seen. */
  synSequence = -1;
  windowIsZero = false;
  /** Where the other side's acknowledgements are ahead of what was seen, and since when; NEVER where they are not. */
  ackedTo = 0;
  ackedSince: CaptureTime = NEVER;
  readonly #owner: DirectionOwner;

  constructor(owner: DirectionOwner, side: Side, budget: ReassemblyBudget) {
    this.#owner = owner;
    this.side = side;
    this.stream = new TcpReassembly(this, defaultReassemblyLimits, budget);
  }

  piece(chunk: Chunk): void {
    this.#owner.deliver(this.side, chunk);
  }

  lost(bytes: number, time: CaptureTime): void {
    this.#owner.lose(this.side, bytes, time);
  }
}
