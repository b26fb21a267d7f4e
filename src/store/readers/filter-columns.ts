/** How the tables answer filters: the same as the predicate over live records does (model/filter/*-accessors.ts). */
import type { SqlColumns } from '../../model/filter/index.ts';
import { connectionStates, entityKinds, transports } from '../../model/tables/index.ts';
import { lookup, nameExpression } from './names-sql.ts';

const addressClasses = ['loopback', 'link_local', 'private', 'public', 'multicast', 'unspecified'];

interface EndColumns {
  readonly texts: Readonly<Record<string, readonly string[]>>;
  readonly numbers: SqlColumns['numbers'];
  readonly ip: string;
  readonly party: readonly string[];
  readonly kind: Readonly<Record<string, string>>;
  readonly addressClass: Readonly<Record<string, string>>;
}

/** `side` is 'source' or 'destination'. Events have no process of an end. */
function endColumns(side: string, withProcess: boolean): EndColumns {
  const instance = `${side}_instance`;
  const detail = (word: string) => nameExpression(instance, `details['${word}']`);
  const name = nameExpression(side, 'name');
  const texts = {
    name: [name],
    // What is true of the workload as a whole stands with it; an address that is no workload has none.
    workload: [nameExpression(side, "details['workload']")],
    process: [detail('process')],
    container: [detail('container')],
    pod: [detail('pod')],
    unit: [detail('unit')],
    domain: [nameExpression(side, "details['domain']")],
    user: [detail('user')],
    namespace: [nameExpression(side, 'namespace')],
  };
  const address = `${side}_ip`;
  return {
    texts,
    numbers: {
      port: [positive(`${side}_port`)],
      pid: withProcess ? [positive(`${side}_pid`)] : [],
      netns: withProcess ? [positive(`${side}_netns`)] : [],
    },
    ip: address,
    party: [
      name,
      ...texts.workload,
      ...texts.process,
      ...texts.container,
      ...texts.pod,
      ...texts.unit,
      ...texts.domain,
      addressText(address),
    ],
    kind: Object.fromEntries(entityKinds.map((kind) => [kind, lookup(side, `kind = '${kind}'`)])),
    addressClass: Object.fromEntries(
      addressClasses.map((one) => [one, lookup(side, `details['address_class'] = '${one}'`)]),
    ),
  };
}

function positive(expression: string): { expression: string; known: string } {
  return { expression: `toInt64(${expression})`, known: `${expression} != 0` };
}

function notNegative(expression: string): { expression: string; known: string } {
  return { expression, known: `${expression} >= 0` };
}

/** An address as people write it: mapped IPv4 as dotted quad. */
function addressText(column: string): string {
  return `replaceRegexpOne(toString(${column}), '^::ffff:([0-9.]+)$', '\\\\1')`;
}

function ends(withProcess: boolean): Pick<SqlColumns, 'texts' | 'numbers' | 'addresses' | 'choices' | 'words'> {
  const from = endColumns('source', withProcess);
  const to = endColumns('destination', withProcess);
  return {
    texts: {
      ...prefixed('from', from.texts),
      ...prefixed('to', to.texts),
      ...both(from.texts, to.texts),
      from: from.party,
      to: to.party,
      with: [...from.party, ...to.party],
    },
    numbers: { ...prefixed('from', from.numbers), ...prefixed('to', to.numbers), ...both(from.numbers, to.numbers) },
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
      'from.class': from.addressClass,
      'to.kind': to.kind,
      'to.class': to.addressClass,
      kind: either(from.kind, to.kind),
      class: either(from.addressClass, to.addressClass),
    },
    words: [...from.party, ...to.party],
  };
}

function prefixed<T>(prefix: string, table: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(table).map(([field, value]) => [`${prefix}.${field}`, value]));
}

function both<T>(
  a: Readonly<Record<string, readonly T[]>>,
  b: Readonly<Record<string, readonly T[]>>,
): Record<string, readonly T[]> {
  return Object.fromEntries(Object.entries(a).map(([field, list]) => [field, [...list, ...(b[field] ?? [])]]));
}

function either(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.keys(a).map((word) => [word, `(${a[word]} OR ${b[word]})`]));
}

/** What was seen at both ends was seen at each. */
const side = {
  client: "side IN ('client', 'both')",
  server: "side IN ('server', 'both')",
  both: "side = 'both'",
  unknown: "side = 'unknown'",
};

function words(list: readonly string[], column: string): Record<string, string> {
  return Object.fromEntries(list.map((word) => [word, `${column} = '${word}'`]));
}

function typeIs(type: string): Record<string, string> {
  return Object.fromEntries(['request', 'connection', 'event'].map((one) => [one, one === type ? '1' : '0']));
}

const error = "outcome NOT IN ('unset', 'ok')";
const failure = "outcome IN ('server_error', 'timeout', 'aborted')";
const flag = (bit: number) => `bitAnd(flags, ${bit}) != 0`;
const requestEnds = ends(true);
const operation = "if(method = '' OR target = '', concat(method, target), concat(method, ' ', target))";

