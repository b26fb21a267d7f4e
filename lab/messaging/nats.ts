import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, headers, StringCodec } from 'nats';
import { Calls } from '../calls.ts';
import type { Lab } from '../net/lab.ts';
import type { Program } from '../net/program.ts';
import type { ServerPlace } from '../net/servers.ts';

/** Starts nats-server with JetStream and a user who may not publish to `forbidden.>`. */
export function startNats(lab: Lab, place: ServerPlace): Promise<Program> {
  const folder = lab.folder();
  const config = join(folder, 'nats.conf');
  writeFileSync(
    config,
    `listen: 127.0.0.1:${place.port}
jetstream { store_dir: "${folder}/js" }
authorization { users = [
  { user: app, password: secret, permissions: { publish: { deny: "forbidden.>" } } }
] }
`,
  );
  return lab.start('nats-server', ['-c', config], { ...place });
}

/** Trace context that {@link exerciseNats} sends. */
export const natsTraceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** Does one of everything against a NATS server, on one connection. What is waited for is noted: method, subject, outcome. */
export async function exerciseNats(port: number, calls = new Calls()): Promise<void> {
  const codec = StringCodec();
  const nc = await calls.note('connect 1', () =>
    connect({ servers: `127.0.0.1:${port}`, user: 'app', pass: 'secret', name: 'orders' }),
  );
  const subscription = nc.subscribe('orders.created', { queue: 'billing' });
  const responder = nc.subscribe('time.now', {
    callback: (_error, message) => {
      message.respond(codec.encode('12:00'));
    },
  });
  await nc.flush();
  nc.publish('orders.created', codec.encode('first'));
  const traced = headers();
  traced.set('traceparent', natsTraceparent);
  nc.publish('orders.created', codec.encode('second'), { headers: traced });
  const ask = (subject: string) => nc.request(subject, codec.encode('?'), { timeout: 2_000 });
  await calls.note(['request time.now 1', 'deliver time.now 1'], () => ask('time.now'));
  await calls.noteFailure('request nobody.there 3 No Responders', () => ask('nobody.there'));
  nc.publish('forbidden.fruit', codec.encode('x'));
  const js = nc.jetstream();
  const manager = await calls.note('request $JS.API.INFO 1', () => nc.jetstreamManager());
  await calls.note('request $JS.API.STREAM.CREATE.EVENTS 1', () =>
    manager.streams.add({ name: 'EVENTS', subjects: ['events.>'] }),
  );
  await calls.note('request $JS.API.CONSUMER.CREATE.EVENTS.worker 1', () =>
    manager.consumers.add('EVENTS', { durable_name: 'worker', ack_policy: 'explicit' as never }),
  );
  await calls.note('publish events.login 1', () => js.publish('events.login', codec.encode('alice')));
  const consumer = await calls.note('request $JS.API.CONSUMER.INFO.EVENTS.worker 1', () =>
    js.consumers.get('EVENTS', 'worker'),
  );
  const message = await calls.note('fetch $JS.API.CONSUMER.MSG.NEXT.EVENTS.worker 1', () =>
    consumer.next({ expires: 1_000 }),
  );
  message?.ack();
  await nc.flush();
  await calls.note('fetch $JS.API.CONSUMER.MSG.NEXT.EVENTS.worker 1 Request Timeout', () =>
    consumer.next({ expires: 1_000 }),
  );
  subscription.unsubscribe();
  responder.unsubscribe();
  await nc.drain();
}
