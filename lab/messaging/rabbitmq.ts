import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../net/lab.ts';
import type { Program } from '../net/program.ts';
import type { ServerPlace } from '../net/servers.ts';

/** Ports of a RabbitMQ besides its own. */
export interface RabbitPorts {
  readonly mqtt?: number;
}

/**
 * Starts RabbitMQ with AMQP 0-9-1 and AMQP 1.0 on one port and, where asked, MQTT on another. It names itself in a registry of
 * its own, which is ended with it.
 */
export async function startRabbit(lab: Lab, place: ServerPlace, ports: RabbitPorts = {}): Promise<Program> {
  const folder = lab.folder();
  const file = (name: string) => join(folder, name);
  const plugins = ['rabbitmq_amqp1_0', ...(ports.mqtt === undefined ? [] : ['rabbitmq_mqtt'])];
  writeFileSync(file('enabled_plugins'), `[${plugins.join(',')}].\n`);
  writeFileSync(
    file('rabbitmq.conf'),
    `listeners.tcp.1 = 127.0.0.1:${place.port}
loopback_users = none
${ports.mqtt === undefined ? '' : `mqtt.listeners.tcp.1 = 127.0.0.1:${ports.mqtt}\n`}`,
  );
  const registry = String(place.port + 1);
  const env = {
    HOME: folder,
    ERL_EPMD_PORT: registry,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: `lab${place.port}@localhost`,
    RABBITMQ_DIST_PORT: String(place.port + 2),
    RABBITMQ_MNESIA_BASE: file('data'),
    RABBITMQ_LOG_BASE: file('log'),
    RABBITMQ_CONFIG_FILE: file('rabbitmq'),
    RABBITMQ_ENABLED_PLUGINS_FILE: file('enabled_plugins'),
    RABBITMQ_PID_FILE: file('pid'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+sbwt none',
  };
  // Ended after the broker, which started it.
  lab.defer(async () => {
    await lab.run('env', [`ERL_EPMD_PORT=${registry}`, 'epmd', '-kill']).catch(() => undefined);
  });
  return lab.start('/usr/lib/rabbitmq/bin/rabbitmq-server', [], {
    ...(place.namespace ? { namespace: place.namespace } : {}),
    ...(place.cgroup ? { cgroup: place.cgroup } : {}),
    env,
    prints: /completed with \d+ plugins/,
  });
}
