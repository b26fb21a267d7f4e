import { NEVER } from '../../base/units.ts';
import { errnoName } from '../errno.ts';
import { connectionVerdict, seenAt } from '../judgement.ts';
import { endAccessors } from './end-accessors.ts';
import { sideMatches } from './request-accessors.ts';
import { type Accessors, type GetFact, type GetText, unlessNegative } from './subject.ts';

const protocol: readonly GetText[] = [(s) => s.connection.protocol, (s) => s.connection.transport];
const hasFailed: GetFact = (s) => connectionVerdict(s.connection.end) === 'failed';

/** How connections answer. */
export const connectionAccessors: Accessors = {
  texts: {
    ...endAccessors.texts,
    protocol,
    reason: [(s) => errnoName(s.connection.errno)],
  },
  numbers: {
    ...endAccessors.numbers,
    connection: [(s) => s.connection.id],
    bytes: [
      (s) => unlessNegative(s.connection.counters.clientBytes) + unlessNegative(s.connection.counters.serverBytes),
    ],
    duration: [(s) => (s.connection.ended === NEVER ? Number.NaN : s.connection.ended - s.connection.start)],
    rtt: [(s) => unlessNegative(s.connection.counters.rttSmoothed)],
    retransmits: [
      (s) =>
        unlessNegative(s.connection.counters.clientRetransmits) +
        unlessNegative(s.connection.counters.serverRetransmits),
    ],
  },
  addresses: endAccessors.addresses,
  choices: {
    ...endAccessors.choices,
    type: (choice) => choice === 'connection',
    transport: (choice) => (s) => s.connection.transport === choice,
    side: (choice) => (s) => sideMatches(seenAt(s.connection), choice),
    verdict: (choice) => (s) => connectionVerdict(s.connection.end) === choice,
    change: (choice) => (s) => s.change === choice,
    end: (choice) => (s) => s.connection.end === choice,
    is: (choice) => (choice === 'error' || choice === 'failure' ? hasFailed : false),
  },
  words: [...endAccessors.words, ...protocol, (s) => s.connection.end, (s) => errnoName(s.connection.errno)],
};
