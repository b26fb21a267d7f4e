/** Methods of AMQP 0-9-1 and of RabbitMQ's extensions: class in the upper 16 bits, method in the lower. */

const classes: Readonly<Record<number, readonly [name: string, methods: Readonly<Record<number, string>>]>> = {
  10: [
    'connection',
    {
      10: 'start',
      11: 'start-ok',
      20: 'secure',
      21: 'secure-ok',
      30: 'tune',
      31: 'tune-ok',
      40: 'open',
      41: 'open-ok',
      50: 'close',
      51: 'close-ok',
      60: 'blocked',
      61: 'unblocked',
      70: 'update-secret',
      71: 'update-secret-ok',
    },
  ],
  20: ['channel', { 10: 'open', 11: 'open-ok', 20: 'flow', 21: 'flow-ok', 40: 'close', 41: 'close-ok' }],
  40: [
    'exchange',
    {
      10: 'declare',
      11: 'declare-ok',
      20: 'delete',
      21: 'delete-ok',
      30: 'bind',
      31: 'bind-ok',
      40: 'unbind',
      51: 'unbind-ok',
    },
  ],
  50: [
    'queue',
    {
      10: 'declare',
      11: 'declare-ok',
      20: 'bind',
      21: 'bind-ok',
      30: 'purge',
      31: 'purge-ok',
      40: 'delete',
      41: 'delete-ok',
      50: 'unbind',
      51: 'unbind-ok',
    },
  ],
  60: [
    '',
    {
      10: 'qos',
      11: 'qos-ok',
      20: 'consume',
      21: 'consume-ok',
      30: 'cancel',
      31: 'cancel-ok',
      40: 'publish',
      50: 'return',
      60: 'deliver',
      70: 'get',
      71: 'get-ok',
      72: 'get-empty',
      80: 'ack',
      90: 'reject',
      100: 'recover-async',
      110: 'recover',
      111: 'recover-ok',
      120: 'nack',
    },
  ],
  85: ['confirm', { 10: 'select', 11: 'select-ok' }],
  90: ['tx', { 10: 'select', 11: 'select-ok', 20: 'commit', 21: 'commit-ok', 30: 'rollback', 31: 'rollback-ok' }],
};

const names = new Map<number, string>();
for (const [id, [name, methods]] of Object.entries(classes)) {
  for (const [method, word] of Object.entries(methods)) {
    names.set(Number(id) * 65_536 + Number(method), name === '' ? word : `${name}.${word}`);
  }
}

/** Name of a method: 'queue.declare'; those of class basic stand alone: 'publish'. '' where there is no such method. */
export function methodName(method: number): string {
  return names.get(method) ?? '';
}

/** Methods that are told apart. */
export const Method = {
  connectionStart: 0x000a000a,
  connectionStartOk: 0x000a000b,
  connectionOpen: 0x000a0028,
  connectionOpenOk: 0x000a0029,
  connectionClose: 0x000a0032,
  connectionCloseOk: 0x000a0033,
  connectionBlocked: 0x000a003c,
  connectionUnblocked: 0x000a003d,
  channelOpen: 0x0014000a,
  channelClose: 0x00140028,
  channelCloseOk: 0x00140029,
  exchangeDeclare: 0x0028000a,
  exchangeDelete: 0x00280014,
  exchangeBind: 0x0028001e,
  exchangeUnbind: 0x00280028,
  exchangeUnbindOk: 0x00280033,
  queueDeclare: 0x0032000a,
  queueDeclareOk: 0x0032000b,
  queueBind: 0x00320014,
  queuePurge: 0x0032001e,
  queueDelete: 0x00320028,
  queueUnbind: 0x00320032,
  qos: 0x003c000a,
  consume: 0x003c0014,
  consumeOk: 0x003c0015,
  cancel: 0x003c001e,
  publish: 0x003c0028,
  return: 0x003c0032,
  deliver: 0x003c003c,
  get: 0x003c0046,
  getOk: 0x003c0047,
  getEmpty: 0x003c0048,
  ack: 0x003c0050,
  reject: 0x003c005a,
  recoverAsync: 0x003c0064,
  nack: 0x003c0078,
  confirmSelect: 0x0055000a,
  confirmSelectOk: 0x0055000b,
} as const;

/** The method that answers a request, 0 where nothing does. */
export function answerOf(method: number): number {
  if (method === Method.exchangeUnbind) return Method.exchangeUnbindOk;
  return names.has(method + 1) && method % 10 !== 1 ? method + 1 : 0;
}
