import { setTimeout as sleep } from 'node:timers/promises';
import { type Agent, type AgentOptions, startAgent } from '../../src/agent/agent.ts';
import type { Connection } from '../../src/model/connection.ts';
import type { EventFields } from '../../src/model/event.ts';
import { type RequestFields, RequestFlag } from '../../src/model/request.ts';
import type { Lab } from '../net/lab.ts';

/** A request as the agent reported it, copied. */
export interface SeenRequest extends RequestFields {
  readonly connection: Connection;
  readonly partial: boolean;
}

/** An agent in this process that keeps all that it sees. */
export interface Watcher {
  readonly agent: Agent;
  readonly requests: SeenRequest[];
  readonly connections: Connection[];
  readonly events: EventFields[];
  /** Requests over connections with this port at the client's end. */
  from(clientPort: number): SeenRequest[];
  /** Requests over connections with this port at the server's end. */
  to(serverPort: number): SeenRequest[];
  /** Waits until so many requests match, and a moment longer in case there are more than there should be. */
  until(count: number, matches: () => SeenRequest[]): Promise<SeenRequest[]>;
  /**
   * Places that lost something, with how much, since this was last asked. A record is missing for as long as the task that
   * writes it is kept from running, so there is some patience before it counts as lost.
   */
  newLosses(): Promise<Record<string, number>>;
}

/** Longest wait for what does not come, and how long to look for what should not. */
const PATIENCE_MILLISECONDS = 5000;
const DOUBT_MILLISECONDS = 200;

/** Starts an agent that stops when the lab closes. */
export async function watch(lab: Lab, options: AgentOptions = {}): Promise<Watcher> {
  const requests: SeenRequest[] = [];
  const connections: Connection[] = [];
  const events: EventFields[] = [];
  const agent = await startAgent(options, {
    request: (request, connection) => {
      const { attributes, flags } = request;
      requests.push({
        ...request,
        attributes: [...attributes],
        connection,
        partial: (flags & RequestFlag.partial) !== 0,
      });
    },
    connection: (connection, change) => {
      if (change === 'opened') connections.push(connection);
    },
    event: (event) => events.push({ ...event }),
  });
  lab.defer(() => agent.stop());
  let losses: ReadonlyMap<string, number> = new Map();
  return {
    agent,
    requests,
    connections,
    events,
    from: (port) => requests.filter(({ connection }) => connection.client.port === port),
    to: (port) => requests.filter(({ connection }) => connection.server.port === port),
    async until(count, matches) {
      const deadline = Date.now() + PATIENCE_MILLISECONDS;
      while (matches().length < count && Date.now() < deadline) await sleep(10);
      await sleep(DOUBT_MILLISECONDS);
      return matches();
    },
    async newLosses() {
      const before = losses;
      for (const deadline = Date.now() + PATIENCE_MILLISECONDS; ; await sleep(100)) {
        losses = agent.losses();
        if ((losses.get('records_missing') ?? 0) <= (before.get('records_missing') ?? 0)) break;
        if (Date.now() > deadline) break;
      }
      const more = [...losses].map(([name, count]): [string, number] => [name, count - (before.get(name) ?? 0)]);
      return Object.fromEntries(more.filter(([, count]) => count > 0));
    },
  };
}
