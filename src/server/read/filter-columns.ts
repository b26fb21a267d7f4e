/** How the tables answer filters: for each field the SQL that gives what the predicate looks at. */
import type { SqlColumns, SqlText } from '../../model/filter/index.ts';
import { eventVerdict } from '../../model/judgement.ts';
import { RequestFlag } from '../../model/request.ts';
import { connectionStates, entityKinds, eventKinds, sides, traceHash, transports } from '../../model/tables/index.ts';
import { addressText, type End, endText, kindCondition, partyProperties } from './entity-conditions.ts';
import { errnoNames } from './errno-sql.ts';

type Numbers = Record<string, readonly { readonly expression: string; readonly known?: string }[]>;
type Choices = Record<string, Readonly<Record<string, string>>>;

interface EndSql {
  readonly texts: Record<string, SqlText[]>;
  readonly numbers: Numbers;
  readonly ip: string;
  readonly party: SqlText[];
  readonly kind: Record<string, string>;
  readonly class: Record<string, string>;
}

function endOf(end: End, withProcess: boolean): EndSql {
  const ip = `${end}_ip`;
  return {
    texts: {
      name: [endText(end, ['name'])],
      workload: [endText(end, ['workload'])],
      process: [endText(end, ['process'])],
      container: [endText(end, ['container'])],
      pod: [endText(end, ['pod'])],
      unit: [endText(end, ['unit'])],
      domain: [endText(end, ['domain'])],
      user: [endText(end, ['user'])],
      namespace: [endText(end, ['podNamespace', 'namespace'])],
    },
    numbers: {
      port: [{ expression: `${end}_port`, known: `${end}_port > 0` }],
      ...(withProcess
        ? {
            pid: [{ expression: `${end}_pid`, known: `${end}_pid > 0` }],
            netns: [{ expression: `${end}_netns`, known: `${end}_netns > 0` }],
          }
        : {}),
    },
    ip,
    party: [endText(end, partyProperties), addressText(ip)],
    kind: Object.fromEntries(entityKinds.map((kind) => [kind, kindCondition(end, kind)])),
    class: classes(ip),
  };
}

/** The ends, for a table that knows the processes at them or not. */
function ends(withProcess: boolean): Pick<SqlColumns, 'texts' | 'numbers' | 'addresses' | 'choices' | 'words'> {
  const from = endOf('source', withProcess);
  const to = endOf('destination', withProcess);
  const prefixed = <T>(prefix: string, table: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(table).map(([field, value]) => [`${prefix}.${field}`, value]));
  const both = <T>(a: Readonly<Record<string, readonly T[]>>, b: Readonly<Record<string, readonly T[]>>) =>
    Object.fromEntries(Object.entries(a).map(([field, value]) => [field, [...value, ...b[field]]]));
  const either = (a: Record<string, string>, b: Record<string, string>) =>
    Object.fromEntries(Object.entries(a).map(([word, condition]) => [word, `${condition} OR ${b[word]}`]));
  return {
    texts: {
      ...prefixed('from', from.texts),
      ...prefixed('to', to.texts),
      ...both(from.texts, to.texts),
      from: from.party,
      to: to.party,
      with: [...from.party, ...to.party],
    },
    numbers: {
      ...prefixed('from', from.numbers),
      ...prefixed('to', to.numbers),
      ...both(from.numbers, to.numbers),
    },
    addresses: {
      from: [from.ip],
      'from.ip': [from.ip],
      to: [to.ip],
      'to.ip': [to.ip],
      with: [from.ip, to.ip],
      ip: [from.ip, to.ip],
    },
    choices: {
      'from.kind': from.kind,
      'from.class': from.class,
      'to.kind': to.kind,
      'to.class': to.class,
      kind: either(from.kind, to.kind),
      class: either(from.class, to.class),
    },
    words: [...from.party, ...to.party],
  };
}

const transportChoices: Choices[string] = Object.fromEntries(transports.map((word) => [word, `transport = '${word}'`]));
/** What was seen at both ends was seen at each. */
const sideChoices: Choices[string] = Object.fromEntries(
  sides.map((word) => [word, word === 'unknown' ? "side = 'unknown'" : `side IN ('${word}', 'both')`]),
);
const known = (expression: string) => [{ expression, known: `${expression} >= 0` }];

