/** Ready statements: what people otherwise write scripts for. `{from:Int64}` and `{to:Int64}` are the span that is looked at. */

/** One of them. */
export interface ReadyQuery {
  readonly title: string;
  readonly about: string;
  readonly sql: string;
}
/** Some of them that belong together. */
export interface ReadyGroup {
  readonly title: string;
  readonly queries: readonly ReadyQuery[];
}

const span = 'time >= fromUnixTimestamp64Milli({from:Int64}) AND time < fromUnixTimestamp64Milli({to:Int64})';
/** Of roll-ups: from the beginning of the minute in which the span begins. */
const wholeMinutes =
  'time >= toStartOfMinute(fromUnixTimestamp64Milli({from:Int64})) AND time < fromUnixTimestamp64Milli({to:Int64})';
const namesOf = 'SELECT id, argMax(name, last_seen) AS name FROM entities GROUP BY id';
const names = `WITH names AS (${namesOf})`;

const ipText = (end: string): string => `replaceOne(IPv6NumToString(${end}_ip), '::ffff:', '')`;
const address = `${ipText('destination')} AS address`;
const p = (level: string, column = 'latency_ns'): string =>
  `round(quantileIf(${level})(${column}, ${column} >= 0) / 1e6, 3)`;
const isPrivate = (ip: string): string =>
  `(isIPAddressInRange(${ip}, '10.0.0.0/8') OR isIPAddressInRange(${ip}, '172.16.0.0/12') OR isIPAddressInRange(${ip}, '192.168.0.0/16') OR isIPAddressInRange(${ip}, '127.0.0.0/8') OR isIPAddressInRange(${ip}, '100.64.0.0/10') OR isIPAddressInRange(${ip}, '169.254.0.0/16') OR isIPAddressInRange(${ip}, '::1/128') OR isIPAddressInRange(${ip}, 'fc00::/7') OR isIPAddressInRange(${ip}, 'fe80::/10'))`;

/** A statement over rows that have both ends, with their names as `f` and `t`. */
function named(select: string, from: string, where: string, rest: string): string {
  const condition = where === '' ? span : `${span}\n  AND ${where}`;
  return `${names}\nSELECT ${select}\nFROM ${from}\nLEFT JOIN names AS f ON f.id = source\nLEFT JOIN names AS t ON t.id = destination\nWHERE ${condition}\n${rest}`;
}

