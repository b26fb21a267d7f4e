import type { AttributesOf } from '../../model/record-writer.ts';
import { protocols } from '../../protocols/index.ts';

const byName = new Map(protocols.map((protocol) => [protocol.name, protocol]));

/** The OpenTelemetry attributes that a request's protocol knows of it. */
export const protocolAttributes: AttributesOf = (request) => byName.get(request.protocol)?.attributes(request) ?? {};
