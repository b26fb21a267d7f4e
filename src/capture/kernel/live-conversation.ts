import { type CaptureTime, NEVER } from '../../base/units.ts';
import type { ConnectionEnd, Endpoint } from '../../model/connection.ts';
import { Side } from '../../model/request.ts';
import type { Conversation } from '../conversation.ts';
import type { PlaintextStreams } from './plaintext-streams.ts';
import { StreamOrder } from './stream-order.ts';

/**
 * A TCP conversation as the kernel shows it: by one socket of this host or, where both ends are here, by two. Both show
 * the same sequence numbers, so what the second shows again is recognised and not counted twice.
 */
export class LiveConversation {
  readonly conversation: Conversation;
  readonly toServer = new StreamOrder(Side.client);
  readonly toClient = new StreamOrder(Side.server);
  /** Cookies of the sockets at each end; 0 where that end is elsewhere or not known. */
  clientCookie = 0;
  serverCookie = 0;
  /** Sockets of this host that are still open. */
  openSockets = 0;
  end: ConnectionEnd = 'closed';
  /** When the last of its records passed. */
  lastSeen: CaptureTime = NEVER;
  /** The namespace that it is indexed by in {@link ConversationIndex} (0: any), -1 where it is not; and the next in there. */
  indexedIn = -1;
  nextByPorts: LiveConversation | undefined;
  /** What is said inside of its TLS, once that is seen. */
  plaintext: PlaintextStreams | undefined;

  constructor(conversation: Conversation) {
    this.conversation = conversation;
    conversation.carrier = this;
  }

  get client(): Endpoint {
    return this.conversation.connection.client;
  }

  get server(): Endpoint {
    return this.conversation.connection.server;
  }
}
