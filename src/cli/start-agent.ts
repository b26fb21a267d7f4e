import type { Agent, AgentOptions, SinkMaker } from '../agent/types.ts';

/** Starts a live capture. Commands take it from outside, so that they can be tested without a kernel. */
export type StartAgent = (options: AgentOptions, sink: SinkMaker) => Promise<Agent>;

/** The real one, loaded when it is needed: help and errors come faster without it. */
export const startLiveAgent: StartAgent = async (options, sink) => {
  const { startAgent } = await import('../agent/agent.ts');
  return startAgent(options, sink);
};
