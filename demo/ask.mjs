import { request } from 'node:http';

/**
 * Asks an HTTP server and gives status and body. Rejects where it cannot be reached or does not answer within 5 s.
 * Without an agent each request has a connection, and a look-up of the name, of its own.
 */
export function ask(url, { method = 'GET', body, agent, headers = {} } = {}) {
  const text = body === undefined ? '' : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method,
        agent: agent ?? false,
        timeout: 5000,
        headers: {
          'user-agent': 'shop',
          ...headers,
          ...(text === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        },
      },
      (response) => {
        let received = '';
        response.setEncoding('utf8');
        response.on('data', (part) => {
          received += part;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: received }));
        response.on('error', reject);
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer within 5 s')));
    sent.on('error', reject);
    sent.end(text);
  });
}
