/**
 * The watching process of the overhead benchmark: starts and stops the live agent on command, so that it is warm as in
 * daily life. Plain JavaScript, so that nothing but the compiled agent is in its memory. Reads a line of JSON a command
 * ({"do": "watch" | "leave" | "figures", "port", "scope", "tls"}) and answers each with a line of JSON.
 */
import { createInterface } from 'node:readline';
import { startAgent } from '../../../dist/agent/agent.js';

let agent;
let port = 0;
let seen = 0;
let named = 0;
let lost = 0;
let startCpu = process.cpuUsage();

const sum = (losses) => [...losses.values()].reduce((a, b) => a + b, 0);

async function answer(command) {
  if (command.do === 'watch') {
    port = command.port;
    const options = {
      ...(command.scope === undefined ? {} : { scope: command.scope }),
      ...(command.tls ? { tls: 'all' } : {}),
    };
    agent = await startAgent(options, {
      request: (request, connection) => {
        if (connection.server.port !== port || request.protocol === 'tls') return;
        seen++;
        // What every consumer asks of a request: who talked to whom.
        if (agent?.names.nameOf(connection.server).name !== '') named++;
      },
      connection: () => undefined,
      event: () => undefined,
    });
    startCpu = process.cpuUsage();
    return {};
  }
  const { user, system } = process.cpuUsage(startCpu);
  if (command.do === 'leave') {
    // The last records are still on their way.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const counted = sum(agent.losses());
    await agent.stop();
    lost += counted;
    agent = undefined;
  }
  return { seen, named, lost, microseconds: user + system, rssMegabytes: process.memoryUsage.rss() / 1e6 };
}

process.stdout.write('ready\n');
for await (const line of createInterface(process.stdin))
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