const outcomes: Record<string, string> = {
  ...Object.fromEntries(
    ['unset', 'ok', 'client_error', 'server_error', 'timeout', 'aborted'].map((word) => [word, `outcome = '${word}'`]),
  ),
  error: "outcome NOT IN ('ok', 'unset')",
  failure: "outcome IN ('server_error', 'timeout', 'aborted')",
};

const flag = (bit: number): string => `bitAnd(flags, ${bit}) != 0`;
const requestEnds = ends(true);

/** A whole trace id is looked up: `request_traces` says in which minutes and at whom its requests arrived. */
const traceText: SqlText = (pattern, passes) => {
  const [id] = pattern;
  if (pattern.length > 1) return passes("if(trace_id = toFixedString('', 16), '', lower(hex(trace_id)))");
  if (!/^[0-9a-f]{32}$/i.test(id) || /^0+$/.test(id)) return undefined;
  const bytes = `toFixedString(unhex('${id}'), 16)`;
  return `(trace_id = ${bytes} AND (toStartOfMinute(time), destination) IN (SELECT toDateTime(minute * 60, 'UTC'), destination FROM request_traces WHERE trace = ${traceHash(bytes)}))`;
};

/** Rows of `requests`. */
export const requestFilterColumns: SqlColumns = {
  texts: {
    ...requestEnds.texts,
    protocol: ['protocol', 'toString(transport)'],
    method: ['method'],
    path: ['target', 'resource'],
    target: ['target', 'resource'],
    operation: ['operation'],
    authority: ['authority'],
    status: ['code_text'],
    trace: [traceText],
    correlation: ['correlation_id'],
    agent: ['user_agent'],
    content_type: ['content_type'],
  },
  numbers: {
    ...requestEnds.numbers,
    connection: [{ expression: 'connection' }],
    status: [{ expression: 'code', known: 'code != -1' }],
    latency: known('latency_ns'),
    waited: known('waited_ns'),
    worked: known('worked_ns'),
    sent: known('sent_ns'),
    bytes: [{ expression: '(request_bytes + response_bytes)' }],
    'request.bytes': [{ expression: 'request_bytes' }],
    'response.bytes': [{ expression: 'response_bytes' }],
  },
  addresses: requestEnds.addresses,
  choices: {
    ...requestEnds.choices,
    type: { request: '1' },
    transport: transportChoices,
    side: sideChoices,
    verdict: {
      failed: "outcome IN ('timeout', 'aborted')",
      forwarded: "outcome NOT IN ('timeout', 'aborted')",
    },
    outcome: outcomes,
    is: {
      partial: flag(RequestFlag.partial),
      wait: flag(RequestFlag.wait),
      streaming: flag(RequestFlag.streaming),
      tls: flag(RequestFlag.tls),
      one_way: flag(RequestFlag.oneWay),
      retry: flag(RequestFlag.retry),
      both_sides: flag(RequestFlag.bothSides),
      upgrade: flag(RequestFlag.upgrade),
      error: outcomes.error,
      failure: outcomes.failure,
    },
  },
  words: [...requestEnds.words, 'protocol', 'operation', 'resource', 'authority', 'code_text'],
};

const failedStates = "state IN ('reset', 'aborted', 'refused', 'timed_out', 'unreachable', 'failed')";

