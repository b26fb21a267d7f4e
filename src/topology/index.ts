/** The live service graph. */
export { bucketMilliseconds, type LiveEdge, LiveGraph } from './live-graph.ts';
export { type SumName, sumNames, Tally, tallyReader } from './tally.ts';
