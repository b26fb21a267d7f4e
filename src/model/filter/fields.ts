/** What a filter can ask for. The one list from which the parser, the predicate, the SQL and the help are made. */

/** How the values of a field are written and compared. */
export type FieldKind =
  /** One end: a name (with wildcards) or an address or network. */
  | 'party'
  /** Text with wildcards, upper and lower case alike (ASCII). */
  | 'text'
  /** An address or a network. */
  | 'address'
  | 'number'
  /** A code, a class of codes (5xx), an outcome (error) or a textual code (NXDOMAIN). */
  | 'status'
  /** One of a few words. */
  | 'choice';

/** Which numbers a field holds, and so which units may follow them. */
export type FieldUnit = 'nanoseconds' | 'bytes' | 'plain';

export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  readonly aliases: readonly string[];
  /** One line for people. */
  readonly summary: string;
  /** A value to show. */
  readonly example: string;
  readonly unit: FieldUnit;
  /** The largest number that it can hold. */
  readonly most: number;
  /** The words of a choice, each with other words for it. */
  readonly choices: Readonly<Record<string, readonly string[]>>;
}

const entityKinds = ['workload', 'pod', 'container', 'process', 'host', 'service', 'domain', 'address'];
const addressClasses = ['loopback', 'link_local', 'private', 'public', 'multicast', 'unspecified'];

/** Fields of one end. Alone they mean either end; after `from.` and `to.` that end. */
const endFields: readonly Field[] = [
  field('ip', 'address', 'address or network', '10.0.0.0/8'),
  field('port', 'number', 'port', '8000..8999', { most: 65_535 }),
  field('name', 'text', 'what people call it', 'web'),
  field('workload', 'text', 'workload: container, systemd unit, program', 'checkout'),
  field('process', 'text', 'program', 'nginx', { aliases: ['comm'] }),
  field('pid', 'number', 'process id', '4711'),
  field('user', 'text', 'user that owns the process', 'www-data'),
  field('container', 'text', 'container', 'shop-*'),
  field('pod', 'text', 'Kubernetes pod', 'web-7d9f*'),
  field('namespace', 'text', 'Kubernetes namespace', 'shop', { aliases: ['ns'] }),
  field('unit', 'text', 'systemd unit', 'nginx.service'),
  field('domain', 'text', 'DNS name', '*.example.com', { aliases: ['fqdn'] }),
  field('netns', 'number', 'network namespace (inode)', '4026531840'),
  field('kind', 'choice', 'what the name stands for', 'domain', { choices: words(entityKinds) }),
  field('class', 'choice', 'where the address is', 'public', { choices: words(addressClasses) }),
];

