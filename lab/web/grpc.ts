import { setTimeout as sleep } from 'node:timers/promises';
import {
  Client,
  credentials,
  Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { Calls } from '../calls.ts';
import type { Lab } from '../net/lab.ts';

type Method = MethodDefinition<string, string>;

/** A method whose messages are plain text. */
function method(name: string, requestStream: boolean, responseStream: boolean): Method {
  const write = (text: string) => Buffer.from(text);
  const read = (bytes: Buffer) => bytes.toString();
  return {
    path: `/demo.Greeter/${name}`,
    requestStream,
    responseStream,
    requestSerialize: write,
    requestDeserialize: read,
    responseSerialize: write,
    responseDeserialize: read,
  };
}

const methods = {
  Unary: method('Unary', false, false),
  Upload: method('Upload', true, false),
  Watch: method('Watch', false, true),
  Chat: method('Chat', true, true),
};
const unknown = method('Nothing', false, false);

/** Starts a gRPC server with a method of each kind. Gives its port. */
export async function startGrpc(lab: Lab): Promise<number> {
  const server = new Server();
  server.addService(methods, {
    Unary(call: ServerUnaryCall<string, string>, done: sendUnaryData<string>) {
      if (call.request === 'missing') done({ code: status.NOT_FOUND, details: 'no such thing' });
      else if (call.request === 'slow') setTimeout(() => done(null, 'late'), 2000).unref();
      else done(null, `hello ${call.request}`);
    },
    Upload(call: ServerReadableStream<string, string>, done: sendUnaryData<string>) {
      let messages = 0;
      call.on('data', () => messages++);
      call.on('end', () => done(null, String(messages)));
    },
    Watch(call: ServerWritableStream<string, string>) {
      call.write('1');
      call.write('2');
      setTimeout(() => {
        call.write('3');
        call.end();
      }, 30);
    },
    Chat(call: ServerDuplexStream<string, string>) {
      call.on('data', (text: string) => call.write(text));
      call.on('end', () => call.end());
      call.on('error', () => undefined);
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  lab.defer(() => server.forceShutdown());
  return port;
}

/** Calls methods of each kind on one connection, noted as method, status on the wire ('timeout' past the deadline), messages sent and received. */
export async function exerciseGrpc(port: number, calls = new Calls()): Promise<void> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set('traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
  const note = (what: string, begin: (done: () => void) => void) => calls.note(what, () => new Promise<void>(begin));
  const unary = (what: string, { path, requestSerialize, responseDeserialize }: Method, text: string) =>
    note(what, (done) => {
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, text, metadata, () => done());
    });
  await unary('Unary OK 1 1', methods.Unary, 'anna');
  await unary('Unary OK 1 1', methods.Unary, 'bert');
  await unary('Unary NOT_FOUND 1 0', methods.Unary, 'missing');
  await unary('Nothing UNIMPLEMENTED 1 0', unknown, 'x');
  await note('Upload OK 3 1', (done) => {
    const { path, requestSerialize, responseDeserialize } = methods.Upload;
    const call = client.makeClientStreamRequest(path, requestSerialize, responseDeserialize, new Metadata(), done);
    for (const text of ['a', 'b', 'c'.repeat(3000)]) call.write(text);
    call.end();
  });
  await note('Watch OK 1 3', (done) => {
    const { path, requestSerialize, responseDeserialize } = methods.Watch;
    const call = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, 'go', new Metadata());
    call.on('data', () => undefined);
    call.on('end', done);
  });
  const chat = () => {
    const { path, requestSerialize, responseDeserialize } = methods.Chat;
    const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, new Metadata());
    call.on('error', () => undefined);
    return call;
  };
  await note('Chat OK 3 3', (done) => {
    const call = chat();
    let answers = 0;
    call.on('data', () => {
      if (++answers < 3) call.write(`x${answers}`);
      else call.end();
    });
    call.on('end', done);
    call.write('x0');
  });
  // Client and server both watch the deadline: who is first says so.
  await calls.note('Unary timeout 1 0', async () => {
    await new Promise<void>((resolve) => {
      const { path, requestSerialize, responseDeserialize } = methods.Unary;
      const options = { deadline: Date.now() + 1000 };
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, 'slow', metadata, options, () => resolve());
    });
    await sleep(50);
  });
  await calls.note('Chat CANCEL 1 1', async () => {
    const given = chat();
    given.write('bye');
    await new Promise((resolve) => given.once('data', resolve));
    given.cancel();
    await sleep(50);
  });
  client.close();
}
