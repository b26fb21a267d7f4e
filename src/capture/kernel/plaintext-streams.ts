import { type CaptureTime, NEVER } from '../../base/units.ts';
import { Side } from '../../model/request.ts';
import type { Conversation } from '../conversation.ts';
import { StreamOrder } from './stream-order.ts';

/**
 * Both directions of what is said inside of a connection's TLS. One end shows it, so that nothing counts twice: where both
 * are on this host the server's, if its TLS is seen.
 */
export class PlaintextStreams {
  readonly conversation: Conversation;
  /** Which end shows it. */
  readonly isServer: boolean;
  /** The library's object, as the kernel tells it from others: low and high half of its generation. */
  #low: number;
  #high: number;
  toServer = new StreamOrder(Side.client);
  toClient = new StreamOrder(Side.server);
  /** The other end was told that it need not show anything. */
  otherIsQuiet = false;
  /** Something has been said. */
  begun = false;
  /** When the server last read something that it has not answered yet. */
  readAt: CaptureTime = NEVER;

  constructor(conversation: Conversation, isServer: boolean, low: number, high: number) {
    this.conversation = conversation;
    this.isServer = isServer;
    this.#low = low;
    this.#high = high;
  }

  /** True where what comes continues what was there; otherwise it begins anew, with an object that nobody knew before. */
  continues(low: number, high: number): boolean {
    if (low === this.#low && high === this.#high) return true;
    this.#low = low;
    this.#high = high;
    this.toServer = new StreamOrder(Side.client);
    this.toClient = new StreamOrder(Side.server);
    return false;
  }
}
