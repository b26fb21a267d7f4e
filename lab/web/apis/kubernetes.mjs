/** Answers kubectl as an API server does: discovery, and the few objects of one namespace. */
import { createServer } from 'node:http';
import { main } from './calls.mjs';

const pod = (name) => ({
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: { name, namespace: 'shop', uid: name, resourceVersion: '7', creationTimestamp: '2024-01-01T00:00:00Z' },
  spec: { containers: [{ name: 'web', image: 'web:1' }] },
  status: { phase: 'Running' },
});
const deployment = {
  kind: 'Deployment',
  apiVersion: 'apps/v1',
  metadata: { name: 'web', namespace: 'shop', uid: 'd', resourceVersion: '9', generation: 1 },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: pod('x').spec },
  },
};
const resource = (name, kind, verbs = ['get', 'list', 'watch', 'patch', 'delete', 'create', 'update']) => ({
  name,
  singularName: '',
  namespaced: true,
  kind,
  verbs,
});
const scale = {
  kind: 'Scale',
  apiVersion: 'autoscaling/v1',
  metadata: { name: 'web', namespace: 'shop', resourceVersion: '9' },
  spec: { replicas: 1 },
  status: { replicas: 1 },
};

const answers = {
  'GET /version': { major: '1', minor: '28', gitVersion: 'v1.28.0' },
  'GET /api': { kind: 'APIVersions', versions: ['v1'] },
  'GET /apis': {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: [
      {
        name: 'apps',
        versions: [{ groupVersion: 'apps/v1', version: 'v1' }],
        preferredVersion: { groupVersion: 'apps/v1', version: 'v1' },
      },
    ],
  },
  'GET /api/v1': {
    kind: 'APIResourceList',
    groupVersion: 'v1',
    resources: [resource('pods', 'Pod'), resource('configmaps', 'ConfigMap')],
  },
  'GET /apis/apps/v1': {
    kind: 'APIResourceList',
    groupVersion: 'apps/v1',
    resources: [
      resource('deployments', 'Deployment'),
      { ...resource('deployments/scale', 'Scale'), group: 'autoscaling', version: 'v1' },
    ],
  },
  'GET /api/v1/namespaces/shop/pods': {
    kind: 'PodList',
    apiVersion: 'v1',
    metadata: { resourceVersion: '7' },
    items: [pod('web-1'), pod('web-2')],
  },
  'GET /api/v1/namespaces/shop/pods/web-1': pod('web-1'),
  'DELETE /api/v1/namespaces/shop/pods/web-1': { kind: 'Status', apiVersion: 'v1', status: 'Success' },
  'GET /apis/apps/v1/namespaces/shop/deployments/web': deployment,
  'PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale': scale,
};

function serve(port) {
  createServer((request, response) => {
    const url = new URL(request.url, 'http://server');
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json');
      if (url.searchParams.get('watch') === 'true') {
        response.write(`${JSON.stringify({ type: 'ADDED', object: pod('web-3') })}\n`);
        setTimeout(() => response.end(), 300);
        return;
      }
      const answer = answers[`${request.method} ${url.pathname}`];
      const reason = {
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        reason: 'NotFound',
        code: 404,
        message: 'not found',
      };
      response.statusCode = answer === undefined ? 404 : 200;
      response.end(JSON.stringify(answer ?? reason));
    });
  }).listen(port, '127.0.0.1');
}

await main({ serve });
