import { rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { WirelightError } from '../base/errors.ts';
import { places } from './places.ts';

/** A service of the shop, as other terminals are told. */
export interface ServiceStatus {
  readonly name: string;
  readonly state: string;
  readonly pid: number | null;
}

/** How a running demo is. */
export interface DemoStatus {
  /** Address of the map, with what logs in. */
  readonly url: string;
  readonly pid: number;
  readonly services: readonly ServiceStatus[];
  /** Requests that customers made in the last second, those that failed, and how slow they were (95th percentile). */
  readonly requests_per_second: number;
  readonly failed_per_second: number;
  readonly p95_ns: number;
  readonly broken: readonly string[];
}

/** What a running demo does for other terminals. */
export interface Controlled {
  status(): DemoStatus;
  break(name: string): Promise<void>;
  heal(name?: string): Promise<void>;
}

/** Takes orders over a socket that only root can reach, until disposed of. */
export async function listenForOrders(demo: Controlled): Promise<Disposable> {
  const server = createServer((incoming, response) => {
    incoming.resume();
    const [, verb, name] = (incoming.url ?? '').split('/');
    const work = async (): Promise<void> => {
      if (verb === 'break') await demo.break(decodeURIComponent(name ?? ''));
      else if (verb === 'heal') await demo.heal(name === undefined ? undefined : decodeURIComponent(name));
    };
    work().then(
      () => response.end(JSON.stringify(demo.status())),
      (error: unknown) => {
        const { code, message, why, next } =
          error instanceof WirelightError ? error : new WirelightError('demo_failed', String(error));
        response.statusCode = 400;
        response.end(JSON.stringify({ code, message, why, next }));
      },
    );
  });
  rmSync(places.control, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(places.control, resolve);
  });
  server.unref();
  return { [Symbol.dispose]: () => void server.close() };
}

/**
 * Gives an order to the running demo, or asks how it is (no verb).
 * @throws WirelightError `no_demo`, and what the demo answers
 */
export function order(verb: '' | 'break' | 'heal' = '', name?: string): Promise<DemoStatus> {
  const path = `/${verb}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
  return new Promise((resolve, reject) => {
    const none = (cause: NodeJS.ErrnoException): void =>
      reject(
        cause.code === 'EACCES'
          ? new WirelightError('not_permitted', 'only root may ask the demo of this host', {
              why: cause.message,
              next: 'run this with sudo',
              cause,
            })
          : new WirelightError('no_demo', 'no demo runs on this host', {
              why: cause.message,
              next: 'start one in another terminal: sudo wirelight demo',
              cause,
            }),
      );
    const asked = request({ socketPath: places.control, path, method: 'POST' }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part) => {
        text += part;
      });
      response.on('end', () => {
        const answer = JSON.parse(text);
        if (response.statusCode === 200) return resolve(answer);
        const { code, message, why, next } = answer;
        reject(new WirelightError(code, message, { ...(why ? { why } : {}), ...(next ? { next } : {}) }));
      });
    });
    asked.on('error', none);
    asked.end();
  });
}
