/**
 * Flags of Node for a process that watches. What it allocates dies young, with the request or the connection: a small young
 * generation stays in the processor's cache, which the watched application shares, and keeps the process small.
 */
export const agentNodeFlags: readonly string[] = ['--max-semi-space-size=4'];
