import { templateOf } from '../../template.ts';
import { type ApiCall, type ApiHead, rename } from './call.ts';

/** Endpoints that only Elasticsearch and OpenSearch have. */
const telling = new Set([
  '_bulk',
  '_msearch',
  '_mget',
  '_cat',
  '_cluster',
  '_doc',
  '_nodes',
  '_delete_by_query',
  '_update_by_query',
  '_field_caps',
  '_ilm',
  '_data_stream',
  '_async_search',
  '_index_template',
  '_component_template',
  '_reindex',
  '_forcemerge',
  '_ingest',
]);

/** Endpoints that others have as well. */
const shared = new Set([
  '_search',
  '_count',
  '_update',
  '_create',
  '_mapping',
  '_settings',
  '_refresh',
  '_analyze',
  '_alias',
  '_aliases',
  '_template',
  '_snapshot',
  '_tasks',
  '_stats',
  '_flush',
  '_pit',
  '_validate',
  '_explain',
  '_rollover',
  '_sql',
  '_security',
]);

const clients = /elastic|opensearch|kibana|logstash|filebeat|metricbeat|fluent/i;

/** Could this be a path of it? */
export function isElasticsearchPath(path: string): boolean {
  const endpoint = /^\/(?:[^/_][^/]*\/)?(_[a-z_]+)(?:\/|$)/.exec(path)?.[1];
  return endpoint !== undefined && (telling.has(endpoint) || shared.has(endpoint));
}

/** Elasticsearch's and OpenSearch's API: the operation, and the index it is about. */
export function refineElasticsearch(call: ApiCall, head: ApiHead, path: string, serverPort: number): boolean {
  const segments = path.split('/', 8);
  const at = segments.findIndex((segment) => segment.startsWith('_'));
  if (at < 1 || at > 2) return false;
  const endpoint = segments[at];
  const sure = serverPort === 9200 || clients.test(head.userAgent);
  if (!telling.has(endpoint) && !(sure && shared.has(endpoint))) return false;
  const index = at === 2 ? segments[1].split(',').map(templateOf).join(',').slice(0, 120) : '';
  rename(call, 'elasticsearch', operationOf(call.method, endpoint, segments[at + 1] ?? ''), index);
  return true;
}

function operationOf(method: string, endpoint: string, next: string): string {
  if (endpoint === '_doc') {
    if (method === 'GET') return 'get';
    if (method === 'HEAD') return 'exists';
    return method === 'DELETE' ? 'delete' : 'index';
  }
  const name = endpoint.slice(1);
  // _cluster/health, _cat/indices, _search/scroll
  return (name === 'cluster' || name === 'cat' || name === 'search') && /^[a-z_]{2,30}$/.test(next)
    ? `${name}.${next}`
    : name;
}
