/**
 * How agents send blocks to servers: HTTP/2, one request a block, over a unix socket on one machine and over TLS between
 * machines. A block is answered once the store has it; until then the agent keeps it. docs/server.md describes it.
 */
import { z } from 'zod';

/** `POST` the bytes of a block of a table here: `/ingest/v1/blocks/requests`. */
export const blocksPath = '/ingest/v1/blocks/';
/** `POST` how the agent is, as JSON, every few seconds. */
export const statusPath = '/ingest/v1/status';

/** Headers of a block and of its answer. */
export const headers = {
  /** The agent's id, 16 hex digits. */
  agent: 'x-wirelight-agent',
  /** The agent's number of the block: never used twice. */
  sequence: 'x-wirelight-sequence',
  /** Epoch milliseconds on the agent's clock when it sent this. */
  clock: 'x-wirelight-clock',
  rows: 'x-wirelight-rows',
  /** In answers: `1` while somebody looks at live data, so that the agent sends more often. */
  watched: 'x-wirelight-watched',
} as const;

/** Bytes of a block at most, after decompression. */
export const mostBlockBytes = 64 * 1024 * 1024;

const count = z.int().nonnegative();

/** How an agent is. */
export const agentStatusSchema = z.object({
  id: z.string().regex(/^[0-9a-f]{16}$/),
  host: z.string().max(256),
  cluster: z.string().max(256),
  version: z.string().max(64),
  /** Epoch milliseconds. */
  started: z.int(),
  /** Epoch milliseconds on its clock when this was sent. */
  now: z.int(),
  kernel: z.string().max(256),
  architecture: z.string().max(64),
  missing: z.array(z.object({ concern: z.string(), lost: z.string(), why: z.string() })).max(100),
  losses: z.record(z.string(), count),
  counters: z.record(z.string(), count),
  spool: z.object({ blocks: count, bytes: count, lost_rows: count }),
  cpu_ratio: z.number().nonnegative(),
  rss: count,
  /** Addresses of the host's interfaces. */
  addresses: z.array(z.string().max(64)).max(4096),
});
export type AgentStatus = z.infer<typeof agentStatusSchema>;

/** What a server says to a block. */
export type BlockAnswer =
  /** The store has it. */
  | { readonly kind: 'stored' }
  /** It will never be taken: it is put aside at the server, and counted as lost. */
  | { readonly kind: 'refused'; readonly why: string }
  /** Not now: no connection, no room, restarting. */
  | { readonly kind: 'later'; readonly why: string; readonly afterMilliseconds: number };