/** Rows of `flows`: each as what its connection did in its interval. */
export const flowFilterColumns: SqlColumns = {
  texts: { ...requestEnds.texts, protocol: ['protocol', 'toString(transport)'], reason: [errnoNames('errno')] },
  numbers: {
    ...requestEnds.numbers,
    connection: [{ expression: 'connection' }],
    bytes: [{ expression: '(source_bytes + destination_bytes)' }],
    duration: [
      {
        expression:
          '(toInt64(toUnixTimestamp64Nano(time)) + duration_ns - toInt64(toUnixTimestamp64Nano(connection_start)))',
        known: 'ended',
      },
    ],
    rtt: known('rtt_ns'),
    retransmits: [{ expression: '(source_retransmits + destination_retransmits)' }],
  },
  addresses: requestEnds.addresses,
  choices: {
    ...requestEnds.choices,
    type: { connection: '1' },
    transport: transportChoices,
    side: sideChoices,
    verdict: { failed: failedStates, forwarded: `NOT (${failedStates})` },
    change: {
      opened: 'opened',
      established: 'connect_ns >= 0',
      closed: 'ended',
      updated: 'NOT ended',
      identified: "protocol != ''",
    },
    end: Object.fromEntries(connectionStates.map((word) => [word, `state = '${word}'`])),
    is: { error: failedStates, failure: failedStates },
  },
  words: [...requestEnds.words, 'protocol', 'toString(transport)', 'toString(state)', errnoNames('errno')],
};

const eventEnds = ends(false);
const kindsOf = (verdict: string): string => {
  const list = eventKinds.filter((kind) => eventVerdict(kind) === verdict).map((kind) => `'${kind}'`);
  return list.length === 0 ? '0' : `kind IN (${list.join(', ')})`;
};

/** Rows of `events`. */
export const eventFilterColumns: SqlColumns = {
  texts: {
    ...eventEnds.texts,
    process: [...(eventEnds.texts.process ?? []), 'process'],
    protocol: ['protocol', 'toString(transport)'],
    event: ['toString(kind)'],
    reason: ['reason'],
    tcp_state: ['tcp_state'],
  },
  numbers: {
    ...eventEnds.numbers,
    netns: [{ expression: 'netns', known: 'netns > 0' }],
    pid: [{ expression: 'pid', known: 'pid > 0' }],
    connection: [{ expression: 'connection', known: 'connection > 0' }],
    bytes: [{ expression: 'bytes', known: 'bytes > 0' }],
  },
  addresses: eventEnds.addresses,
  choices: {
    ...eventEnds.choices,
    type: { event: '1' },
    transport: transportChoices,
    verdict: { failed: kindsOf('failed'), dropped: kindsOf('dropped') },
    is: {
      error: `(${kindsOf('failed')} OR ${kindsOf('dropped')})`,
      failure: `(${kindsOf('failed')} OR ${kindsOf('dropped')})`,
    },
  },
  words: [...eventEnds.words, 'toString(kind)', 'reason', 'process'],
};

/** Where an address is to be found, as identity/address-class.ts has it. */
function classes(ip: string): Record<string, string> {
  const within = (...networks: (readonly [first: string, last: string])[]): string =>
    `(${networks.map(([first, last]) => `${ip} BETWEEN toIPv6('${first}') AND toIPv6('${last}')`).join(' OR ')})`;
  const unspecified = within(['0.0.0.0', '0.0.0.0'], ['::', '::']);
  const loopback = within(['127.0.0.0', '127.255.255.255'], ['::1', '::1']);
  const linkLocal = within(['169.254.0.0', '169.254.255.255'], ['fe80::', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff']);
  const multicast = within(
    ['224.0.0.0', '239.255.255.255'],
    ['255.255.255.255', '255.255.255.255'],
    ['ff00::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  );
  const reserved = within(
    ['0.0.0.1', '0.255.255.255'],
    ['10.0.0.0', '10.255.255.255'],
    ['100.64.0.0', '100.127.255.255'],
    ['172.16.0.0', '172.31.255.255'],
    ['192.0.0.0', '192.0.0.255'],
    ['192.0.2.0', '192.0.2.255'],
    ['192.168.0.0', '192.168.255.255'],
    ['198.18.0.0', '198.19.255.255'],
    ['198.51.100.0', '198.51.100.255'],
    ['203.0.113.0', '203.0.113.255'],
    ['240.0.0.0', '255.255.255.254'],
    ['100::', '100::ffff:ffff:ffff:ffff'],
    ['2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['fec0::', 'feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  );
  return {
    unspecified,
    loopback,
    link_local: linkLocal,
    multicast,
    private: reserved,
    public: `NOT (${unspecified} OR ${loopback} OR ${linkLocal} OR ${multicast} OR ${reserved})`,
  };
}
