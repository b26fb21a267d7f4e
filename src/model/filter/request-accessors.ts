import { isError, isFailure, requestVerdict, type SeenAt, seenAt } from '../judgement.ts';
import { operationOf } from '../operation.ts';
import { outcomeNames, RequestFlag } from '../request.ts';
import { latencyOf, sentOf, waitedOf, workedOf } from '../timing.ts';
import { endAccessors } from './end-accessors.ts';
import type { Accessors, GetFact, GetText, TestOfChoice } from './subject.ts';

const targets: readonly GetText[] = [(s) => s.request.target, (s) => s.request.resource];

const facts: Readonly<Record<string, GetFact>> = {
  partial: (s) => (s.request.flags & RequestFlag.partial) !== 0,
  wait: (s) => (s.request.flags & RequestFlag.wait) !== 0,
  streaming: (s) => (s.request.flags & RequestFlag.streaming) !== 0,
  tls: (s) => (s.request.flags & RequestFlag.tls) !== 0,
  one_way: (s) => (s.request.flags & RequestFlag.oneWay) !== 0,
  retry: (s) => (s.request.flags & RequestFlag.retry) !== 0,
  both_sides: (s) => (s.request.flags & RequestFlag.bothSides) !== 0,
  upgrade: (s) => (s.request.flags & RequestFlag.upgrade) !== 0,
  error: (s) => isError(s.request.outcome),
  failure: (s) => isFailure(s.request.outcome),
};

/** `outcome:timeout`, and the two groups `error` and `failure`. Also what `status:` understands besides codes. */
export const outcomeTest: TestOfChoice = (choice) => {
  if (choice === 'error') return facts.error;
  if (choice === 'failure') return facts.failure;
  return (s) => outcomeNames[s.request.outcome] === choice;
};

/** What was seen at both ends was seen at each. */
export function sideMatches(side: SeenAt, choice: string): boolean {
  return side === choice || (side === 'both' && choice !== 'unknown');
}

/** How requests answer. */
export const requestAccessors: Accessors = {
  texts: {
    ...endAccessors.texts,
    protocol: [(s) => s.request.protocol, (s) => s.connection.transport],
    method: [(s) => s.request.method],
    path: targets,
    target: targets,
    operation: [(s) => operationOf(s.request)],
    authority: [(s) => s.request.authority],
    status: [(s) => s.request.codeText],
    trace: [(s) => s.request.traceId],
    correlation: [(s) => s.request.correlationId],
    agent: [(s) => s.request.userAgent],
    content_type: [(s) => s.request.contentType],
  },
  numbers: {
    ...endAccessors.numbers,
    connection: [(s) => s.connection.id],
    status: [(s) => (s.request.code === -1 ? Number.NaN : s.request.code)],
    latency: [(s) => latencyOf(s.request)],
    waited: [(s) => waitedOf(s.request)],
    worked: [(s) => workedOf(s.request)],
    sent: [(s) => sentOf(s.request)],
    bytes: [(s) => s.request.requestBytes + s.request.responseBytes],
    'request.bytes': [(s) => s.request.requestBytes],
    'response.bytes': [(s) => s.request.responseBytes],
  },
  addresses: endAccessors.addresses,
  choices: {
    ...endAccessors.choices,
    type: (choice) => choice === 'request',
    transport: (choice) => (s) => s.connection.transport === choice,
    side: (choice) => (s) => sideMatches(seenAt(s.connection), choice),
    verdict: (choice) => (s) => requestVerdict(s.request.outcome) === choice,
    outcome: outcomeTest,
    is: (choice) => facts[choice] ?? false,
  },
  words: [
    ...endAccessors.words,
    (s) => s.request.protocol,
    (s) => operationOf(s.request),
    (s) => s.request.resource,
    (s) => s.request.authority,
    (s) => s.request.codeText,
  ],
};
