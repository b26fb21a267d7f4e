import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { agentNodeFlags } from '../../../src/agent/node-flags.ts';
import type { Lab } from '../../net/lab.ts';

/** What the watching process reports, sums since its start except for `microseconds`: since watching began. */
export interface Figures {
  readonly seen: number;
  readonly lost: number;
  /** CPU time of the process, user and system. */
  readonly microseconds: number;
  readonly rssMegabytes: number;
}

/** The agent in a process of its own. */
export interface Watcher {
  /** Watches the whole host, or one control group, and counts requests to `port`. */
  watch(port: number, scope?: string): Promise<void>;
  leave(): Promise<Figures>;
  figures(): Promise<Figures>;
}

/** Starts the watching process from the compiled sources (`npm run build`), as users run it. @param tls looks into TLS */
export async function startWatcher(lab: Lab, tls: boolean): Promise<Watcher> {
  const file = fileURLToPath(new URL('./watcher.mjs', import.meta.url));
  const program = await lab.start(process.execPath, [...agentNodeFlags, file], { prints: /ready/ });
  const { stdin, stdout } = program.child;
  if (stdin === null || stdout === null) throw new Error('the watching process has no pipes');
  const lines = createInterface(stdout);
  const ask = (command: object): Promise<Figures> =>
    new Promise((resolve) => {
      lines.once('line', (line) => resolve(JSON.parse(line) as Figures));
      stdin.write(`${JSON.stringify(command)}\n`);
    });
  return {
    watch: async (port, scope) => {
      await ask({ do: 'watch', port, scope, tls });
    },
    leave: () => ask({ do: 'leave' }),
    figures: () => ask({ do: 'figures' }),
  };
}
