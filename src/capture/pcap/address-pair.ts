import { addressText } from '../../base/ip-address.ts';
import type { Endpoint } from '../../model/connection.ts';
import { remoteEndpoint } from '../conversations.ts';

const scratch = new Uint8Array(16);

/** Both ends of a packet as endpoints: [source, destination]. */
export function addressPair(
  addresses: Uint32Array,
  sourcePort: number,
  destinationPort: number,
): [source: Endpoint, destination: Endpoint] {
  return [
    remoteEndpoint(wordsText(addresses, 0), sourcePort),
    remoteEndpoint(wordsText(addresses, 4), destinationPort),
  ];
}

/** Text of the address whose four words begin at `at`. */
export function wordsText(words: Uint32Array, at: number): string {
  for (let i = 0; i < 4; i++) {
    const word = words[at + i];
    scratch[i * 4] = word >>> 24;
    scratch[i * 4 + 1] = word >>> 16;
    scratch[i * 4 + 2] = word >>> 8;
    scratch[i * 4 + 3] = word;
  }
  return addressText(scratch);
}
