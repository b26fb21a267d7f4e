import { Outcome } from '../../../model/request.ts';
import { type ApiCall, note, rename } from './call.ts';

/** Reads a JSON-RPC 2.0 request, or the first of a batch, from (the beginning of) its body. */
export function readJsonRpc(call: ApiCall, body: string): boolean {
  if (!/"jsonrpc"\s*:\s*"2\.0"/.test(body)) return false;
  const method = /"method"\s*:\s*"([\w./:$-]{1,120})"/.exec(body)?.[1];
  if (method === undefined) return false;
  rename(call, 'jsonrpc', method, call.target);
  if (/^\s*\[/.test(body)) note(call, 'rpc.batch', 'true');
  if (!/"id"\s*:/.test(body) && body.trimEnd().endsWith('}')) note(call, 'rpc.notification', 'true');
  return true;
}

/** Errors come with status 200: tells them by the response's body. */
export function readJsonRpcAnswer(call: ApiCall, body: string): void {
  const error = /^[^{]{0,12}\{[^{]*"error"\s*:\s*\{[^}]*?"code"\s*:\s*(-?\d{1,9})/.exec(body);
  if (error === null) return;
  const code = Number(error[1]);
  call.codeText = error[1];
  // Parse error, invalid request, no such method, invalid parameters: the caller's.
  call.verdict = code === -32700 || (code <= -32600 && code >= -32602) ? Outcome.clientError : Outcome.serverError;
}
