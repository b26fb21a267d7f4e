import type { Agent, AgentOptions } from '../agent/types.ts';
import type { CaptureClock } from '../base/units.ts';
import type { CaptureSink } from '../capture/sink.ts';
import type { Names } from '../model/names.ts';

/** What commands need of a running capture. */
export interface Watching extends Pick<Agent, 'clock' | 'losses' | 'missing' | 'stop'> {
  readonly names: Names;
}

/** Starts a live capture. Commands take it from outside, so that they can be tested without a kernel. */
export type StartAgent = (
  options: AgentOptions,
  sink: (around: { readonly clock: CaptureClock; readonly names: Names }) => CaptureSink,
) => Promise<Watching>;

/** The real one, loaded when it is needed: help and errors come faster without it. */
export const startLiveAgent: StartAgent = async (options, sink) => {
  const { startAgent } = await import('../agent/agent.ts');
  return startAgent(options, sink);
};
