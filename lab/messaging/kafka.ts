import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Kafka, logLevel } from 'kafkajs';
import type { Lab } from '../net/lab.ts';
import type { Program } from '../net/program.ts';
import type { ServerPlace } from '../net/servers.ts';
import { programPath } from '../run/packages.ts';

const version = '3.9.1';

/** Why Kafka cannot run here, undefined where it can. Its jars are fetched from Maven once and kept. */
export function kafkaObstacle(): string | undefined {
  const missing = ['java', 'mvn'].filter((program) => programPath(program) === undefined);
  return missing.length === 0 ? undefined : `needs ${missing.join(' and ')}`;
}

/** Folder of the broker's jars. */
function jars(): string {
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'wirelight', `kafka-${version}`);
  const libraries = join(folder, 'libraries');
  if (existsSync(join(folder, 'complete'))) return libraries;
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'pom.xml'),
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>lab</groupId><artifactId>kafka</artifactId><version>1</version><dependencies><dependency>
<groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${version}</version>
</dependency></dependencies></project>
`,
  );
  const args = ['-q', 'dependency:copy-dependencies', `-DoutputDirectory=${libraries}`];
  const run = spawnSync('mvn', args, { cwd: folder, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`mvn cannot fetch Kafka: ${run.stdout}${run.stderr}`);
  writeFileSync(join(folder, 'complete'), '');
  return libraries;
}

/** What of a broker differs between tests. */
export interface KafkaSettings {
  /** Port that clients are told to connect to, where that is not the broker's own (a proxy). */
  readonly advertisedPort?: number;
}

/** Starts a broker that is its own controller. */
export async function startKafka(lab: Lab, place: ServerPlace, settings: KafkaSettings = {}): Promise<Program> {
  const folder = lab.folder();
  const classpath = `${jars()}/*`;
  const properties = join(folder, 'server.properties');
  writeFileSync(
    properties,
    `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${place.port + 1}
listeners=PLAINTEXT://127.0.0.1:${place.port},CONTROLLER://127.0.0.1:${place.port + 1}
advertised.listeners=PLAINTEXT://127.0.0.1:${settings.advertisedPort ?? place.port}
controller.listener.names=CONTROLLER
log.dirs=${folder}/data
num.partitions=1
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
group.coordinator.rebalance.protocols=classic,consumer
auto.create.topics.enable=false
`,
  );
  const tool = ['kafka.tools.StorageTool', 'format', '-t', 'wirelightWirelightWire', '-c', properties];
  await lab.run('java', ['-Xmx256m', '-cp', classpath, ...tool]);
  return lab.start('java', ['-Xmx512m', '-Xms256m', '-cp', classpath, 'kafka.Kafka', properties], {
    ...place,
    cwd: folder,
  });
}

/** Trace context that {@link exerciseKafka} sends in the headers of records. */
export const kafkaTraceparent = '00-5b8aa5a2d2c872e8321cf37308d69df2-051581bf3cb55c13-01';

/** A request as KafkaJS itself tells it. */
export interface KafkaCall {
  /** 'Produce', 'ListOffsets', ... */
  readonly apiName: string;
  readonly apiVersion: number;
  readonly correlationId: number;
  /** Bytes of the response. */
  readonly size: number;
  /** When it was made, when it had been sent, and how long its answer took from then on, in milliseconds. */
  readonly createdAt: number;
  readonly sentAt: number;
  readonly duration: number;
}

/** Does one of most things that programs do with Kafka, with KafkaJS, and gives every request that was answered. */
export async function exerciseKafka(port: number): Promise<KafkaCall[]> {
  const calls: KafkaCall[] = [];
  const keep = ({ payload }: { payload: KafkaCall }) => {
    calls.push({ ...payload });
  };
  const kafka = new Kafka({ clientId: 'billing', brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  admin.on(admin.events.REQUEST, keep);
  await admin.connect();
  await admin.createTopics({
    topics: [{ topic: 'orders', numPartitions: 2, replicationFactor: 1 }],
    waitForLeaders: true,
  });
  await admin.createTopics({ topics: [{ topic: 'orders', replicationFactor: 99 }] }).catch(() => undefined);
  // A new topic has a leader a moment after it has a name.
  for (let offsets: unknown; offsets === undefined; ) {
    offsets = await admin.fetchTopicOffsets('orders').catch(() => undefined);
  }
  const producer = kafka.producer();
  producer.on(producer.events.REQUEST, keep);
  await producer.connect();
  const message = { partition: 1, key: 'a', value: 'first', headers: { traceparent: kafkaTraceparent } };
  await producer.send({ topic: 'orders', acks: -1, messages: [message, { partition: 1, value: 'second' }] });
  await producer.send({ topic: 'orders', acks: 0, messages: [{ partition: 0, value: 'not confirmed' }] });
  await producer.send({ topic: 'orders', acks: 1, compression: 1, messages: [{ partition: 0, value: 'zipped' }] });
  await producer.disconnect();
  const consumer = kafka.consumer({ groupId: 'invoices', maxWaitTimeInMs: 200 });
  consumer.on(consumer.events.REQUEST, keep);
  await consumer.connect();
  await consumer.subscribe({ topic: 'orders', fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    let left = 4;
    consumer
      .run({
        eachMessage: async () => {
          if (--left === 0) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.stop();
  await consumer.disconnect();
  await admin.deleteTopics({ topics: ['orders'] });
  await admin.disconnect();
  return calls;
}

/** Does the same with the Java client, which speaks the newest versions: see KafkaExercise.java. */
export function exerciseKafkaFromJava(lab: Lab, port: number): Promise<string> {
  const source = fileURLToPath(new URL('KafkaExercise.java', import.meta.url));
  return lab.run('java', ['-Xmx256m', '-cp', `${jars()}/*`, source, `127.0.0.1:${port}`]);
}
