import type { FastifyReply } from 'fastify';
import type { EventStream } from './handlers.ts';

const heartbeatEvery = 15_000;

/** Answers with server-sent events until the signal is aborted or the client goes away. */
export async function openEventStream(
  reply: FastifyReply,
  signal: AbortSignal,
  run: (stream: EventStream) => Promise<void>,
): Promise<void> {
  reply.hijack();
  const { raw } = reply;
  raw.on('error', () => undefined);
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  });
  raw.write('retry: 1000\n\n');
  const heartbeat = setInterval(() => raw.write(': alive\n\n'), heartbeatEvery);
  try {
    await run({
      send: (event, data, id) =>
        raw.write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`),
      drained: () =>
        new Promise((resolve) => {
          if (!raw.writableNeedDrain || signal.aborted) return resolve();
          raw.once('drain', resolve);
          signal.addEventListener('abort', () => resolve(), { once: true });
        }),
    });
  } catch (error) {
    raw.write(
      `event: problem\ndata: ${JSON.stringify({ title: error instanceof Error ? error.message : String(error) })}\n\n`,
    );
  } finally {
    clearInterval(heartbeat);
    raw.end();
  }
}
