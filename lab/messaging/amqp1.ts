import { once } from 'node:events';
import rhea, { type Connection, type EventContext, type Receiver, type Sender } from 'rhea';
import { Calls } from '../calls.ts';

/** Trace context that {@link exerciseAmqp1} sends as an application property. */
export const amqp1Traceparent = '00-1f2e3d4c5b6a79880102030405060708-a1b2c3d4e5f60718-01';

/** Does one of everything against an AMQP 1.0 broker: one connection, and one refused login on another. What is waited for is noted. */
export async function exerciseAmqp1(port: number, calls = new Calls()): Promise<void> {
  const container = rhea.create_container({ id: 'orders-service' });
  for (const event of ['disconnected', 'error', 'connection_error']) container.on(event, () => undefined);
  const options = { host: '127.0.0.1', port, username: 'guest', reconnect: false } as const;
  const connection = await calls.note('connect 1', async () => {
    const opening = container.connect({ ...options, password: 'guest' });
    await once(opening, 'connection_open');
    return opening;
  });
  const sender = await calls.note('attach /queue/invoices 1', async () => {
    const opening = connection.open_sender('/queue/invoices');
    await once(opening, 'sendable');
    return opening;
  });
  await calls.note('send /queue/invoices 1', () =>
    sent(sender, { body: 'first', application_properties: { traceparent: amqp1Traceparent } }),
  );
  await calls.note('send /queue/invoices 1', () => sent(sender, { body: 'x'.repeat(600) }));
  sender.send({ body: 'third', correlation_id: 'order-7' });
  const settled = connection.open_sender({ target: '/queue/invoices', snd_settle_mode: 1 });
  await once(settled, 'sendable');
  settled.send({ body: 'fire and forget' });
  await received(connection, 4);
  const refused = connection.open_receiver('/nonsense/address');
  await Promise.race([
    once(refused, 'receiver_error'),
    once(connection, 'session_error'),
    once(connection, 'connection_error'),
  ]).catch(() => undefined);
  if (connection.is_open()) {
    await calls.note('close 1', () => {
      connection.close();
      return once(connection, 'connection_close');
    });
  }
  const wrong = container.connect({ ...options, password: 'wrong' });
  await Promise.race([once(wrong, 'connection_error'), once(wrong, 'disconnected')]).catch(() => undefined);
  wrong.close();
}

function sent(sender: Sender, message: Parameters<Sender['send']>[0]): Promise<unknown> {
  sender.send(message);
  return once(sender, 'accepted');
}

/** Receives so many messages: accepts the first, releases the second, rejects the third, accepts the rest. */
async function received(connection: Connection, count: number): Promise<void> {
  const receiver: Receiver = connection.open_receiver({
    source: '/queue/invoices',
    autoaccept: false,
    credit_window: 0,
  });
  await once(receiver, 'receiver_open');
  receiver.add_credit(count);
  let seen = 0;
  await new Promise<void>((resolve) => {
    receiver.on('message', ({ delivery }: EventContext) => {
      seen++;
      if (seen === 2) delivery?.release();
      else if (seen === 3) delivery?.reject({ condition: 'app:bad', description: 'cannot read it' });
      else delivery?.accept();
      if (seen === count) resolve();
    });
  });
  receiver.close();
  await once(receiver, 'receiver_close');
}
