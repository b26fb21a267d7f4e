/** What each counter of something that was not seen means, and what helps: for the CLI, the API and the pages alike. */

/** A counter in words. */
export interface LossMeaning {
  readonly what: string;
  /** What to do about it; '' where nothing can be done. */
  readonly next: string;
}

const slower = 'Give the agent more CPU, or watch less (--cgroup).';
const broken = 'If it goes on, a capture of such a connection (wirelight capture) shows what was not understood.';

const meanings: Readonly<Record<string, LossMeaning>> = {
  ring_segment: { what: 'Bytes of messages found no room between kernel and agent.', next: slower },
  ring_datagram: { what: 'Datagrams found no room between kernel and agent.', next: slower },
  ring_socket: { what: 'Begins and ends of connections found no room between kernel and agent.', next: slower },
  ring_event: { what: 'Drops, resets and the like found no room between kernel and agent.', next: slower },
  ring_process: {
    what: 'Starts and ends of processes found no room: names of short programs may be missing.',
    next: slower,
  },
  ring_plaintext: { what: 'Plaintext of TLS found no room between kernel and agent.', next: slower },
  socket_storage: {
    what: 'The kernel had no memory for the state of a socket: it is not followed.',
    next: 'Free memory on the host.',
  },
  headers: { what: 'IP or TCP headers of a packet could not be read.', next: '' },
  bytes: { what: 'Bytes could not be copied out of a packet.', next: '' },
  event_rate: {
    what: 'Events were counted together, as too many came at once: their number is right, their moments are not.',
    next: '',
  },
  flows_full: {
    what: 'The table of UDP conversations was full: new ones are not counted.',
    next: 'Watch less (--cgroup).',
  },
  closed_turns: { what: 'Requests of connections that ended while there was no room to tell of them.', next: slower },
  plaintext_bytes: { what: 'Plaintext of TLS could not be copied out of a process.', next: '' },
  tls_calls: { what: 'More calls into TLS libraries at once than can be followed.', next: 'Watch less (--cgroup).' },
  tls_sockets: { what: 'A TLS session used two sockets in a way that could not be told apart.', next: '' },
  records_missing: { what: 'Records that the kernel numbered and that never came.', next: slower },
  requests_lost: { what: 'Requests that are known to have been made and that nobody has seen.', next: slower },
  unknown_socket: { what: 'Bytes of sockets of which nothing is known: their beginning was lost.', next: '' },
  connections_evicted: {
    what: 'Connections that were given up, as there were too many at once.',
    next: 'Watch less (--cgroup).',
  },
  closings_missed: {
    what: 'Ends of connections that were only noticed later: they seem to have lived longer.',
    next: '',
  },
  datagram_conversations_evicted: {
    what: 'UDP conversations that were given up, as there were too many at once.',
    next: 'Watch less (--cgroup).',
  },
  spool_full_rows: {
    what: 'Rows that the agent had to throw away, as the server took none and its disk room was used up.',
    next: 'See why the server did not take them; give the agent a larger spool.',
  },
  refused_rows: {
    what: 'Rows that the server refused.',
    next: 'Look into quarantine/ of the data directory: a file beside each says why.',
  },
  stream_gap: { what: 'Holes in what was captured of a connection.', next: slower },
};

/** Endings of the counters that each protocol has, with what they mean for it. */
const endings: readonly (readonly [RegExp, string, string])[] = [
  [
    /_(lost_track|pairing_lost)$/,
    'bytes were missing or strange, and the place had to be found again: requests around it may be missing',
    broken,
  ],
  [
    /_(bytes_lost|cut_frame|cut_method)$/,
    'bytes of a message were not captured: what stood in them is not known',
    slower,
  ],
  [
    /_(answer_lost|answer_to_unseen|response_without_request|unexpected_response|error_unasked|request_unseen|request_lost)$/,
    'an answer or a request without its other half: that half was not captured',
    slower,
  ],
  [
    /_(pending_overflow|streams_overflow|too_many_pending|too_many_requests)$/,
    'more requests were under way on one connection than are followed',
    broken,
  ],
  [/_compressed$/, 'messages were compressed, which hides what they ask', ''],
  [/_cannot_open$/, 'handshakes could not be opened', ''],
  [/_between_servers$/, 'servers spoke among themselves: that is counted as traffic alone', ''],
  [
    /_(unknown_command|ambiguous_length|wrong_direction|short_message)$/,
    'messages that no client should send: they were passed over',
    broken,
  ],
  [/_bad_\w+$/, 'messages that could not be understood: they were passed over', broken],
];

/** What a counter means. Every counter has an answer, the unknown a general one. */
export function lossMeaning(name: string): LossMeaning {
  const known = meanings[name];
  if (known !== undefined) return known;
  for (const [ending, what, next] of endings) {
    const match = ending.exec(name);
    if (match !== null) return { what: `${protocolNamed(name.slice(0, match.index))}: ${what}.`, next };
  }
  return { what: 'Something that could not be understood or followed.', next: broken };
}

/** True where a counter's meaning is written down. */
export function isKnownLoss(name: string): boolean {
  return name in meanings || endings.some(([ending]) => ending.test(name));
}

const written: Readonly<Record<string, string>> = {
  amqp: 'AMQP 0-9-1',
  amqp1: 'AMQP 1.0',
  cassandra: 'Cassandra',
  dns: 'DNS',
  http: 'HTTP',
  http2: 'HTTP/2',
  kafka: 'Kafka',
  ldap: 'LDAP',
  memcached: 'Memcached',
  mongodb: 'MongoDB',
  mqtt: 'MQTT',
  mysql: 'MySQL',
  nats: 'NATS',
  postgresql: 'PostgreSQL',
  quic: 'QUIC',
  redis: 'Redis',
  ssh: 'SSH',
  tls: 'TLS',
  websocket: 'WebSocket',
};

function protocolNamed(prefix: string): string {
  return written[prefix] ?? prefix;
}
