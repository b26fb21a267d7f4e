/** The live service graph. */

export { BothEnds, type BothEndsCounters } from './both-ends.ts';
export { bucketMilliseconds, type LiveEdge, LiveGraph } from './live-graph.ts';
export { type SumName, sumNames, Tally, tallyReader } from './tally.ts';
