import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { Calls } from '../calls.ts';
import type { Lab } from '../net/lab.ts';
import type { Program } from '../net/program.ts';
import type { ServerPlace } from '../net/servers.ts';

/** Starts mosquitto with a password and a user who may not write to `forbidden/#`. */
export async function startMosquitto(lab: Lab, place: ServerPlace): Promise<Program> {
  const folder = lab.folder();
  const file = (name: string) => join(folder, name);
  writeFileSync(file('acl'), 'user app\ntopic readwrite sensors/#\ntopic readwrite orders/#\n');
  writeFileSync(file('passwords'), '');
  await lab.run('mosquitto_passwd', ['-b', file('passwords'), 'app', 'secret']);
  writeFileSync(
    file('mosquitto.conf'),
    `listener ${place.port} 127.0.0.1
user root
password_file ${file('passwords')}
acl_file ${file('acl')}
`,
  );
  return lab.start('mosquitto', ['-c', file('mosquitto.conf')], { ...place });
}

/** Trace context that {@link exerciseMqtt} sends with MQTT 5. */
export const mqttTraceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

const nextTick = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Does one of everything against an MQTT broker, on one connection, and one refused login on another. What is waited for is noted. */
export async function exerciseMqtt(port: number, protocolVersion: 4 | 5, calls = new Calls()): Promise<void> {
  const options: IClientOptions = {
    protocolVersion,
    username: 'app',
    password: 'secret',
    clientId: 'meter-1',
    reconnectPeriod: 0,
  };
  const properties = protocolVersion === 5 ? { properties: { topicAliasMaximum: 10 } } : {};
  const client = await calls.note('connect 1', () =>
    connectAsync(`mqtt://127.0.0.1:${port}`, { ...options, ...properties }),
  );
  await calls.note('subscribe sensors/+/temperature 1', () =>
    client.subscribeAsync('sensors/+/temperature', { qos: 2 }),
  );
  await calls.note('subscribe orders/# 1', () =>
    client.subscribeAsync({ 'orders/#': { qos: 1 }, 'sensors/all': { qos: 0 } }),
  );
  const traced = { properties: { contentType: 'text/plain', userProperties: { traceparent: mqttTraceparent } } };
  const received = arrivals(client, 4);
  await client.publishAsync('sensors/4711/temperature', '21.5', { qos: 0 });
  await calls.note('publish orders/created 1', () =>
    client.publishAsync('orders/created', 'first', { qos: 1, ...(protocolVersion === 5 ? traced : {}) }),
  );
  await calls.note('publish sensors/{id}/temperature 1', () =>
    client.publishAsync('sensors/4711/temperature', '22.0', { qos: 2 }),
  );
  await calls.note('publish orders/big 1', () => client.publishAsync('orders/big', Buffer.alloc(700, 'x'), { qos: 1 }));
  await received;
  await client.publishAsync('forbidden/fruit', 'x', { qos: 1 }).catch(() => undefined);
  if (protocolVersion === 5) {
    for (const value of ['1', '2']) {
      await client.publishAsync(value === '1' ? 'sensors/all' : '', value, { qos: 0, properties: { topicAlias: 1 } });
    }
  }
  await nextTick(50);
  await calls.note('unsubscribe orders/# 1', () => client.unsubscribeAsync('orders/#'));
  client.sendPing();
  await nextTick(100);
  await client.endAsync();
  await calls.noteFailure('connect 2 Not authorized', () =>
    connectAsync(`mqtt://127.0.0.1:${port}`, { ...options, password: 'wrong' }, false),
  );
}

/** Resolves once so many messages have come. */
function arrivals(client: MqttClient, count: number): Promise<void> {
  return new Promise((resolve) => {
    client.on('message', () => {
      if (--count === 0) resolve();
    });
  });
}

/** {@link exerciseMqtt} with MQTT 5. */
export const exerciseMqtt5 = (port: number) => exerciseMqtt(port, 5);
/** {@link exerciseMqtt} with MQTT 3.1.1. */
export const exerciseMqtt4 = (port: number) => exerciseMqtt(port, 4);