const requests: ReadyGroup = {
  title: 'Requests',
  queries: [
    {
      title: 'Most requests',
      about: 'Which operations are asked most, how fast and how often they fail',
      sql: named(
        `t.name AS service, protocol, operation, count() AS requests, countIf(failure) AS failed,\n  ${p('0.95')} AS p95_ms`,
        'requests',
        'counted',
        'GROUP BY service, protocol, operation\nORDER BY requests DESC\nLIMIT 200',
      ),
    },
    {
      title: 'Slowest requests',
      about: 'Single requests that took longest',
      sql: named(
        `time, f.name AS client, t.name AS service, protocol, operation, outcome,\n  round(latency_ns / 1e6, 3) AS latency_ms, if(waited_ns < 0, NULL, round(waited_ns / 1e6, 3)) AS waited_ms, if(worked_ns < 0, NULL, round(worked_ns / 1e6, 3)) AS worked_ms`,
        'requests',
        'counted AND latency_ns >= 0 AND bitAnd(flags, 6) = 0',
        'ORDER BY latency_ns DESC\nLIMIT 200',
      ),
    },
    {
      title: 'Slowest operations',
      about: 'Where the time goes: operations by the sum of their latencies',
      sql: named(
        `t.name AS service, protocol, operation, count() AS requests, round(sum(greatest(latency_ns, 0)) / 1e9, 3) AS total_s,\n  ${p('0.5')} AS p50_ms, ${p('0.95')} AS p95_ms, ${p('0.99')} AS p99_ms`,
        'requests',
        'counted AND bitAnd(flags, 6) = 0',
        'GROUP BY service, protocol, operation\nORDER BY total_s DESC\nLIMIT 200',
      ),
    },
    {
      title: 'Largest requests',
      about: 'Single requests that moved most bytes',
      sql: named(
        'time, f.name AS client, t.name AS service, protocol, operation, request_bytes, response_bytes',
        'requests',
        'counted',
        'ORDER BY request_bytes + response_bytes DESC\nLIMIT 200',
      ),
    },
    {
      title: 'Failed requests',
      about: 'What fails, for whom, with which code',
      sql: named(
        'f.name AS client, t.name AS service, protocol, operation, outcome, code, code_text, count() AS requests, max(time) AS latest',
        'requests',
        'counted AND error',
        'GROUP BY client, service, protocol, operation, outcome, code, code_text\nORDER BY requests DESC\nLIMIT 200',
      ),
    },
    {
      title: 'Statuses by service',
      about: 'How often each service answers with which status',
      sql: named(
        't.name AS service, protocol, if(code = -1, toString(outcome), toString(code)) AS status, count() AS requests, round(requests / sum(requests) OVER (PARTITION BY service, protocol) * 100, 2) AS percent',
        'requests',
        'counted',
        'GROUP BY service, protocol, status\nORDER BY service, protocol, requests DESC\nLIMIT 500',
      ),
    },
    {
      title: 'Requests over time',
      about: 'Requests, failures and p95 in ten-second steps',
      sql: `SELECT toStartOfInterval(time, INTERVAL 10 SECOND) AS at, count() AS requests, countIf(failure) AS failed,\n  ${p('0.95')} AS p95_ms\nFROM requests\nWHERE ${span}\n  AND counted\nGROUP BY at\nORDER BY at`,
    },
    {
      title: 'Waiting in sockets',
      about: 'Who leaves requests lying before reading them: too few workers, a blocked event loop',
      sql: named(
        `t.name AS service, port, count() AS requests, round(avg(waited_ns) / 1e6, 3) AS waited_ms, ${p('0.99', 'waited_ns')} AS waited_p99_ms, round(avg(worked_ns) / 1e6, 3) AS worked_ms`,
        'requests',
        'counted AND waited_ns >= 0',
        'GROUP BY service, port\nORDER BY waited_p99_ms DESC\nLIMIT 200',
      ),
    },
    {
      title: 'Traces that took longest',
      about: 'Requests that carried the same trace id, by the time from the first to the last of them',
      sql: named(
        'lower(hex(trace_id)) AS trace, count() AS requests, uniq(destination) AS services, any(t.name) AS one_of_them, min(time) AS began, round((max(toUnixTimestamp64Nano(time) + greatest(latency_ns, 0)) - min(toUnixTimestamp64Nano(time))) / 1e6, 3) AS took_ms',
        'requests',
        "counted AND trace_id != toFixedString('', 16)",
        'GROUP BY trace\nORDER BY took_ms DESC\nLIMIT 200',
      ),
    },
    {
      title: 'Clients by user agent',
      about: 'Which programs and libraries ask, and whom',
      sql: named(
        't.name AS service, protocol, user_agent, count() AS requests, uniq(source) AS clients, countIf(failure) AS failed',
        'requests',
        "counted AND user_agent != ''",
        'GROUP BY service, protocol, user_agent\nORDER BY requests DESC\nLIMIT 300',
      ),
    },
  ],
};

