import { Outcome } from '../../../model/request.ts';
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

/** A fault (SOAP 1.1, section 4.4; SOAP 1.2, section 5.4) has a code of its own, and may come with status 200. */
export function readSoapAnswer(call: ApiCall, body: string): void {
  const fault = /<(?:[\w-]+:)?Fault\b/.exec(body);
  if (fault === null) return;
  const code = /<(?:faultcode|(?:[\w-]+:)?Value)\b[^>]*>\s*(?:[\w-]+:)?([\w.-]{1,60})/.exec(
    body.slice(fault.index),
  )?.[1];
  call.codeText = code ?? 'Fault';
  call.verdict = /^(?:Client|Sender)/.test(call.codeText) ? Outcome.clientError : Outcome.serverError;
}
