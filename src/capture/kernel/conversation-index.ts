import { NumberTable } from '../../base/number-table.ts';
import { isLoopback, type MutableTuple } from './addresses.ts';
import type { LiveConversation } from './live-conversation.ts';

/**
 * Conversations by their addresses, and on loopback addresses by their network namespace. The key is the pair of ports, a
 * number: of conversations that share it, which is rare, each knows the next.
 */
export class ConversationIndex {
  readonly #byPorts = new NumberTable<LiveConversation>();

  /** The conversation that a socket with these addresses takes part in. */
  find(tuple: MutableTuple, isServer: boolean): LiveConversation | undefined {
    const { localIp, remoteIp, localPort, remotePort, netns } = tuple;
    const clientIp = isServer ? remoteIp : localIp;
    const serverIp = isServer ? localIp : remoteIp;
    const ports = isServer ? keyOf(remotePort, localPort) : keyOf(localPort, remotePort);
    let live = this.#byPorts.get(ports);
    while (live !== undefined) {
      if (live.client.ip === clientIp && live.server.ip === serverIp)
        if (live.indexedIn === (isLoopback(serverIp) ? netns : 0)) return live;
      live = live.nextByPorts;
    }
    return undefined;
  }

  /** @param netns 0 where it is not known yet: it is not indexed then */
  add(live: LiveConversation, netns: number): void {
    if (live.indexedIn >= 0 || netns === 0) return;
    const ports = keyOf(live.client.port, live.server.port);
    live.indexedIn = isLoopback(live.server.ip) ? netns : 0;
    live.nextByPorts = this.#byPorts.get(ports);
    this.#byPorts.set(ports, live);
  }

  delete(live: LiveConversation): void {
    if (live.indexedIn < 0) return;
    live.indexedIn = -1;
    const ports = keyOf(live.client.port, live.server.port);
    const first = this.#byPorts.get(ports);
    if (first === live) {
      if (live.nextByPorts === undefined) this.#byPorts.delete(ports);
      else this.#byPorts.set(ports, live.nextByPorts);
      return;
    }
    for (let before = first; before !== undefined; before = before.nextByPorts)
      if (before.nextByPorts === live) before.nextByPorts = live.nextByPorts;
  }
}

function keyOf(clientPort: number, serverPort: number): number {
  return clientPort * 65536 + serverPort;
}
