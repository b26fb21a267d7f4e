/** Runs one command line. The files that import this differ only in their names, by which processes are known. */
import { flush } from './output-queue.ts';
import { errorText } from './report-error.ts';
import { run } from './run.ts';
import { styleOf } from './style.ts';

// A reader that has seen enough (`| head`) ends the command quietly.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
process.stderr.on('error', () => undefined);

// Whatever fails outside of a command's own course ends it in the same words. The kernel detaches what was attached.
process.on('uncaughtException', (error) => {
  process.stderr.write(errorText(error, styleOf(process.stderr, process.env)));
  process.exit(1);
});

const code = await run(process.argv.slice(2), process);
await flush(process.stdout);
process.exit(code);