const connections: ReadyGroup = {
  title: 'Connections',
  queries: [
    {
      title: 'Inbound connections',
      about: 'Who connects to the services of watched hosts',
      sql: named(
        't.name AS service, port, f.name AS client, countIf(opened) AS opened, uniq(connection) AS connections, sum(source_bytes) AS bytes_in, sum(destination_bytes) AS bytes_out',
        'flows',
        "side IN ('server', 'both')",
        'GROUP BY service, port, client\nORDER BY connections DESC\nLIMIT 500',
      ),
    },
    {
      title: 'Outbound connections',
      about: 'To whom the processes of watched hosts connect',
      sql: named(
        `f.name AS client, t.name AS service, ${address}, port, countIf(opened) AS opened, uniq(connection) AS connections, sum(source_bytes) AS bytes_out, sum(destination_bytes) AS bytes_in`,
        'flows',
        "side IN ('client', 'both')",
        'GROUP BY client, service, address, port\nORDER BY connections DESC\nLIMIT 500',
      ),
    },
    {
      title: 'To the internet',
      about: 'Which public addresses are talked to, by whom, over what',
      sql: named(
        `f.name AS client, t.name AS service, ${address}, port, protocol, uniq(connection) AS connections, sum(source_bytes) AS bytes_out, sum(destination_bytes) AS bytes_in`,
        'flows',
        `side IN ('client', 'both') AND NOT ${isPrivate(ipText('destination'))}`,
        'GROUP BY client, service, address, port, protocol\nORDER BY bytes_out DESC\nLIMIT 500',
      ),
    },
    {
      title: 'Services and their ports',
      about: 'What is served where: every port that somebody connected to',
      sql: named(
        't.name AS service, port, transport, protocol, uniq(source) AS clients, uniq(connection) AS connections',
        'flows',
        "side IN ('server', 'both')",
        'GROUP BY service, port, transport, protocol\nORDER BY service, port\nLIMIT 500',
      ),
    },
    {
      title: 'Top talkers',
      about: 'Which pairs move most bytes',
      sql: named(
        'f.name AS client, t.name AS service, port, protocol, sum(source_bytes) AS bytes_out, sum(destination_bytes) AS bytes_in, bytes_out + bytes_in AS bytes',
        'flows',
        'counted',
        'GROUP BY client, service, port, protocol\nORDER BY bytes DESC\nLIMIT 200',
      ),
    },
    {
      title: 'Bytes over time',
      about: 'What went over all connections, in ten-second steps',
      sql: `SELECT toStartOfInterval(time, INTERVAL 10 SECOND) AS at, sum(source_bytes) AS from_clients, sum(destination_bytes) AS from_servers, countIf(opened) AS opened\nFROM flows\nWHERE ${span}\n  AND counted\nGROUP BY at\nORDER BY at`,
    },
    {
      title: 'Connection churn',
      about: 'Who opens connections only to close them soon: candidates for keep-alive',
      sql: named(
        'f.name AS client, t.name AS service, port, countIf(opened) AS opened, countIf(ended) AS ended, round(avgIf(toFloat64(connect_ns), connect_ns >= 0) / 1e6, 3) AS connect_ms',
        'flows',
        'counted',
        'GROUP BY client, service, port\nHAVING opened > 0\nORDER BY opened DESC\nLIMIT 200',
      ),
    },
    {
      title: 'Round trips',
      about: 'How far apart the ends are, and how long it takes to connect',
      sql: named(
        'f.name AS client, t.name AS service, port, uniq(connection) AS connections, round(minIf(rtt_min_ns, rtt_min_ns >= 0) / 1e6, 3) AS least_ms, round(quantileIf(0.95)(rtt_ns, rtt_ns >= 0) / 1e6, 3) AS p95_ms, round(maxIf(connect_ns, connect_ns >= 0) / 1e6, 3) AS slowest_connect_ms',
        'flows',
        'counted AND rtt_ns >= 0',
        'GROUP BY client, service, port\nORDER BY p95_ms DESC\nLIMIT 200',
      ),
    },
    {
      title: 'Failed connects',
      about: 'Connections that were refused, timed out or found no way',
      sql: named(
        `f.name AS client, t.name AS service, ${address}, port, state, count() AS connections, max(time) AS latest`,
        'flows',
        "counted AND ended AND state IN ('refused', 'timed_out', 'unreachable', 'failed')",
        'GROUP BY client, service, address, port, state\nORDER BY connections DESC\nLIMIT 200',
      ),
    },
    {
      title: 'Retransmits',
      about: 'Between whom segments are lost on the way',
      sql: named(
        'f.name AS client, t.name AS service, port, sum(source_retransmits) AS by_client, sum(destination_retransmits) AS by_server, sum(source_segments + destination_segments) AS segments, round((by_client + by_server) / greatest(segments, 1) * 100, 3) AS percent',
        'flows',
        'counted',
        'GROUP BY client, service, port\nHAVING by_client + by_server > 0\nORDER BY by_client + by_server DESC\nLIMIT 200',
      ),
    },
    {
      title: 'Events by reason',
      about: 'Drops, resets, overflows: how many of each, and why',
      sql: `SELECT kind, reason, sum(count) AS events, uniq(destination) AS destinations, max(time) AS latest\nFROM events\nWHERE ${span}\nGROUP BY kind, reason\nORDER BY events DESC\nLIMIT 200`,
    },
  ],
};

