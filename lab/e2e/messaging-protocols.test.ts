/** Real clients talk to real brokers while this host is watched: every operation is seen once, in order, and a capture file tells the same. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Outcome, RequestFlag } from '../../src/model/request.ts';
import type { Calls } from '../calls.ts';
import { exerciseAmqp } from '../messaging/amqp.ts';
import { exerciseAmqp1 } from '../messaging/amqp1.ts';
import { exerciseKafka, exerciseKafkaFromJava, type KafkaCall, kafkaObstacle, startKafka } from '../messaging/kafka.ts';
import { exerciseMqtt, startMosquitto } from '../messaging/mqtt.ts';
import { exerciseNats, startNats } from '../messaging/nats.ts';
import { startRabbit } from '../messaging/rabbitmq.ts';
import { Lab } from '../net/lab.ts';
import { type Requirements, suite } from '../run/requires.ts';
import { expectAmong, type WatchedExchange, watchExchange } from './watched-exchange.ts';
import type { SeenRequest } from './watcher.ts';

/** A broker and what is done with it. */
interface Broker {
  /** How calls are noted; {@link essence} by default. */
  readonly say?: (r: Readonly<SeenRequest>) => string;
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  start(lab: Lab, place: Parameters<typeof startNats>[1]): Promise<unknown>;
  /** What the client waits for is noted as {@link essence} has it. */
  exercise(lab: Lab, port: number, calls: Calls): Promise<unknown>;
}

const essence = (r: Readonly<SeenRequest>) =>
  [r.method, r.target, r.outcome, r.codeText].filter((text) => text !== '').join(' ');
const name = (r: Readonly<SeenRequest>) => r.method;

/** By what asks first, as clients tell it. */
const inOrder = (requests: readonly SeenRequest[]) => [...requests].sort((a, b) => a.start - b.start);

function test(broker: Broker, requirements: Requirements, check: (seen: () => WatchedExchange) => void): void {
  suite(`${broker.name}, watched live and read from a file`, requirements, () => {
    let lab = new Lab();
    let exchange: WatchedExchange;

    const record = async (): Promise<void> => {
      const cgroup = lab.cgroup();
      await broker.start(lab, { cgroup, port: broker.port });
      exchange = await watchExchange(lab, cgroup, broker.port, (calls) => broker.exercise(lab, broker.port, calls));
    };
    beforeAll(record);
    // Another try is one with another broker and another recording.
    beforeEach(async ({ task }) => {
      if ((task.result?.retryCount ?? 0) === 0) return;
      await lab.close();
      lab = new Lab();
      await record();
    }, 120_000);
    afterAll(() => lab.close());

    check(() => exchange);

    it('knows when each operation began and ended', () => {
      expect(exchange.live.length).toBeGreaterThan(0);
      for (const r of exchange.live) {
        expect(r).toMatchObject({ protocol: broker.protocol, partial: false });
        expect(r.start).toBeGreaterThan(0);
        if ((r.flags & RequestFlag.oneWay) !== 0 || r.outcome === Outcome.aborted) continue;
        expect(r.end, essence(r)).toBeGreaterThan(r.start);
      }
      expect(exchange.losses).toEqual({});
      expectAmong(exchange.live, exchange.made, broker.say ?? essence);
      expectAmong(exchange.file, exchange.made, broker.say ?? essence);
    });

    it('gives the same requests from a capture file', () => {
      expect(exchange.fileLines).toEqual(exchange.liveLines);
    });
  });
}

test({
  name: 'NATS',
  protocol: 'nats',
  port: 28_301,
  start: startNats,
  exercise: (_lab, port, calls) => exerciseNats(port, calls),
}, { root: true, packages: ['nats-server', 'tcpdump'] }, (seen) => {
  it('shows every operation of the client once, in order, with its outcome', () => {
    const isOperation = (r: SeenRequest) => !/^(?:ping|subscribe|unsubscribe)$/.test(r.method);
    expect(inOrder(seen().live).filter(isOperation).map(essence)).toEqual([
      'connect 1',
      'publish orders.created 0',
      'publish orders.created 0',
      'request time.now 1',
      'deliver orders.created 0',
      'deliver orders.created 0',
      'deliver time.now 1',
      'request nobody.there 3 No Responders',
      'publish forbidden.fruit 0',
      'request $JS.API.INFO 1',
      'error forbidden.fruit 2 Permissions Violation',
      'request $JS.API.STREAM.CREATE.EVENTS 1',
      'request $JS.API.CONSUMER.CREATE.EVENTS.worker 1',
      'publish events.login 1',
      'request $JS.API.CONSUMER.INFO.EVENTS.worker 1',
      'fetch $JS.API.CONSUMER.MSG.NEXT.EVENTS.worker 1',
      'deliver events.login 1',
      'fetch $JS.API.CONSUMER.MSG.NEXT.EVENTS.worker 1 Request Timeout',
    ]);
  });

  it('marks what waits for messages on purpose', () => {
    const waits = seen().live.filter((r) => (r.flags & RequestFlag.wait) !== 0);
    expect(waits.map((r) => r.method)).toEqual(['fetch', 'fetch']);
  });

  it('follows the trace context in the headers', () => {
    const traced = seen().live.filter((r) => r.traceId === '0af7651916cd43dd8448eb211c80319c');
    expect(traced.map((r) => r.method)).toEqual(['publish', 'deliver']);
  });
});

