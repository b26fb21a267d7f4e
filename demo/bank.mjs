/**
 * Stands for somebody outside of the shop that it depends on: takes charges. While the file OVERLOAD exists it is
 * overloaded: most of what it is asked it refuses.
 *
 *   PORT, OVERLOAD
 */
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const { PORT, OVERLOAD = '' } = process.env;

createServer(async (request, response) => {
  request.resume();
  const overloaded = existsSync(OVERLOAD);
  await sleep(overloaded ? 5 : 10 + Math.random() * 15);
  const status = overloaded && Math.random() < 0.97 ? 503 : 200;
  response.writeHead(status, { 'content-type': 'application/json' }).end(status === 200 ? '{"charged":true}' : '{}');
}).listen(Number(PORT));