const protocols: ReadyGroup = {
  title: 'DNS, databases, queues',
  queries: [
    {
      title: 'DNS summary',
      about: 'Which names are asked for, by whom, how they are answered',
      sql: named(
        `f.name AS client, method AS type, target AS name, code_text AS answer, count() AS questions, ${p('0.95')} AS p95_ms`,
        'requests',
        "counted AND protocol = 'dns'",
        'GROUP BY client, type, requests.target, answer\nORDER BY questions DESC\nLIMIT 300',
      ),
    },
    {
      title: 'DNS flow graph',
      about: 'Who asks which resolver, and how often it does not answer',
      sql: named(
        `f.name AS client, t.name AS resolver, count() AS questions, countIf(outcome = 'timeout') AS unanswered, countIf(error) AS failed, ${p('0.95')} AS p95_ms`,
        'requests',
        "counted AND protocol = 'dns'",
        'GROUP BY client, resolver\nORDER BY questions DESC\nLIMIT 300',
      ),
    },
    {
      title: 'DNS failures',
      about: 'Names that were not resolved, and why',
      sql: named(
        "target AS name, method AS type, if(outcome IN ('timeout', 'aborted'), toString(outcome), toString(code_text)) AS reason, count() AS questions, uniq(source) AS clients, any(f.name) AS one_of_them, max(time) AS latest",
        'requests',
        "counted AND protocol = 'dns' AND error",
        'GROUP BY requests.target, type, reason\nORDER BY questions DESC\nLIMIT 300',
      ),
    },
    {
      title: 'SQL statistics',
      about: 'Statements by table: how many, how slow, where the time goes',
      sql: named(
        `t.name AS database, protocol, operation AS statement, count() AS calls, countIf(error) AS failed, round(sum(greatest(latency_ns, 0)) / 1e6, 1) AS total_ms, ${p('0.95')} AS p95_ms`,
        'requests',
        "counted AND protocol IN ('postgresql', 'mysql', 'cassandra', 'mongodb')",
        'GROUP BY database, protocol, statement\nORDER BY total_ms DESC\nLIMIT 300',
      ),
    },
    {
      title: 'Slowest statements',
      about: 'Single statements that took longest, as they were written where that is kept',
      sql: named(
        "time, f.name AS client, t.name AS database, if(resource = '', operation, resource) AS statement, round(latency_ns / 1e6, 3) AS latency_ms, response_bytes",
        'requests',
        "counted AND latency_ns >= 0 AND protocol IN ('postgresql', 'mysql', 'cassandra', 'mongodb')",
        'ORDER BY latency_ns DESC\nLIMIT 200',
      ),
    },
    {
      title: 'Cache commands',
      about: 'Redis and Memcached: commands by key pattern',
      sql: named(
        `t.name AS cache, method AS command, target AS keys, count() AS calls, countIf(error) AS failed, ${p('0.95')} AS p95_ms, sum(response_bytes) AS bytes`,
        'requests',
        "counted AND protocol IN ('redis', 'memcached')",
        'GROUP BY cache, command, keys\nORDER BY calls DESC\nLIMIT 300',
      ),
    },
    {
      title: 'Messages by topic',
      about: 'Kafka, AMQP, NATS, MQTT: what is published and consumed where',
      sql: named(
        'f.name AS client, t.name AS broker, protocol, method, target AS topic, count() AS calls, sum(request_messages + response_messages) AS messages, sum(request_bytes) AS bytes',
        'requests',
        "counted AND protocol IN ('kafka', 'amqp', 'amqp1', 'nats', 'mqtt', 'stomp')",
        'GROUP BY client, broker, protocol, method, topic\nORDER BY calls DESC\nLIMIT 300',
      ),
    },
    {
      title: 'Kafka lag by consumer',
      about: 'Messages that were produced in the span and that a consumer did not fetch in it, topic by topic',
      sql: `WITH names AS (${namesOf}),
produced AS (
  SELECT target AS topic, sum(request_messages) AS messages, max(time) AS latest
  FROM requests
  WHERE ${span}
    AND counted AND protocol = 'kafka' AND method = 'produce'
  GROUP BY target
),
fetched AS (
  SELECT target AS topic, source, attributes['messaging.client.id'] AS client_id, sum(response_messages) AS messages,
    maxIf(time, response_messages > 0) AS latest
  FROM requests
  WHERE ${span}
    AND counted AND protocol = 'kafka' AND method = 'fetch'
  GROUP BY target, source, client_id
)
SELECT fetched.topic AS topic, names.name AS consumer, client_id, produced.messages AS produced, fetched.messages AS fetched,
  greatest(toInt64(produced) - toInt64(fetched), 0) AS behind,
  round(greatest(toUnixTimestamp64Milli(produced.latest) - toUnixTimestamp64Milli(fetched.latest), 0) / 1000, 1) AS behind_s
FROM fetched
INNER JOIN produced ON produced.topic = fetched.topic
LEFT JOIN names ON names.id = fetched.source
ORDER BY behind DESC
LIMIT 300`,
    },
  ],
};

