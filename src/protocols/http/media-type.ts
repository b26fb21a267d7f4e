import { ByteCache, fromText } from '../byte-cache.ts';

/** A media type without its parameters, lower-case: 'application/json'. */
export function mediaTypeOf(text: string): string {
  const semicolon = text.indexOf(';');
  return (semicolon < 0 ? text : text.slice(0, semicolon)).trim().toLowerCase().slice(0, 100);
}

/** Media types seen lately on this host, by the bytes of the header's value. */
export const mediaTypes: ByteCache<string> = new ByteCache(128, fromText(mediaTypeOf), 128);

/** Media types of answers that go on as long as there is something to say. */
export function isStreamType(mediaType: string): boolean {
  switch (mediaType) {
    case 'text/event-stream':
    case 'multipart/x-mixed-replace':
    case 'application/x-ndjson':
    case 'application/stream+json':
    case 'application/json-seq':
      return true;
    default:
      return false;
  }
}
