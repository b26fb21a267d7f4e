import type { StopSignal } from '../stop-signal.ts';
import { waitFor } from '../stop-signal.ts';
import { type Supervised, supervise } from './supervise.ts';

/** Agent and server of this host, as two processes that are kept running. */
export interface Running {
  /** Where the pages are, with what logs in; undefined where the server does not run here. */
  readonly url: string | undefined;
  stop(): Promise<void>;
}

/** What to run, with the arguments of `serve` and `agent`. */
export interface Parts {
  readonly server?: readonly string[] | undefined;
  readonly agent?: readonly string[] | undefined;
}

/**
 * Starts what was asked for, the server first, and waits until it is ready or until it is told to stop.
 *
 * @param onServer called as soon as the pages can be opened
 * @param listen gets what both write to standard error, line by line; without it that is our own
 * @throws NeverReady where one of them ends at once; it has said why
 */
export async function startHere(
  parts: Parts,
  stop: StopSignal,
  say: (line: string) => void,
  onServer: (url: string) => void = () => undefined,
  listen?: (line: string) => void,
): Promise<Running> {
  let server: Supervised | undefined;
  let agent: Supervised | undefined;
  const running: { url: string | undefined; stop(): Promise<void> } = {
    url: undefined,
    stop: async () => {
      // The agent first, so that the server still takes what it has.
      await agent?.stop(8_000);
      await server?.stop(15_000);
    },
  };
  try {
    if (parts.server !== undefined) {
      server = supervise('server', ['serve', ...parts.server], { UV_THREADPOOL_SIZE: '16' }, say, listen);
      const ready = (await Promise.race([server.ready, stopped(stop)])) as { url?: string } | undefined;
      running.url = ready?.url;
      if (running.url !== undefined) onServer(running.url);
    }
    if (parts.agent !== undefined && !stop.signal.aborted) {
      agent = supervise('agent', ['agent', ...parts.agent], {}, say, listen);
      await Promise.race([agent.ready, stopped(stop)]);
    }
    return running;
  } catch (error) {
    await running.stop();
    throw error;
  }
}

async function stopped(stop: StopSignal): Promise<undefined> {
  await waitFor(stop.signal);
  return undefined;
}
