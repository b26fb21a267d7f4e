import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Who an agent is, and how often it was started. */
export interface AgentState {
  /** 16 hex digits, the same for good. */
  readonly id: string;
  /** 1 for the first start: numbers of blocks and connections of each run are others than those of all runs before. */
  readonly run: number;
}

/** Blocks and connections that one run may number. */
export const numbersPerRun = 2 ** 32;

const stateSchema = z.object({ id: z.string().regex(/^[0-9a-f]{16}$/), run: z.int().positive() });

/** Reads who this agent is from its directory and counts this run, or makes a new one. On disk before this returns. */
export function nextRun(directory: string): AgentState {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'agent.json');
  const before = read(path);
  const state: AgentState = {
    id: before?.id ?? randomBytes(8).toString('hex'),
    run: (before?.run ?? 0) + 1,
  };
  const file = openSync(`${path}.part`, 'w', 0o600);
  try {
    writeSync(file, `${JSON.stringify(state)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.part`, path);
  return state;
}

function read(path: string): AgentState | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch {
    // What is not ours to understand is not continued either: a new agent begins.
    return undefined;
  }
}