for (const version of [4, 5] as const) {
  test({
    name: version === 4 ? 'MQTT 3.1.1' : 'MQTT 5',
    protocol: 'mqtt',
    port: 28_310 + version,
    start: startMosquitto,
    exercise: (_lab, port, calls) => exerciseMqtt(port, version, calls),
  }, { root: true, packages: ['mosquitto', 'tcpdump'] }, (seen) => {
    it('shows every operation of the client once, with its outcome', () => {
      const aliased = ['publish sensors/all 0', 'publish sensors/all 0'];
      expect(
        seen()
          .live.filter((r) => r.method !== 'deliver')
          .map(essence)
          .sort(),
      ).toEqual(
        [
          'connect 1',
          'subscribe sensors/+/temperature 1',
          'subscribe orders/# 1',
          'publish sensors/{id}/temperature 0',
          'publish orders/created 1',
          'publish sensors/{id}/temperature 1',
          'publish orders/big 1',
          version === 5 ? 'publish forbidden/fruit 2 Not authorized' : 'publish forbidden/fruit 1',
          ...(version === 5 ? aliased : []),
          'unsubscribe orders/# 1',
          'ping 1',
          'disconnect 0',
          'connect 2 Not authorized',
        ].sort(),
      );
      const delivered = seen()
        .live.filter((r) => r.method === 'deliver')
        .map(essence);
      expect(delivered).toHaveLength(version === 5 ? 6 : 4);
    });
  });
}

test({
  name: 'AMQP 0-9-1',
  protocol: 'amqp',
  port: 28_320,
  start: startRabbit,
  exercise: (_lab, port, calls) => exerciseAmqp(port, calls),
}, { root: true, packages: ['rabbitmq-server', 'tcpdump'] }, (seen) => {
  it('shows every operation of the client once, in order, with its outcome', () => {
    const isClients = (r: SeenRequest) => !/^(?:deliver|cancel)$/.test(r.method);
    expect(inOrder(seen().live).filter(isClients).map(essence)).toEqual([
      'connect 1',
      'channel.open 1',
      'qos 1',
      'exchange.declare events 1',
      'queue.declare invoices 1',
      'queue.bind invoices 1',
      'consume invoices 1',
      'publish events 0',
      'publish events 0',
      'publish invoices 0',
      'get invoices 1',
      'channel.open 1',
      'confirm.select 1',
      'publish events 1',
      'publish events 2 NO_ROUTE',
      'get invoices 1',
      'queue.delete invoices 1',
      'channel.open 1',
      'queue.declare no-such-queue 2 NOT_FOUND',
      'channel.close 1',
      'channel.close 1',
      'connection.close 1',
      'connect 2 ACCESS_REFUSED',
    ]);
  });

  it('shows what was delivered and what became of it', () => {
    const delivered = inOrder(seen().live).filter((r) => r.method === 'deliver');
    expect(delivered.map(essence)).toEqual([
      'deliver invoices 1',
      'deliver invoices 2 nack',
      'deliver invoices 1',
      'deliver invoices 5',
    ]);
  });
});

