/**
 * The server of the self-test, run as a process of its own so that both ends have a name: HTTP on loopback (IPv4 and
 * IPv6) and DNS over UDP, with answers as small as they can be. Prints the ports it listens on as one line of JSON and
 * ends with its standard input.
 */
import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const body = 'ok\n';
const http = createServer((request, response) => {
  request.resume();
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': body.length }).end(body);
});
http.keepAliveTimeout = 60_000;
http.maxRequestsPerSocket = 0;

/** Answers every question with one address record. */
function answer(socket: Socket): void {
  socket.on('message', (query, peer) => {
    if (query.length < 12) return;
    const reply = Buffer.alloc(query.length + 16);
    query.copy(reply);
    reply.writeUInt16BE(0x8180, 2);
    reply.writeUInt16BE(1, 6);
    let at = query.length;
    at = reply.writeUInt16BE(0xc00c, at);
    at = reply.writeUInt16BE(1, at);
    at = reply.writeUInt16BE(1, at);
    at = reply.writeUInt32BE(60, at);
    at = reply.writeUInt16BE(4, at);
    reply.writeUInt32BE(0x7f000001, at);
    socket.send(reply, peer.port, peer.address);
  });
}

const dns = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
answer(dns);

const listening = (start: (done: () => void) => void): Promise<boolean> =>
  new Promise((resolve) => start(() => resolve(true)));

await listening((done) => http.listen(0, '::', done)).catch(() => false);
const port = (http.address() as AddressInfo).port;
/** Only DNS on its own port is taken for DNS, and 127.0.0.0/8 is large enough for every self-test to have an address. */
const dnsAddress = `127.86.${randomInt(256)}.${randomInt(1, 255)}`;
const hasDns = await new Promise<boolean>((resolve) => {
  dns.once('error', () => resolve(false));
  dns.bind(53, dnsAddress, () => resolve(true));
});
process.stdout.write(`${JSON.stringify({ port, dns: hasDns ? dnsAddress : '' })}\n`);
process.stdin.on('end', () => process.exit(0)).resume();
