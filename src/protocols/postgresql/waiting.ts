/** What waits for an answer. */
export const Kind = {
  /** Startup and authentication: answered by the first ReadyForQuery. */
  connect: 0,
  /** Simple query, function call: answered by ReadyForQuery. */
  query: 1,
  /** Parse, Bind, Describe, Close that no Execute has followed yet: answered by one message each. */
  steps: 2,
  /** Those with their Execute: answered by CommandComplete and the like. */
  execute: 3,
  /** A Sync by itself: answered by ReadyForQuery, and no request. */
  sync: 4,
} as const;

/** Bits of `Exchange.key`. */
export const Key = {
  /** A Sync follows: ReadyForQuery ends it. */
  sync: 1,
  /** Its answer is complete, but for ReadyForQuery. */
  done: 2,
  /** It has a Parse. */
  parse: 4,
  /** A Flush followed the steps: nothing more belongs to them. */
  flushed: 16,
  /** It has a Close of a statement. */
  close: 32,
  /** It has a Bind, and so is to be executed. */
  bind: 64,
  /** Number of messages that answer the steps: key >>> 8. */
  step: 256,
} as const;
