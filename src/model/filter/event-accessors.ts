import { eventVerdict, seenAt } from '../judgement.ts';
import { endAccessors } from './end-accessors.ts';
import { sideMatches } from './request-accessors.ts';
import { type Accessors, type GetFact, unlessZero } from './subject.ts';

const isBad: GetFact = (s) => {
  const verdict = eventVerdict(s.event.kind);
  return verdict === 'failed' || verdict === 'dropped';
};

/** How events answer. The process that an event names is asked beside those of its ends. */
export const eventAccessors: Accessors = {
  texts: {
    ...endAccessors.texts,
    process: [...endAccessors.texts.process, (s) => s.event.comm],
    protocol: [(s) => s.event.connection?.protocol ?? '', (s) => s.event.transport],
    event: [(s) => s.event.kind],
    reason: [(s) => s.event.reason],
    tcp_state: [(s) => s.event.tcpState],
  },
  numbers: {
    ...endAccessors.numbers,
    netns: [...endAccessors.numbers.netns, (s) => unlessZero(s.event.netns)],
    pid: [...endAccessors.numbers.pid, (s) => unlessZero(s.event.pid)],
    connection: [(s) => s.event.connection?.id ?? Number.NaN],
    bytes: [(s) => unlessZero(s.event.bytes)],
  },
  addresses: endAccessors.addresses,
  choices: {
    ...endAccessors.choices,
    type: (choice) => choice === 'event',
    transport: (choice) => (s) => s.event.transport === choice,
    side: (choice) => (s) =>
      sideMatches(s.event.connection === undefined ? 'unknown' : seenAt(s.event.connection), choice),
    verdict: (choice) => (s) => eventVerdict(s.event.kind) === choice,
    is: (choice) => (choice === 'error' || choice === 'failure' ? isBad : false),
  },
  words: [...endAccessors.words, (s) => s.event.kind, (s) => s.event.reason, (s) => s.event.comm],
};
