/** Reads server-sent events (WHATWG HTML, section 9.2) out of an answer. */

/** One message. */
export interface EventMessage {
  readonly event: string;
  readonly data: string;
  readonly id: string | undefined;
}

/** The messages of a stream as they come. Ends where the stream ends; throws what reading throws. */
export async function* eventMessages(body: ReadableStream<Uint8Array>): AsyncGenerator<EventMessage> {
  const decoder = new TextDecoder();
  let text = '';
  let message = blank();
  for await (const part of body) {
    text += decoder.decode(part, { stream: true });
    const lines = text.split(/\r\n|\n|\r/);
    text = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (message.data.length > 0) yield { event: message.event, data: message.data.join('\n'), id: message.id };
        message = blank();
        continue;
      }
      const colon = line.indexOf(':');
      const name = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (name === 'event') message.event = value;
      else if (name === 'data') message.data.push(value);
      else if (name === 'id') message.id = value;
    }
  }
}

function blank(): { event: string; data: string[]; id: string | undefined } {
  return { event: 'message', data: [], id: undefined };
}
