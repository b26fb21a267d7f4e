#!/usr/bin/env node
import { flush } from './output-queue.ts';
import { run } from './run.ts';

// A reader that has seen enough (`| head`) ends the command quietly.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
process.stderr.on('error', () => undefined);

const code = await run(process.argv.slice(2), process);
await flush(process.stdout);
process.exit(code);
