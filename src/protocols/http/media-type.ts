import { ByteCache, fromText } from '../byte-cache.ts';

/** Media types without their parameters, lower-case: 'application/json'. */
export const mediaTypes: ByteCache<string> = new ByteCache(
  128,
  fromText((text) =>
    text
      .replace(/\s*;[\s\S]*$/, '')
      .trim()
      .toLowerCase()
      .slice(0, 100),
  ),
  128,
);

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