test({
  name: 'AMQP 1.0',
  protocol: 'amqp1',
  port: 28_330,
  start: startRabbit,
  exercise: (_lab, port, calls) => exerciseAmqp1(port, calls),
}, { root: true, packages: ['rabbitmq-server', 'tcpdump'] }, (seen) => {
  it('shows every operation of the client once, in order, with its outcome', () => {
    const isClients = (r: SeenRequest) => r.method !== 'deliver';
    expect(inOrder(seen().live).filter(isClients).map(essence)).toEqual([
      'connect 1',
      'begin 1',
      'attach /queue/invoices 1',
      'send /queue/invoices 1',
      'send /queue/invoices 1',
      'send /queue/invoices 1',
      'attach /queue/invoices 1',
      'send /queue/invoices 0',
      'attach /queue/invoices 1',
      'detach /queue/invoices 1',
      'attach /nonsense/address 2 amqp:invalid-field',
      'end 2 amqp:invalid-field',
      'close 1',
      'connect 2 auth',
    ]);
    const delivered = seen()
      .live.filter((r) => r.method === 'deliver')
      .map(essence);
    expect(delivered.filter((line) => line === 'deliver /queue/invoices 2 app:bad')).toHaveLength(1);
    expect(delivered).toHaveLength(4);
  });
});

/** Name of an API as KafkaJS has it, as Wirelight shows it. */
const kafkaName = (name: string) =>
  name === 'GroupCoordinator' ? 'find_coordinator' : name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();

let calls: KafkaCall[] = [];
const needsKafka = { root: true, packages: ['tcpdump'] as const, unless: kafkaObstacle() };
test(
  {
    name: 'Kafka, from KafkaJS',
    say: name,
    protocol: 'kafka',
    port: 28_340,
    start: startKafka,
    exercise: async (_lab, port, noted) => {
      calls = await exerciseKafka(port);
      // A produce that nobody confirms is done for the client before it is on the wire.
      for (const { apiName, size, createdAt, sentAt, duration } of calls) {
        if (size > 0) noted.add(kafkaName(apiName), createdAt, sentAt + duration);
      }
    },
  },
  needsKafka,
  (seen) => {
    it('shows every request that the client says that it made, with the size of its answer', () => {
      // A produce that nobody confirms has no answer; the client gives it the size 0.
      const size = (r: SeenRequest) => Math.max(0, r.responseBytes - 8 + (r.responseBytes > 0 ? 4 : 8));
      const truth = calls.map((call) => `${kafkaName(call.apiName)} ${call.size}`);
      const shown = seen().live.map((r) => `${r.method} ${r.responseBytes === 0 ? 0 : size(r)}`);
      expect(shown.sort()).toEqual(truth.sort());
    });

    it('shows topics, groups, records and outcomes', () => {
      const produced = seen().live.filter((r) => r.method === 'produce');
      expect(produced.map((r) => [r.target, r.requestMessages, r.outcome])).toEqual([
        ['orders', 2, Outcome.ok],
        ['orders', 1, Outcome.unset],
        ['orders', 1, Outcome.ok],
      ]);
      expect(produced[0].traceId).toBe('5b8aa5a2d2c872e8321cf37308d69df2');
      const fetched = seen().live.filter((r) => r.method === 'fetch');
      expect(fetched.reduce((sum, r) => sum + r.responseMessages, 0)).toBe(4);
      for (const r of fetched) {
        expect(r).toMatchObject({ target: 'orders', outcome: Outcome.ok });
        expect(r.flags & RequestFlag.wait).toBe(RequestFlag.wait);
      }
      expect(seen().live.map(essence)).toContain('create_topics orders 2 TOPIC_ALREADY_EXISTS');
      expect(seen().live.map(essence)).toContain('offset_commit orders 1');
    });
  },
);

test(
  {
    name: 'Kafka, from Java',
    protocol: 'kafka',
    port: 28_350,
    start: startKafka,
    exercise: exerciseKafkaFromJava,
  },
  needsKafka,
  (seen) => {
    it('shows the operations with the newest versions, topics by their ids', () => {
      const methods = new Set(seen().live.map((r) => r.method));
      const expected = [
        'create_topics',
        'init_producer_id',
        'produce',
        'add_partitions_to_txn',
        'end_txn',
        'join_group',
      ];
      for (const method of [...expected, 'consumer_group_heartbeat', 'offset_commit', 'delete_topics']) {
        expect(methods).toContain(method);
      }
      const produced = seen().live.filter((r) => r.method === 'produce');
      expect(produced.map((r) => [r.target, r.requestMessages])).toEqual(new Array(3).fill(['payments', 1]));
      const fetched = seen().live.filter((r) => r.method === 'fetch' && r.outcome !== Outcome.aborted);
      expect(fetched.reduce((sum, r) => sum + r.responseMessages, 0)).toBe(6);
      expect(new Set(fetched.map((r) => r.target))).toEqual(new Set(['payments']));
    });
  },
);
