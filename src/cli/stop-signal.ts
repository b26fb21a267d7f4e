/**
 * Ends a command cleanly: the first Ctrl-C (or SIGTERM, SIGHUP) asks it to stop, the next one does not wait. One that
 * follows at once does not count: programs that start others pass on what the terminal sends to all of them anyway.
 */
export interface StopSignal extends Disposable {
  readonly signal: AbortSignal;
  /** Asks the command to stop for another reason (its reader is gone, time is up). */
  stop(): void;
}

/** Listens for the signals that end a command, until disposed of. */
export function stopOnSignals(): StopSignal {
  const controller = new AbortController();
  let first = 0;
  const onSignal = (name: NodeJS.Signals): void => {
    const now = performance.now();
    if (first > 0 && now - first > echo) process.exit(name === 'SIGINT' ? 130 : 143);
    if (first === 0) first = now;
    controller.abort();
  };
  const names: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    stop: () => controller.abort(),
    [Symbol.dispose]: () => {
      for (const name of names) process.off(name, onSignal);
    },
  };
}

/** Milliseconds within which a second signal is the same one, passed on. */
const echo = 500;

/** Resolves when the signal is aborted or `milliseconds` have passed, whichever is first. */
export function waitFor(signal: AbortSignal, milliseconds = Number.POSITIVE_INFINITY): Promise<void> {
  if (signal.aborted || milliseconds <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearInterval(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    // Also keeps the process alive while nothing else does.
    const timer = Number.isFinite(milliseconds)
      ? setTimeout(done, milliseconds)
      : setInterval(() => undefined, 1 << 30);
    signal.addEventListener('abort', done);
  });
}