const estate: ReadyGroup = {
  title: 'Edges and hosts',
  queries: [
    {
      title: 'Edges by pod or process',
      about: 'Which pod or process talks to which: rate, failures, latency, bytes',
      sql: `WITH names AS (SELECT id, argMax(name, last_seen) AS name, argMax(host, last_seen) AS on_host FROM entities GROUP BY id)
SELECT f.name AS client, f.on_host AS client_host, t.name AS server, t.on_host AS server_host, protocol, port, count() AS requests,
  round(requests / greatest(({to:Int64} - {from:Int64}) / 1000, 1), 3) AS per_second, countIf(failure) AS failed,
  ${p('0.5')} AS p50_ms, ${p('0.95')} AS p95_ms, sum(request_bytes + response_bytes) AS bytes
FROM requests
LEFT JOIN names AS f ON f.id = source_instance
LEFT JOIN names AS t ON t.id = destination_instance
WHERE ${span}
  AND counted
GROUP BY client, client_host, server, server_host, protocol, port
ORDER BY requests DESC
LIMIT 500`,
    },
    {
      title: 'Edges of the map',
      about: 'What the map shows, from the roll-up by minute',
      sql: named(
        'f.name AS client, t.name AS service, protocol, port, sum(edges_1m.requests) AS requests, sum(server_errors + timeouts + aborted) AS failed, sum(source_bytes + destination_bytes) AS bytes, round(sum(latency_sum) / greatest(sum(latency_count), 1) / 1e6, 3) AS mean_ms',
        'edges_1m',
        'counted',
        'GROUP BY client, service, protocol, port\nORDER BY requests DESC\nLIMIT 500',
      ).replace(span, wholeMinutes),
    },
    {
      title: 'New edges',
      about: 'Who began to talk to whom in the span, and never before it',
      sql: `${names}
SELECT f.name AS client, t.name AS service, protocol, port, first_seen
FROM (
  SELECT source, destination, protocol, port, min(time) AS first_seen
  FROM edges_1m
  GROUP BY source, destination, protocol, port
) AS edges
LEFT JOIN names AS f ON f.id = source
LEFT JOIN names AS t ON t.id = destination
WHERE first_seen >= toStartOfMinute(fromUnixTimestamp64Milli({from:Int64})) AND first_seen < fromUnixTimestamp64Milli({to:Int64})
ORDER BY first_seen DESC
LIMIT 500`,
    },
    {
      title: 'Traffic by host',
      about: 'What each watched host sees: requests, failures, bytes',
      sql: `SELECT host, count() AS requests, countIf(failure) AS failed, uniq(source, destination, protocol, destination_port) AS edges,\n  sum(request_bytes + response_bytes) AS bytes, ${p('0.95')} AS p95_ms\nFROM requests\nWHERE ${span}\nGROUP BY host\nORDER BY requests DESC\nLIMIT 500`,
    },
    {
      title: 'Processes that began and ended',
      about: 'Restarts, crash loops, jobs',
      sql: `SELECT process, host, countIf(kind = 'process_start') AS began, countIf(kind = 'process_exit') AS ended, max(time) AS latest\nFROM events\nWHERE ${span}\n  AND kind IN ('process_start', 'process_exit')\nGROUP BY process, host\nORDER BY began DESC\nLIMIT 300`,
    },
    {
      title: 'What was not seen',
      about: 'Records that Wirelight lost, by place and minute',
      sql: `SELECT toStartOfMinute(time) AS at, host, reason AS place, sum(count) AS lost\nFROM events\nWHERE ${span}\n  AND kind = 'loss'\nGROUP BY at, host, place\nORDER BY at, lost DESC\nLIMIT 500`,
    },
  ],
};

/** All of them, by what they are about. */
export const readyGroups: readonly ReadyGroup[] = [requests, connections, protocols, estate];
export const library: readonly ReadyQuery[] = readyGroups.flatMap(({ queries }) => queries);
