/**
 * Records the conversations of real clients with real servers as a protocol's samples.
 *
 *   npx tsx lab/databases/record.ts postgresql
 *
 * writes src/protocols/postgresql/recordings.ts anew.
 */
import { writeFileSync } from 'node:fs';
import { recordingLine } from '../../src/protocols/recording.ts';
import type { Piece } from '../../src/protocols/testing.ts';
import { Lab } from '../net/lab.ts';
import { startRecorder } from '../record.ts';
import { scenarios } from './scenarios.ts';

/** One or more connections under a name. */
export interface Scenario {
  readonly name: string;
  /** Which of the connections that it makes is kept, the first by default. */
  readonly connection?: number;
  run(port: number): Promise<void>;
}

async function record(protocol: string): Promise<void> {
  await using lab = new Lab();
  const set = scenarios[protocol];
  if (set === undefined) throw new Error(`no scenarios of ${protocol}; there are ${Object.keys(scenarios).join(', ')}`);
  const { port } = await set.start(lab);
  const constants: string[] = [];
  for (const scenario of set.scenarios) {
    const recorder = await startRecorder({ host: '127.0.0.1', port });
    await scenario.run(recorder.port);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await recorder.close();
    const pieces: readonly Piece[] = recorder.connections[scenario.connection ?? 0];
    const lines = pieces.map((piece) => recordingLine(piece.from, piece.bytes));
    const text = lines.join('\n');
    const literal = `${text.includes('\\') ? 'String.raw' : ''}\`\n${text}\n\``;
    constants.push(`  ${JSON.stringify(scenario.name)}: recording(${literal}),\n`);
  }
  const source = `import { recording } from '../recording.ts';

/** ${set.about} Written by \`npx tsx lab/databases/record.ts ${protocol}\`. */
export const recordings = {
${constants.join('')}};
`;
  writeFileSync(new URL(`../../src/protocols/${protocol}/recordings.ts`, import.meta.url), source);
}

await record(process.argv[2] ?? '');