/** How `requests` answers. */
export const requestFilterColumns: SqlColumns = {
  texts: {
    ...requestEnds.texts,
    protocol: ['protocol', 'toString(transport)'],
    method: ['method'],
    path: ['target', 'resource'],
    target: ['target', 'resource'],
    operation: [operation],
    authority: ['authority'],
    status: ['code_text'],
    trace: ["if(trace_id = toFixedString('', 16), '', lower(hex(trace_id)))"],
    correlation: ['correlation_id'],
    agent: ['user_agent'],
    content_type: ['content_type'],
  },
  numbers: {
    ...requestEnds.numbers,
    connection: [{ expression: 'toInt64(connection)' }],
    status: [{ expression: 'toInt64(code)', known: 'code != -1' }],
    latency: [notNegative('latency_ns')],
    waited: [notNegative('waited_ns')],
    worked: [notNegative('worked_ns')],
    sent: [notNegative('sent_ns')],
    bytes: [{ expression: 'toInt64(request_bytes + response_bytes)' }],
    'request.bytes': [{ expression: 'toInt64(request_bytes)' }],
    'response.bytes': [{ expression: 'toInt64(response_bytes)' }],
  },
  addresses: requestEnds.addresses,
  choices: {
    ...requestEnds.choices,
    type: typeIs('request'),
    transport: words(transports, 'transport'),
    side,
    verdict: {
      forwarded: "outcome NOT IN ('timeout', 'aborted')",
      failed: "outcome IN ('timeout', 'aborted')",
      dropped: '0',
    },
    outcome: {
      ...words(['unset', 'ok', 'client_error', 'server_error', 'timeout', 'aborted'], 'outcome'),
      error,
      failure,
    },
    is: {
      partial: flag(1),
      wait: flag(2),
      streaming: flag(4),
      tls: flag(8),
      one_way: flag(16),
      retry: flag(32),
      both_sides: flag(64),
      upgrade: flag(128),
      error,
      failure,
    },
  },
  words: [...requestEnds.words, 'protocol', operation, 'resource', 'authority', 'code_text'],
};

const failedStates = "state IN ('reset', 'aborted', 'refused', 'timed_out', 'unreachable', 'failed')";

/** How `flows` answers: each interval of a connection stands for the connection as it was then. */
export const flowFilterColumns: SqlColumns = {
  texts: { ...requestEnds.texts, protocol: ['protocol', 'toString(transport)'] },
  numbers: {
    ...requestEnds.numbers,
    connection: [{ expression: 'toInt64(connection)' }],
    bytes: [{ expression: 'toInt64(source_bytes + destination_bytes)' }],
    duration: [
      {
        expression: 'toInt64(toUnixTimestamp64Nano(time) + duration_ns - toUnixTimestamp64Nano(connection_start))',
        known: 'ended',
      },
    ],
    rtt: [notNegative('rtt_ns')],
    retransmits: [{ expression: 'toInt64(source_retransmits + destination_retransmits)' }],
  },
  addresses: requestEnds.addresses,
  choices: {
    ...requestEnds.choices,
    type: typeIs('connection'),
    transport: words(transports, 'transport'),
    side,
    verdict: { forwarded: `NOT (${failedStates})`, failed: failedStates, dropped: '0' },
    change: {
      opened: 'opened',
      established: 'connect_ns >= 0',
      identified: '0',
      updated: 'NOT ended',
      closed: 'ended',
    },
    end: words(connectionStates, 'state'),
    is: { error: failedStates, failure: failedStates },
  },
  words: [...requestEnds.words, 'protocol', 'toString(transport)', 'toString(state)'],
};

const eventEnds = ends(false);
const droppedKinds = "kind IN ('drop', 'listen_overflow', 'syn_drop', 'udp_receive_overflow')";
const failedKinds = "kind IN ('reset_sent', 'reset_received', 'connect_failed', 'dns_failure')";

/** How `events` answers. */
export const eventFilterColumns: SqlColumns = {
  texts: {
    ...eventEnds.texts,
    process: [...eventEnds.texts.process, 'process'],
    protocol: ['protocol', 'toString(transport)'],
    event: ['toString(kind)'],
    reason: ['reason'],
    tcp_state: ['tcp_state'],
  },
  numbers: {
    ...eventEnds.numbers,
    netns: [positive('netns')],
    pid: [positive('pid')],
    connection: [positive('connection')],
    bytes: [positive('bytes')],
  },
  addresses: eventEnds.addresses,
  choices: {
    ...eventEnds.choices,
    type: typeIs('event'),
    transport: words(transports, 'transport'),
    verdict: { forwarded: '0', dropped: droppedKinds, failed: failedKinds },
    is: { error: `(${droppedKinds} OR ${failedKinds})`, failure: `(${droppedKinds} OR ${failedKinds})` },
  },
  words: [...eventEnds.words, 'toString(kind)', 'reason', 'process'],
};
