/**
 * Real clients call real servers of APIs over HTTP while this host is watched: every call is seen once, in order, with what
 * was called and how it ended, within the time that it took the client, and a capture file tells the same.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Outcome, RequestFlag } from '../../src/model/request.ts';
import type { Calls } from '../calls.ts';
import { Lab } from '../net/lab.ts';
import { programPath } from '../run/packages.ts';
import { type Requirements, suite } from '../run/requires.ts';
import { askApi, openSearchObstacle, startApi, startOpenSearch } from '../web/apis.ts';
import { expectAsMade, type TimedRequest, type WatchedExchange, watchExchange } from './watched-exchange.ts';

/** An API and what is done with it. */
interface Api {
  readonly name: string;
  start(lab: Lab): Promise<number>;
  exercise(lab: Lab, port: number, calls: Calls): Promise<unknown>;
  /** Requests of the client's own that are no calls. */
  isClients?(request: TimedRequest): boolean;
}

function line(r: TimedRequest): string {
  return [r.method, r.target, r.code < 0 ? '' : r.code, r.codeText].filter((text) => text !== '').join(' ');
}

function test(api: Api, requirements: Requirements, check: (seen: () => WatchedExchange) => void): void {
  suite(`${api.name}, watched live and read from a file`, requirements, () => {
    const lab = new Lab();
    let exchange: WatchedExchange;

    beforeAll(async () => {
      const cgroup = lab.ownCgroup();
      const port = await api.start(lab);
      exchange = await watchExchange(lab, cgroup, port, (calls) => api.exercise(lab, port, calls));
    });
    afterAll(() => lab.close());

    it('shows every call once, in order, with how it ended, while the client waited for it', () => {
      const isCall = (r: TimedRequest) => api.isClients?.(r) !== true;
      expectAsMade(exchange.live.filter(isCall), exchange.made, line);
      expectAsMade(exchange.file.filter(isCall), exchange.made, line);
      expect(exchange.live.filter((r) => r.partial).map(line)).toEqual([]);
      expect(exchange.losses).toEqual({});
    });

    check(() => exchange);

    it('gives the same requests from a capture file', () => {
      expect(exchange.fileLines).toEqual(exchange.liveLines);
    });
  });
}

/** A program of `lab/web/apis` that is both server and client. */
const both = (name: string): Pick<Api, 'start' | 'exercise'> => ({
  start: (lab) => startApi(lab, name),
  exercise: (lab, port, calls) => askApi(lab, name, port, calls),
});

/** All but `others` call themselves `name`. */
const named =
  (name: string, others: readonly string[] = []) =>
  (seen: () => WatchedExchange) => {
    it(`calls it ${name}`, () => {
      const differing = seen().live.filter((r) => r.protocol !== name);
      expect(differing.map((r) => `${r.protocol} ${line(r)}`)).toEqual(others);
    });
  };

const packages = ['tcpdump'] as const;

test({ name: 'GraphQL, graphql-http and fetch', ...both('graphql') }, { root: true, packages }, (seen) => {
  named('graphql')(seen);

  it('finds the errors in answers with status 200, and follows the trace context', () => {
    expect(seen().live.map((r) => r.outcome)).toEqual([
      Outcome.ok,
      Outcome.ok,
      Outcome.serverError,
      Outcome.clientError,
      Outcome.ok,
    ]);
    expect(seen().live.filter((r) => r.traceId === '0af7651916cd43dd8448eb211c80319c')).toHaveLength(4);
  });
});

test({ name: 'JSON-RPC, jayson', ...both('json-rpc') }, { root: true, packages }, (seen) => {
  named('jsonrpc')(seen);
});

test({ name: 'SOAP, node-soap', ...both('soap') }, { root: true, packages }, named('soap'));

test({ name: 'S3, s3rver and the client of MinIO', ...both('s3') }, { root: true, packages }, named('s3'));

test(
  {
    name: 'OpenSearch, with its client for Node',
    start: startOpenSearch,
    exercise: (lab, port, calls) => askApi(lab, 'opensearch', port, calls),
  },
  { root: true, packages, unless: openSearchObstacle() },
  named('elasticsearch', ['http PUT /orders 200', 'http DELETE /orders 200']),
);

test({
  name: 'the Kubernetes API as a server of our own speaks it, with kubectl',
  start: (lab) => startApi(lab, 'kubernetes'),
  async exercise(lab, port, calls) {
    const server = ['--server', `http://127.0.0.1:${port}`, '--cache-dir', lab.folder(), '--namespace', 'shop'];
    const kubectl = (...args: string[]) => lab.run('env', ['KUBECONFIG=/dev/null', 'kubectl', ...server, ...args]);
    await calls.note('list pods 200', () => kubectl('get', 'pods'));
    await calls.note('get pods 200', () => kubectl('get', 'pod', 'web-1'));
    await calls.noteFailure(['get pods 404', 'get namespaces 404'], () => kubectl('get', 'pod', 'none'));
    await calls.note('delete pods 200', () => kubectl('delete', 'pod', 'web-1', '--wait=false'));
    await calls.note(['get deployments.apps 200', 'patch deployments.apps/scale 200'], () =>
      kubectl('scale', 'deployment', 'web', '--replicas=3'),
    );
    await calls.note(['list pods 200', 'watch pods 200'], () => kubectl('get', 'pods', '--watch', '-o', 'name'));
  },
  // Discovery: /api, /apis and what is below.
  isClients: (r) => /^\/(?:version|apis?(?:\/v1|\/apps\/v1)?)$/.test(r.resource || r.target),
}, { root: true, packages, unless: programPath('kubectl') === undefined ? 'needs kubectl' : undefined }, (seen) => {
  it('marks the watch as waiting, and names the namespace', () => {
    const { live } = seen();
    const calls = live.filter((r) => r.target.startsWith('pods') || r.target.startsWith('deployments'));
    expect(new Set(calls.map((r) => r.protocol))).toEqual(new Set(['kubernetes']));
    expect(calls.filter((r) => (r.flags & RequestFlag.wait) !== 0).map(line)).toEqual(['watch pods 200']);
    for (const r of calls) expect(r.attributes.join(' ')).toContain('k8s.namespace.name shop');
  });
});