/** Every field, in the order in which the help shows them. */
export const fields: readonly Field[] = [
  field('from', 'party', 'who asks: name, address or network', 'web', { aliases: ['source', 'src', 'client'] }),
  field('to', 'party', 'who is asked', 'checkout', { aliases: ['destination', 'dst', 'server'] }),
  field('with', 'party', 'either of them', '10.1.0.0/16', { aliases: ['peer'] }),
  ...endFields,
  ...endFields.map((end) => oneEnd(end, 'from', 'source')),
  ...endFields.map((end) => oneEnd(end, 'to', 'destination')),

  field('type', 'choice', 'kind of record', 'request', {
    choices: { request: ['requests'], connection: ['connections'], event: ['events'] },
  }),
  field('protocol', 'text', 'application protocol, or tcp, udp', 'http', { aliases: ['proto'] }),
  field('transport', 'choice', 'transport protocol', 'udp', { choices: words(['tcp', 'udp', 'other']) }),
  field('side', 'choice', 'at which end it was seen', 'server', {
    aliases: ['direction'],
    choices: { client: ['egress', 'out'], server: ['ingress', 'in'], both: [], unknown: [] },
  }),
  field('verdict', 'choice', 'what became of it', 'dropped', {
    choices: { forwarded: ['ok'], dropped: ['drop'], failed: ['error', 'fail'] },
  }),
  field('connection', 'number', 'number of the connection', '12'),
  field('bytes', 'number', 'bytes both ways', '>1MB', { unit: 'bytes' }),

  field('method', 'text', 'verb', 'POST'),
  field('path', 'text', 'path: with its values or as a template', '/api/*'),
  field('target', 'text', 'what is acted on: template, table, topic, domain', 'orders'),
  field('operation', 'text', 'method and target', '"GET /api/*"'),
  field('authority', 'text', 'Host header, database, SNI', 'shop.example.com', { aliases: ['host'] }),
  field('status', 'status', "the protocol's code, or an outcome", '5xx', { aliases: ['code'] }),
  field('outcome', 'choice', 'how it ended, whatever the protocol', 'error', {
    choices: {
      ok: [],
      client_error: [],
      server_error: [],
      timeout: [],
      aborted: [],
      unset: ['unknown'],
      error: ['errors'],
      failure: ['failed', 'failures'],
    },
  }),
  field('is', 'choice', 'facts about it', 'tls', {
    choices: {
      partial: [],
      wait: ['waiting'],
      streaming: ['stream'],
      tls: [],
      one_way: ['oneway'],
      retry: [],
      both_sides: [],
      upgrade: [],
      error: [],
      failure: ['failed'],
    },
  }),
  field('latency', 'number', 'first byte of the request to last byte of the response', '>200ms', {
    unit: 'nanoseconds',
  }),
  field('waited', 'number', 'time in the socket before it was read', '>10ms', { unit: 'nanoseconds' }),
  field('worked', 'number', 'time from reading it to the first byte of the response', '>100ms', {
    unit: 'nanoseconds',
  }),
  field('sent', 'number', 'time from the first to the last byte of the response', '>1s', { unit: 'nanoseconds' }),
  field('request.bytes', 'number', 'bytes of the request', '>64kB', { unit: 'bytes' }),
  field('response.bytes', 'number', 'bytes of the response', '>1MB', { unit: 'bytes' }),
  field('trace', 'text', 'trace id that it carried', '4bf92f3577b34da6a3ce929d0e0e4736'),
  field('correlation', 'text', 'request id that it carried', 'req-*'),
  field('agent', 'text', 'user agent or client library', 'curl/*', { aliases: ['user_agent'] }),
  field('content_type', 'text', 'media type of the response', 'application/json'),

  field('change', 'choice', 'what happened to the connection', 'closed', {
    choices: words(['opened', 'established', 'identified', 'updated', 'closed']),
  }),
  field('end', 'choice', 'how the connection ended', 'reset', {
    choices: words(['open', 'closed', 'reset', 'aborted', 'refused', 'timed_out', 'unreachable', 'failed']),
  }),
  field('duration', 'number', 'how long the connection lived', '>1h', { unit: 'nanoseconds' }),
  field('rtt', 'number', 'smoothed round-trip time', '>50ms', { unit: 'nanoseconds' }),
  field('retransmits', 'number', 'segments sent again', '>0'),

  field('event', 'text', 'kind of event', 'retransmit'),
  field('reason', 'text', 'drop reason, error name, rcode', 'NO_SOCKET'),
  field('tcp_state', 'text', 'state of the TCP socket', 'ESTABLISHED'),
];

const byName = new Map(fields.flatMap((one) => [one.name, ...one.aliases].map((name) => [name, one] as const)));

/** The field of a name or an alias. */
export function fieldNamed(name: string): Field | undefined {
  return byName.get(name.toLowerCase().replaceAll('-', '_'));
}

/** Every name and alias of a field. */
export function fieldNames(): Iterable<string> {
  return byName.keys();
}

interface FieldDetails {
  readonly aliases?: readonly string[];
  readonly unit?: FieldUnit;
  readonly most?: number;
  readonly choices?: Readonly<Record<string, readonly string[]>>;
}

function field(name: string, kind: FieldKind, summary: string, example: string, details: FieldDetails = {}): Field {
  const { aliases = [], unit = 'plain', most = Number.MAX_SAFE_INTEGER, choices = {} } = details;
  return { name, kind, summary, example, aliases, unit, most, choices };
}

function oneEnd(end: Field, prefix: string, longPrefix: string): Field {
  const aliases = [
    ...end.aliases.map((alias) => `${prefix}.${alias}`),
    ...[end.name, ...end.aliases].map((name) => `${longPrefix}.${name}`),
  ];
  return { ...end, name: `${prefix}.${end.name}`, aliases };
}

function words(names: readonly string[]): Record<string, readonly string[]> {
  return Object.fromEntries(names.map((name) => [name, []]));
}
