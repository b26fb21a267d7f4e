import type { RequestFields } from './request.ts';

const cache = new Map<string, Map<string, string>>();
/** Both levels of the cache are emptied beyond this, so that endless distinct targets cannot fill the memory. */
const most = 4096;

/**
 * What was done: 'GET /orders/{id}', 'SELECT orders', 'A example.com'. Gives the same string for the same parts without
 * making it anew, since it is asked for on the hot path.
 */
export function operationOf(request: Readonly<Pick<RequestFields, 'method' | 'target'>>): string {
  const { method, target } = request;
  if (target === '') return method;
  if (method === '') return target;
  let targets = cache.get(method);
  if (targets === undefined) {
    if (cache.size >= most) cache.clear();
    targets = new Map();
    cache.set(method, targets);
  }
  let operation = targets.get(target);
  if (operation === undefined) {
    if (targets.size >= most) targets.clear();
    operation = `${method} ${target}`;
    targets.set(target, operation);
  }
  return operation;
}
