import { type ApiCall, rename } from './call.ts';

/** The last part of a SOAPAction (SOAP 1.1, section 6.1.1): 'http://shop.example/orders#GetOrder' is 'GetOrder'. */
export function refineSoapAction(call: ApiCall, action: string): boolean {
  const name = /([\w.-]{1,120})\/?$/.exec(action)?.[1];
  if (name === undefined) return false;
  rename(call, 'soap', name, call.target);
  return true;
}

/** Without an action the first element in the envelope's body says what is called. */
export function readSoap(call: ApiCall, body: string): boolean {
  const name = /<(?:[\w-]+:)?Body\b[^>]*>\s*<(?:[\w-]+:)?([\w.-]{1,120})/.exec(body)?.[1];
  if (name === undefined || !/<(?:[\w-]+:)?Envelope\b/.test(body)) return false;
  rename(call, 'soap', name, call.target);
  return true;
}
