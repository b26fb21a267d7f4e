/** Ends a command cleanly: the first Ctrl-C (or SIGTERM, SIGHUP) asks it to stop, the second one does not wait. */
export interface StopSignal extends Disposable {
  readonly signal: AbortSignal;
  /** Asks the command to stop for another reason (its reader is gone, time is up). */
  stop(): void;
}

/** Listens for the signals that end a command, until disposed of. */
export function stopOnSignals(): StopSignal {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143);
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
