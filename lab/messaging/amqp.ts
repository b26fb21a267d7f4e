import { connect } from 'amqplib';
import { Calls } from '../calls.ts';

/** Trace context that {@link exerciseAmqp} sends in the headers of messages. */
export const amqpTraceparent = '00-ab42124a3c573678d4d8b21ba52df3bf-d21f7bc17caa5aba-01';

/** Does one of everything against an AMQP 0-9-1 broker, on one connection, and one refused login on another. What is waited for is noted. */
export async function exerciseAmqp(port: number, calls = new Calls()): Promise<void> {
  const url = `amqp://guest:guest@127.0.0.1:${port}/`;
  const connection = await calls.note('connect 1', () =>
    connect(url, { clientProperties: { connection_name: 'orders' } }),
  );
  const channel = await calls.note('channel.open 1', () => connection.createChannel());
  await calls.note('qos 1', () => channel.prefetch(10));
  await calls.note('exchange.declare events 1', () =>
    channel.assertExchange('events', 'topic', { durable: false, autoDelete: true }),
  );
  await calls.note('queue.declare invoices 1', () => channel.assertQueue('invoices', { durable: false }));
  await calls.note('queue.bind invoices 1', () => channel.bindQueue('invoices', 'events', 'order.*.created'));
  const delivered = new Promise<void>((resolve) => {
    let count = 0;
    void channel.consume('invoices', (message) => {
      if (message === null) return;
      if (++count === 1) channel.ack(message);
      else if (count === 2) channel.nack(message, false, false);
      else if (count === 3) {
        channel.ack(message);
        resolve();
      }
    });
  });
  const headers = { traceparent: amqpTraceparent };
  channel.publish('events', 'order.4711.created', Buffer.from('first'), { headers, contentType: 'text/plain' });
  channel.publish('events', 'order.4712.created', Buffer.from('second'));
  channel.sendToQueue('invoices', Buffer.alloc(600, 'x'));
  await delivered;
  await calls.note('get invoices 1', () => channel.get('invoices', { noAck: true }));
  const confirming = await calls.note(['channel.open 1', 'confirm.select 1'], () => connection.createConfirmChannel());
  await calls.note(
    'publish events 1',
    () =>
      new Promise<void>((resolve) => {
        confirming.publish('events', 'order.1.created', Buffer.from('confirmed'), {}, () => resolve());
      }),
  );
  confirming.on('return', () => undefined);
  await calls.note('publish events 2 NO_ROUTE', () => {
    confirming.publish('events', 'nobody.wants.this', Buffer.from('returned'), { mandatory: true });
    return confirming.waitForConfirms();
  });
  await channel.get('invoices', { noAck: false }).then((message) => message && channel.ack(message));
  await calls.note('queue.delete invoices 1', () => channel.deleteQueue('invoices'));
  const failing = await connection.createChannel();
  failing.on('error', () => undefined);
  await calls.noteFailure('queue.declare no-such-queue 2 NOT_FOUND', () => failing.checkQueue('no-such-queue'));
  await calls.note('channel.close 1', () => confirming.close());
  await calls.note('channel.close 1', () => channel.close());
  await calls.note('connection.close 1', () => connection.close());
  await calls.noteFailure('connect 2 ACCESS_REFUSED', () => connect(`amqp://guest:wrong@127.0.0.1:${port}/`));
}
