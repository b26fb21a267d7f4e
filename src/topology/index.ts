/** The live service graph. */

export { BothEnds, type BothEndsCounters } from './both-ends.ts';
export { bucketMilliseconds, type KeptEdge, type LiveEdge, LiveGraph } from './live-graph.ts';
export { LiveWindow, type WindowChange } from './live-window.ts';
export { type SumName, sumNames, Tally, tallyReader } from './tally.ts';
