import { type ApiCall, type ApiHead, note, rename } from './call.ts';

const clients = /kube|k8s|client-go|helm\//i;
/** Resources of the core group by which its paths are known even from clients that do not tell who they are. */
const core =
  /^\/api\/v1\/(?:namespaces\/[^/]+\/)?(?:pods|configmaps|secrets|serviceaccounts|endpoints|persistentvolumeclaims|persistentvolumes|replicationcontrollers|limitranges|resourcequotas)(?:\/|$)/;
const known = /^\/apis\/(?:[\w.-]+\.k8s\.io|apps|batch|autoscaling|policy|extensions)\/v\d\w*\//;
const any =
  /^\/(?:api\/v1|apis\/([\w.-]+)\/v\d\w*)\/(?:watch\/)?(?:namespaces\/([^/]+)\/)?([a-z]+)(?:\/([^/]+))?(?:\/([a-z]+))?/;

/** Could this be a path of it? */
export function isKubernetesPath(path: string): boolean {
  return path.startsWith('/api') && any.test(path);
}

/** The Kubernetes API: verb, resource and namespace, as its own audit log names them. */
export function refineKubernetes(call: ApiCall, head: ApiHead, path: string, query: string): boolean {
  const isClient = clients.test(head.userAgent);
  if (!isClient && !known.test(path) && !(core.test(path) && head.contentType.includes('kubernetes'))) return false;
  const match = any.exec(path);
  if (match === null) return false;
  const [, group, namespace, resource, name, subresource] = match;
  const watches = /(?:^|&)watch=(?:1|true)/.test(query) || path.includes('/watch/');
  const type = group === undefined ? resource : `${resource}.${group}`;
  rename(
    call,
    'kubernetes',
    verbOf(call.method, name !== undefined, watches),
    subresource === undefined ? type : `${type}/${subresource}`,
  );
  if (namespace !== undefined) note(call, 'k8s.namespace.name', namespace);
  return true;
}

function verbOf(method: string, named: boolean, watches: boolean): string {
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (watches) return 'watch';
      return named ? 'get' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return named ? 'delete' : 'deletecollection';
    default:
      return method.toLowerCase();
  }
}
