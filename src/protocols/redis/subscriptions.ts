import { textOf } from '../text.ts';
import type { RespMessage } from './resp.ts';

/**
 * How many channels, patterns and shard channels a connection is subscribed to, as the server's confirmations tell: each
 * carries a sum, of channels and patterns or of shard channels. In RESP2 a connection that is subscribed gets messages as
 * arrays like any other.
 */
export class Subscriptions {
  #channels = 0;
  #patterns = 0;
  #shards = 0;

  /** True while messages may come. */
  get any(): boolean {
    return this.#channels + this.#patterns + this.#shards > 0;
  }

  /** Takes in a confirmation; gives how many subscriptions of its kind are left. */
  confirm(message: RespMessage): number {
    const { bytes, from, to } = message;
    if (message.leaves < 3) return 0;
    const sum = Number(textOf(bytes, from[2], Math.min(to[2], from[2] + 9)));
    if (!Number.isInteger(sum) || sum < 0) return 0;
    switch (bytes[from[0]]) {
      case 0x70: // psubscribe, punsubscribe
        this.#patterns = Math.max(0, sum - this.#channels);
        return this.#patterns;
      case 0x73: // subscribe or ssubscribe or sunsubscribe
        if (bytes[from[0] + 1] === 0x73 || to[0] - from[0] > 10) {
          this.#shards = sum;
          return this.#shards;
        }
    }
    this.#channels = Math.max(0, sum - this.#patterns);
    return this.#channels;
  }
}
