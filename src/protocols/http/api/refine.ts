import { textOf } from '../../text.ts';
import type { Target } from '../target.ts';
import { Api, type ApiCall, type ApiHead, Body, renameAll } from './call.ts';
import { isElasticsearchPath, refineElasticsearch } from './elasticsearch.ts';
import { readGraphql, readGraphqlAnswer, readGraphqlQuery } from './graphql.ts';
import { readJsonRpc, readJsonRpcAnswer } from './json-rpc.ts';
import { isKubernetesPath, refineKubernetes } from './kubernetes.ts';
import { isPresigned, refineS3 } from './s3.ts';
import { readSoap, readSoapAnswer, refineSoapAction } from './soap.ts';

/** Longest piece of a body that is looked at. */
const longestBody = 4096;

/** Could there be more to say of a request than method and path? Asked for every one: cheap. */
export function isApi(method: string, head: ApiHead): boolean {
  if ((head.target !== undefined && head.target.apis !== 0) || head.action !== '' || head.signedFor !== '') return true;
  if (method !== 'POST') return false;
  switch (head.contentType) {
    case 'application/json':
    case 'application/json-rpc':
    case 'application/graphql':
    case 'application/soap+xml':
    case 'text/xml':
      return true;
    default:
      return false;
  }
}

/** Says what a request is by its head. Where only its body can tell, {@link ApiCall.body} says what to look for. */
export function refineByHead(call: ApiCall, head: ApiHead, serverPort: number): void {
  const { target, contentType, action, signedFor } = head;
  const apis = target === undefined ? 0 : target.apis;
  if (signedFor !== '' || (apis & Api.s3) !== 0) {
    const [service, operation] = action.split('.');
    if (action !== '' && operation !== undefined) renameAll(call, 'aws', operation, service);
    else refineS3(call, head, partsOf(target).path, partsOf(target).query);
    return;
  }
  if (action !== '' && refineSoapAction(call, action)) {
    call.body = Body.soapFault;
    return;
  }
  if (apis !== 0) {
    const { path, query } = partsOf(target);
    if ((apis & Api.kubernetes) !== 0 && refineKubernetes(call, head, path, query)) return;
    if ((apis & Api.elasticsearch) !== 0 && refineElasticsearch(call, head, path, serverPort)) return;
    if (call.method === 'GET' && (apis & Api.graphql) !== 0 && readGraphqlQuery(call, query)) return;
  }
  if (call.method !== 'POST') return;
  if (contentType === 'application/soap+xml' || contentType === 'text/xml') call.body = Body.soap;
  else if ((apis & Api.graphql) !== 0 || contentType === 'application/graphql') call.body = Body.graphql;
  else if (contentType.startsWith('application/json')) call.body = Body.json;
}

/** Says what a request is by the first piece of its body, and what to look for in its response. */
export function refineByBody(call: ApiCall, bytes: Uint8Array, start: number, end: number): void {
  const wanted = call.body;
  if (wanted === Body.soapFault) return;
  call.body = Body.none;
  // Most JSON is no JSON-RPC: it has the word in its first line.
  if (wanted === Body.json && !hasWord(bytes, start, Math.min(end, start + 256), jsonrpc)) return;
  const body = textOf(bytes, start, Math.min(end, start + longestBody));
  if (wanted === Body.soap) {
    if (readSoap(call, body)) call.body = Body.soapFault;
  } else if (wanted === Body.graphql && readGraphql(call, body)) call.body = Body.graphql;
  else if (readJsonRpc(call, body)) call.body = Body.jsonRpc;
}

/** Says how a request went by the first piece of its response's body. */
export function refineByAnswer(call: ApiCall, bytes: Uint8Array, start: number, end: number): void {
  const wanted = call.body;
  call.body = Body.none;
  const body = textOf(bytes, start, Math.min(end, start + longestBody));
  if (wanted === Body.graphql) readGraphqlAnswer(call, body);
  else if (wanted === Body.jsonRpc) readJsonRpcAnswer(call, body);
  else if (wanted === Body.soapFault) readSoapAnswer(call, body);
}

const jsonrpc = Uint8Array.from('"jsonrpc"', (c) => c.charCodeAt(0));

function hasWord(bytes: Uint8Array, start: number, end: number, word: Uint8Array): boolean {
  for (let i = start; i + word.length <= end; i++) {
    let k = 0;
    while (k < word.length && bytes[i + k] === word[k]) k++;
    if (k === word.length) return true;
  }
  return false;
}

/** What a path and a query may belong to, as bits of {@link Api}. */
export function apisOf(path: string, query: string): number {
  return (
    (isKubernetesPath(path) ? Api.kubernetes : 0) |
    (isElasticsearchPath(path) ? Api.elasticsearch : 0) |
    (/\/(?:graphql|gql)\b/i.test(path) ? Api.graphql : 0) |
    (isPresigned(query) ? Api.s3 : 0)
  );
}

function partsOf(target: Target | undefined): { path: string; query: string } {
  if (target === undefined) return { path: '', query: '' };
  const mark = target.text.indexOf('?');
  const text = mark < 0 ? target.text : target.text.slice(0, mark);
  const path = target.authority === '' ? text : text.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '');
  return { path, query: mark < 0 ? '' : target.text.slice(mark + 1) };
}
