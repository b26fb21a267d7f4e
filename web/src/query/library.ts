/** Ready statements: what people otherwise write scripts for. `{from:Int64}` and `{to:Int64}` are the span that is looked at. */

/** One of them. */
export interface ReadyQuery {
  readonly title: string;
  readonly about: string;
  readonly sql: string;
}

const span = 'time >= fromUnixTimestamp64Milli({from:Int64}) AND time < fromUnixTimestamp64Milli({to:Int64})';
const names = 'WITH names AS (SELECT id, argMax(name, last_seen) AS name FROM entities GROUP BY id)';

const address = "replaceOne(IPv6NumToString(destination_ip), '::ffff:', '') AS address";

/** A statement over rows that have both ends, with their names as \`f\` and \`t\`. */
function named(select: string, from: string, where: string, rest: string): string {
  const condition = where === '' ? span : `${span}\n  AND ${where}`;
  return `${names}\nSELECT ${select}\nFROM ${from}\nLEFT JOIN names AS f ON f.id = source\nLEFT JOIN names AS t ON t.id = destination\nWHERE ${condition}\n${rest}`;
}

export const library: readonly ReadyQuery[] = [
  {
    title: 'Most requests',
    about: 'Which operations are asked most, how fast and how often they fail',
    sql: named(
      `t.name AS service, protocol, operation, count() AS requests, countIf(failure) AS failed,
  round(quantile(0.95)(latency_ns) / 1e6, 3) AS p95_ms`,
      'requests',
      'counted',
      'GROUP BY service, protocol, operation\nORDER BY requests DESC\nLIMIT 200',
    ),
  },
  {
    title: 'Slowest requests',
    about: 'Single requests that took longest',
    sql: named(
      `time, f.name AS client, t.name AS service, protocol, operation, outcome,
  round(latency_ns / 1e6, 3) AS latency_ms, round(waited_ns / 1e6, 3) AS waited_ms, round(worked_ns / 1e6, 3) AS worked_ms`,
      'requests',
      'counted AND latency_ns >= 0 AND bitAnd(flags, 6) = 0',
      'ORDER BY latency_ns DESC\nLIMIT 200',
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
    title: 'Requests over time',
    about: 'Requests, failures and p95 in ten-second steps',
    sql: `SELECT toStartOfInterval(time, INTERVAL 10 SECOND) AS at, count() AS requests, countIf(failure) AS failed,
  quantileIf(0.95)(latency_ns, latency_ns >= 0) / 1e6 AS p95_ms
FROM requests
WHERE ${span}
  AND counted
GROUP BY at
ORDER BY at`,
  },
  {
    title: 'Inbound connections',
    about: 'Who connects to the services of this host',
    sql: named(
      't.name AS service, port, f.name AS client, countIf(opened) AS opened, uniq(connection) AS connections, sum(source_bytes) AS bytes_in, sum(destination_bytes) AS bytes_out',
      'flows',
      "side IN ('server', 'both')",
      'GROUP BY service, port, client\nORDER BY connections DESC\nLIMIT 500',
    ),
  },
  {
    title: 'Outbound connections',
    about: 'To whom the processes of this host connect',
    sql: named(
      `f.name AS client, t.name AS service, ${address}, port, countIf(opened) AS opened, uniq(connection) AS connections, sum(source_bytes) AS bytes_out, sum(destination_bytes) AS bytes_in`,
      'flows',
      "side IN ('client', 'both')",
      'GROUP BY client, service, address, port\nORDER BY connections DESC\nLIMIT 500',
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
      'f.name AS client, t.name AS service, port, sum(source_retransmits) AS by_client, sum(destination_retransmits) AS by_server, sum(source_segments + destination_segments) AS segments, round((by_client + by_server) / segments * 100, 3) AS percent',
      'flows',
      'counted',
      'GROUP BY client, service, port\nHAVING by_client + by_server > 0\nORDER BY by_client + by_server DESC\nLIMIT 200',
    ),
  },
  {
    title: 'Events by reason',
    about: 'Drops, resets, overflows: how many of each, and why',
    sql: `SELECT kind, reason, sum(count) AS events, uniq(destination) AS destinations, max(time) AS latest
FROM events
WHERE ${span}
GROUP BY kind, reason
ORDER BY events DESC
LIMIT 200`,
  },
  {
    title: 'DNS summary',
    about: 'Which names are asked for, by whom, how they are answered',
    sql: named(
      'f.name AS client, method AS type, target AS name, code_text AS answer, count() AS questions, round(quantile(0.95)(latency_ns) / 1e6, 3) AS p95_ms',
      'requests',
      "counted AND protocol = 'dns'",
      'GROUP BY client, type, requests.target, answer\nORDER BY questions DESC\nLIMIT 300',
    ),
  },
  {
    title: 'DNS flow graph',
    about: 'Who asks which resolver, and how often it does not answer',
    sql: named(
      "f.name AS client, t.name AS resolver, count() AS questions, countIf(outcome = 'timeout') AS unanswered, countIf(error) AS failed, round(quantile(0.95)(latency_ns) / 1e6, 3) AS p95_ms",
      'requests',
      "counted AND protocol = 'dns'",
      'GROUP BY client, resolver\nORDER BY questions DESC\nLIMIT 300',
    ),
  },
  {
    title: 'SQL statistics',
    about: 'Statements by table: how many, how slow, where the time goes',
    sql: named(
      't.name AS database, protocol, operation AS statement, count() AS calls, countIf(error) AS failed, round(sum(greatest(latency_ns, 0)) / 1e6, 1) AS total_ms, round(quantile(0.95)(latency_ns) / 1e6, 3) AS p95_ms',
      'requests',
      "counted AND protocol IN ('postgresql', 'mysql', 'mongodb', 'cassandra', 'redis', 'memcached')",
      'GROUP BY database, protocol, statement\nORDER BY total_ms DESC\nLIMIT 300',
    ),
  },
  {
    title: 'Messages by topic',
    about: 'Kafka, AMQP, NATS, MQTT: what is published and consumed where',
    sql: named(
      'f.name AS client, t.name AS broker, protocol, method, target AS topic, count() AS messages, sum(request_bytes) AS bytes',
      'requests',
      "counted AND protocol IN ('kafka', 'amqp', 'nats', 'mqtt', 'stomp')",
      'GROUP BY client, broker, protocol, method, topic\nORDER BY messages DESC\nLIMIT 300',
    ),
  },
  {
    title: 'Edges by process',
    about: 'Which process talks to which: rate, failures, latency',
    sql: `WITH names AS (SELECT id, argMax(name, last_seen) AS name, argMax(host, last_seen) AS on_host FROM entities GROUP BY id)
SELECT f.name AS client, f.on_host AS client_host, t.name AS server, t.on_host AS server_host, protocol, port, count() AS requests,
  countIf(failure) AS failed, round(quantile(0.95)(latency_ns) / 1e6, 3) AS p95_ms
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
    title: 'Waiting in sockets',
    about: 'Who leaves requests lying before reading them: too few workers, a blocked event loop',
    sql: named(
      't.name AS service, port, count() AS requests, round(avg(waited_ns) / 1e6, 3) AS waited_ms, round(quantile(0.99)(waited_ns) / 1e6, 3) AS waited_p99_ms, round(avg(worked_ns) / 1e6, 3) AS worked_ms',
      'requests',
      'counted AND waited_ns >= 0',
      'GROUP BY service, port\nORDER BY waited_p99_ms DESC\nLIMIT 200',
    ),
  },
  {
    title: 'Edges of the map',
    about: 'What the map shows, from the roll-up by minute',
    sql: named(
      'f.name AS client, t.name AS service, protocol, port, sum(requests) AS requests, sum(server_errors + timeouts + aborted) AS failed, sum(source_bytes + destination_bytes) AS bytes, round(sum(latency_sum) / greatest(sum(latency_count), 1) / 1e6, 3) AS mean_ms',
      'edges_1m',
      'counted',
      'GROUP BY client, service, protocol, port\nORDER BY requests DESC\nLIMIT 500',
    ).replaceAll('sum(requests)', 'sum(edges_1m.requests)'),
  },
];
