import { connect } from 'amqplib';

/** Trace context that {@link exerciseAmqp} sends in the headers of messages. */
export const amqpTraceparent = '00-ab42124a3c573678d4d8b21ba52df3bf-d21f7bc17caa5aba-01';

/** Does one of everything against an AMQP 0-9-1 broker, on one connection, and one refused login on another. */
export async function exerciseAmqp(port: number): Promise<void> {
  const url = `amqp://guest:guest@127.0.0.1:${port}/`;
  const connection = await connect(url, { clientProperties: { connection_name: 'orders' } });
  const channel = await connection.createChannel();
  await channel.prefetch(10);
  await channel.assertExchange('events', 'topic', { durable: false, autoDelete: true });
  await channel.assertQueue('invoices', { durable: false });
  await channel.bindQueue('invoices', 'events', 'order.*.created');
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
  await channel.get('invoices', { noAck: true });
  const confirming = await connection.createConfirmChannel();
  await new Promise<void>((resolve) => {
    confirming.publish('events', 'order.1.created', Buffer.from('confirmed'), {}, () => resolve());
  });
  confirming.on('return', () => undefined);
  confirming.publish('events', 'nobody.wants.this', Buffer.from('returned'), { mandatory: true });
  await confirming.waitForConfirms();
  await channel.get('invoices', { noAck: false }).then((message) => message && channel.ack(message));
  await channel.deleteQueue('invoices');
  const failing = await connection.createChannel();
  failing.on('error', () => undefined);
  await failing.checkQueue('no-such-queue').catch(() => undefined);
  await confirming.close();
  await channel.close();
  await connection.close();
  await connect(`amqp://guest:wrong@127.0.0.1:${port}/`).catch(() => undefined);
}
