/**
 * A small service for the lab: answers HTTP on a port after it has asked everybody it depends on.
 *
 *   node checkout.mjs PORT MILLISECONDS FAIL_EVERY [http:PORT | redis:PORT]...
 */
import { Agent, createServer, get } from 'node:http';
import { connect } from 'node:net';

const [port, milliseconds, failEvery, ...dependencies] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 4 });
let served = 0;

const askHttp = (to, path) =>
  new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port: to, path, agent }, (answer) => {
      answer.resume();
      answer.on('end', resolve);
    }).on('error', reject);
  });

const sockets = new Map();
const askRedis = (to) =>
  new Promise((resolve, reject) => {
    let socket = sockets.get(to);
    if (socket === undefined) {
      socket = connect(to, '127.0.0.1');
      socket.waiting = [];
      socket.on('data', () => socket.waiting.shift()?.());
      socket.on('error', reject);
      sockets.set(to, socket);
    }
    socket.waiting.push(resolve);
    socket.write('*2\r\n$3\r\nGET\r\n$5\r\nstock\r\n');
  });

createServer(async (request, response) => {
  served++;
  const number = served;
  await new Promise((resolve) => setTimeout(resolve, Number(milliseconds) * (0.4 + Math.random())));
  for (const dependency of dependencies) {
    const [kind, to] = dependency.split(':');
    await (kind === 'redis' ? askRedis(Number(to)) : askHttp(Number(to), request.url));
  }
  response.statusCode = Number(failEvery) > 0 && number % Number(failEvery) === 0 ? 500 : 200;
  response.end('x'.repeat(200 + ((number * 997) % 6000)));
}).listen(Number(port), '127.0.0.1');
