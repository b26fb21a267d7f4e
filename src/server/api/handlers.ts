/** What the API answers: each route of model/api.ts, over the store, the live graph and the agents. */
import { randomUUID } from 'node:crypto';
import { isoTime } from '../../base/iso-time.ts';
import type { EpochNanos } from '../../base/units.ts';
import { type Change, entitySchema, parseMoment, type Span } from '../../model/api.ts';
import { parseFilter } from '../../model/filter/index.ts';
import { asId, asNumber, asText, asTime } from '../../store/answer.ts';
import { spanSql } from '../../store/readers/span.ts';
import { Tally, tallyReader } from '../../topology/index.ts';
import { entityColumns, noId, textsOf } from '../entities.ts';
import type { Handlers, StreamHandlers } from '../http/handlers.ts';
import type { LiveType } from '../live/live-records.ts';
import { HttpError } from '../problem.ts';
import { measure } from '../read/edge-source.ts';
import { readEventFacets } from '../read/event-facets.ts';
import { diffOf, edgeId, parseEdgeId, readEdges, readGraph } from '../read/graph.ts';
import { readIncidentMarks, readMarks } from '../read/marks.ts';
import { onceSql, readEvents, readFlows, readRequest, readRequests } from '../read/pages.ts';
import { readRowIndex } from '../read/row-index.ts';
import { eventOrders, requestOrders } from '../read/row-order.ts';
import { readSeries, readTimeline } from '../read/series.ts';
import { milliSpan, nanoSpan, secondsOf, spanOf } from '../read/span.ts';
import { readFacets, readHeatmap, readOperations } from '../read/statistics.ts';
import type { ServerParts } from '../server-parts.ts';
import { readHealth } from './health.ts';
import { readLosses } from './losses.ts';
import { describeSchema, runSql } from './sql.ts';

/** Handlers of all routes that answer once. */
export function newHandlers(parts: ServerParts): Handlers {
  const { store, entities, agents, gate, audit } = parts;
  const graphIn = async (
    span: Span,
    query: { filter?: string | undefined; group: 'workload' | 'namespace' | 'host' | 'process' },
    limit: number,
    signal: AbortSignal,
  ) => {
    const losses = await readLosses(store, span);
    return await readGraph(store, entities, {
      span,
      filter: query.filter ?? '',
      group: query.group,
      limit,
      losses,
      signal,
    });
  };
  return {
    graph: ({ query, signal }) => graphIn(spanOf(query), query, query.limit, signal),
    graphDiff: async ({ query, signal }) => {
      const before = spanOf({ from: query.before_from, to: query.before_to });
      const after = spanOf({ from: query.after_from, to: query.after_to });
      return diffOf(await graphIn(before, query, 50_000, signal), await graphIn(after, query, 50_000, signal));
    },
    entities: async ({ query, signal }) => {
      const conditions = ['1'];
      const parameters: Record<string, string | number | bigint> = { limit: query.limit };
      const want = (condition: string, name: string, value: string | bigint): void => {
        conditions.push(condition);
        parameters[name] = value;
      };
      if (query.search !== undefined)
        want('positionCaseInsensitiveUTF8(name, {search:String}) > 0', 'search', query.search);
      if (query.kind !== undefined) want('toString(kind) = {kind:String}', 'kind', query.kind);
      if (query.namespace !== undefined) want('namespace = {namespace:String}', 'namespace', query.namespace);
      if (query.parent !== undefined) want('parent = {parent:UInt64}', 'parent', BigInt(`0x${query.parent}`));
      if (query.cursor !== undefined) {
        const id = entitySchema.shape.id.safeParse(query.cursor);
        if (!id.success)
          throw new HttpError(400, 'bad_cursor', 'this is no cursor', {
            next: 'give what "next" of the page before said',
          });
        want('id > {cursor:UInt64}', 'cursor', BigInt(`0x${id.data}`));
      }
      const answer = await store.query(
        `SELECT ${entityColumns} FROM entities FINAL WHERE ${conditions.join(' AND ')} ORDER BY id LIMIT {limit:UInt32}`,
        { parameters, signal },
      );
      const items = entities.read(answer.blocks);
      return { items, next: items.length < query.limit ? null : (items.at(-1)?.id ?? null) };
    },
    entity: async ({ params, query, signal }) => {
      const span = spanOf(query);
      const entity = await entities.find(params.id);
      if (entity === undefined) throw new HttpError(404, 'not_found', 'there is no such entity');
      const parameters = { id: BigInt(`0x${params.id}`) };
      const tallyOf = async (end: string): Promise<{ tally: Tally; counted: Span }> => {
        const instances = entity.parent !== null;
        const { answer, span: counted } = await measure(store, {
          span: nanoSpan(span),
          filter: '',
          keys: [],
          instances,
          where: `counted AND ${end} = {id:UInt64}`,
          parameters,
          signal,
        });
        return { tally: sumOf(answer.blocks), counted: milliSpan(counted) };
      };
      const [into, out, instances] = await Promise.all([
        tallyOf('destination'),
        tallyOf('source'),
        store.query(
          `SELECT ${entityColumns} FROM entities FINAL WHERE parent = {id:UInt64} ORDER BY last_seen DESC LIMIT 200`,
          {
            parameters,
            signal,
          },
        ),
      ]);
      const seconds = secondsOf(into.counted);
      return {
        span: into.counted,
        entity,
        parent: entity.parent === null ? null : ((await entities.find(entity.parent)) ?? null),
        instances: entities.read(instances.blocks),
        in: into.tally.measures(seconds),
        out: out.tally.measures(seconds),
      };
    },
    edges: async ({ query, signal }) => {
      const { span, edges } = await readEdges(store, { span: spanOf(query), filter: query.filter ?? '', signal });
      await entities.want(edges.flatMap((edge) => [edge.source, edge.destination]));
      const seconds = secondsOf(span);
      const nameOf = (id: string): string => entities.peek(id)?.name ?? id;
      const items = edges.map((edge) => ({
        id: edgeId(edge),
        source: edge.source,
        destination: edge.destination,
        protocol: edge.protocol,
        port: edge.port,
        ...edge.tally.golden(seconds),
        source_name: nameOf(edge.source),
        destination_name: nameOf(edge.destination),
      }));
      const { order } = query;
      const by = (one: (typeof items)[number]): number =>
        order === 'bytes' ? one.bytes_in + one.bytes_out : (one[order] ?? 0);
      return { span, items: items.toSorted((a, b) => by(b) - by(a)).slice(0, query.limit) };
    },
    edge: async ({ params, query, signal }) => {
      const key = parseEdgeId(params.id);
      if (key === undefined) throw new HttpError(400, 'bad_id', 'this is no id of an edge');
      const { answer, span: counted } = await measure(store, {
        span: nanoSpan(spanOf(query)),
        filter: '',
        keys: ['side', 'counted'],
        where: `source = {source:UInt64} AND destination = {destination:UInt64} AND protocol = {protocol:String}${
          key.port === undefined ? '' : ' AND port = {port:UInt16}'
        }`,
        parameters: {
          source: BigInt(`0x${key.source}`),
          destination: BigInt(`0x${key.destination}`),
          protocol: key.protocol,
          ...(key.port === undefined ? {} : { port: key.port }),
        },
        signal,
      });
      const span = milliSpan(counted);
      const total = new Tally();
      const client = { tally: new Tally(), seen: false, apart: false };
      const server = { tally: new Tally(), seen: false, apart: false };
      for (const block of answer.blocks) {
        const side = block.columns.get('side')?.data;
        const counted = block.columns.get('counted')?.data;
        const read = tallyReader(block);
        for (let row = 0; row < block.rows; row++) {
          const at = side?.get(row);
          if (counted?.get(row) === true) read(row, total);
          for (const [name, view] of [
            ['client', client],
            ['server', server],
          ] as const) {
            if (at !== name && at !== 'both') continue;
            view.seen = true;
            view.apart ||= at === name;
            read(row, view.tally);
          }
        }
      }
      await entities.want([key.source, key.destination]);
      const seconds = secondsOf(span);
      return {
        span,
        id: params.id,
        ...key,
        port: key.port ?? 0,
        source_entity: entities.peek(key.source) ?? null,
        destination_entity: entities.peek(key.destination) ?? null,
        total: total.measures(seconds),
        client: client.seen ? client.tally.measures(seconds) : null,
        server: server.seen ? server.tally.measures(seconds) : null,
        between_ns: client.apart && server.apart ? between(client.tally, server.tally) : null,
      };
    },
    requests: ({ query, signal }) => readRequests(store, entities, pageOf(query, signal)),
    requestIndex: ({ query, signal }) =>
      readRowIndex(store, 'requests', {
        span: spanOf(query),
        filter: query.filter ?? '',
        order: requestOrders[query.order] ?? requestOrders.newest,
        where: onceSql(query.sides === 'once'),
        signal,
      }),
    requestFacets: ({ query, signal }) =>
      readFacets(store, entities, {
        span: spanOf(query),
        filter: query.filter ?? '',
        fields: listOf(query.fields),
        limit: query.limit,
        signal,
      }),
    requestHeatmap: ({ query, signal }) =>
      readHeatmap(store, {
        span: spanOf(query),
        filter: query.filter ?? '',
        columns: query.columns,
        rows: query.rows,
        signal,
      }),
    request: ({ params }) => readRequest(store, entities, params.id),
    operations: ({ query, signal }) =>
      readOperations(store, {
        span: spanOf(query),
        filter: query.filter ?? '',
        order: query.order,
        limit: query.limit,
        signal,
      }),
    flows: ({ query, signal }) => readFlows(store, entities, pageOf(query, signal)),
    events: ({ query, signal }) => readEvents(store, entities, pageOf(query, signal)),
    eventIndex: ({ query, signal }) =>
      readRowIndex(store, 'events', {
        span: spanOf(query),
        filter: query.filter ?? '',
        order: eventOrders[query.order] ?? eventOrders.newest,
        where: '',
        signal,
      }),
    eventFacets: ({ query, signal }) =>
      readEventFacets(store, entities, {
        span: spanOf(query),
        filter: query.filter ?? '',
        limit: query.limit,
        columns: query.columns,
        signal,
      }),
    series: ({ query, signal }) =>
      readSeries(store, entities, {
        ...query,
        span: spanOf(query),
        metrics: listOf(query.metrics),
        step: query.step,
        filter: query.filter ?? '',
        entity: query.entity,
        edge: query.edge,
        by: query.by,
        signal,
      }),
    timeline: async ({ query }) => {
      const span = spanOf(query);
      const [timeline, changes, marks, incidents, oldest] = await Promise.all([
        readTimeline(store, span, query.columns),
        readChanges(parts, span, 500),
        readMarks(store, entities, span),
        readIncidentMarks(store, span),
        // The hour in which it all began, and where it is still known that precisely the moment.
        store.query(
          'WITH (SELECT min(time) FROM edges_1h) AS hour, (SELECT min(time) FROM edges_10s) AS moment SELECT if(moment >= hour AND moment < hour + INTERVAL 1 HOUR, moment, hour) AS first, (SELECT count() FROM edges_1h) AS n',
        ),
      ]);
      const row = oldest.first();
      const retained =
        row === undefined || asNumber(row.n) === 0
          ? null
          : { from: Number(asTime(row.first) / 1_000_000n), to: Date.now() };
      return { ...timeline, changes, marks, incidents, retained };
    },
    query: async ({ body, asker, signal }) => {
      void audit.note(asker.who?.actor ?? '', 'query', 'ran a statement of SQL', { sql: body.sql.slice(0, 4000) });
      return await runSql(store, body, signal);
    },
    schema: async () => describeSchema(),
    health: () => readHealth(parts),
    losses: async ({ query }) => {
      const span = spanOf(query);
      const items = await readLosses(store, span);
      return { span, total: items.reduce((sum, one) => sum + one.count, 0), items };
    },
    agents: async () => ({ items: agents.list() }),
    config: async () => parts.config(),
    changes: async ({ query }) => ({ items: await readChanges(parts, spanOf(query), query.limit) }),
    postChange: async ({ body, asker }) => {
      const now = Date.now();
      const time = body.time === undefined ? now : (parseMoment(body.time, now) ?? now);
      const id = body.id ?? randomUUID();
      const actor = asker.who?.actor ?? '';
      await store.append('changes', [
        {
          time: BigInt(Math.round(time)) * 1_000_000n,
          id,
          kind: body.kind,
          entity: body.entity ?? '',
          title: body.title,
          before: body.before,
          after: body.after,
          author: body.author || actor,
          source: 'api',
          details: body.details,
          version: BigInt(now) * 1_000_000n,
        },
      ]);
      void audit.note(actor, 'change', `told of a change: ${body.title}`, { id });
      const entity = body.entity === undefined ? undefined : await entities.find(body.entity);
      return {
        id,
        time: isoTime((BigInt(Math.round(time)) * 1_000_000n) as EpochNanos),
        kind: body.kind,
        entity: body.entity ?? null,
        entity_name: entity?.name ?? '',
        title: body.title,
        before: body.before,
        after: body.after,
        author: body.author || actor,
        source: 'api',
        details: body.details,
      };
    },
    audit: ({ query }) => audit.list(query.limit),
    session: async ({ asker }) => gate.describe(asker),
    login: async ({ body, asker, header }) => {
      const { session, cookie } = await gate.enterByPassword(body.user, body.password, asker.address);
      header('set-cookie', cookie);
      return session;
    },
    logout: async ({ asker, header }) => {
      header('set-cookie', gate.leave(asker));
      return gate.describe({ who: undefined, session: undefined, byCookie: false, address: asker.address });
    },
  };
}

/** Handlers of the live streams. */
export function newStreamHandlers(parts: ServerParts): StreamHandlers {
  return {
    live: async ({ query, lastEventId, signal }, stream) => {
      const types = listOf(query.types).filter(
        (one): one is LiveType => one === 'request' || one === 'connection' || one === 'event',
      );
      await parts.liveRecords.serve(
        stream,
        { filter: query.filter ?? '', types: new Set(types), perSecond: query.rate, after: query.after ?? lastEventId },
        signal,
      );
    },
    liveGraph: async ({ query, signal }, stream) => {
      await parts.liveGraphStream.serve(stream, query, signal);
    },
  };
}

function pageOf(
  query: {
    from?: string | undefined;
    to?: string | undefined;
    filter?: string | undefined;
    order: string;
    cursor?: string | undefined;
    until?: string | undefined;
    skip?: number;
    sides?: 'all' | 'once';
    limit: number;
    fields?: string | undefined;
  },
  signal: AbortSignal,
) {
  if (query.filter !== undefined) parseFilter(query.filter);
  return {
    span: spanOf(query),
    filter: query.filter ?? '',
    order: query.order,
    cursor: query.cursor,
    until: query.until,
    skip: query.skip ?? 0,
    once: query.sides === 'once',
    limit: query.limit,
    fields: query.fields === undefined ? undefined : listOf(query.fields),
    signal,
  };
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Nanoseconds that a request takes longer as the client sees it, on average; null where either side has none. */
function between(client: Tally, server: Tally): number | null {
  const [asked, answered] = [client.get('latency_count'), server.get('latency_count')];
  if (asked === 0 || answered === 0) return null;
  return Math.round(client.get('latency_sum') / asked - server.get('latency_sum') / answered);
}

function sumOf(blocks: readonly Parameters<typeof tallyReader>[0][]): Tally {
  const tally = new Tally();
  for (const block of blocks) {
    const read = tallyReader(block);
    for (let row = 0; row < block.rows; row++) read(row, tally);
  }
  return tally;
}

async function readChanges(parts: ServerParts, span: Span, limit: number): Promise<Change[]> {
  const { store, entities } = parts;
  const answer = await store.query(
    `SELECT * FROM changes FINAL WHERE ${spanSql(nanoSpan(span))} ORDER BY time DESC LIMIT {limit:UInt32}`,
    { parameters: { limit } },
  );
  const rows = [...answer.objects()];
  await entities.want(rows.map((row) => asId(row.entity)));
  return rows.map((row) => {
    const entity = asId(row.entity);
    return {
      id: asText(row.id),
      time: isoTime(asTime(row.time) as EpochNanos),
      kind: asText(row.kind),
      entity: entity === noId ? null : entity,
      entity_name: entities.peek(entity)?.name ?? '',
      title: asText(row.title),
      before: asText(row.before),
      after: asText(row.after),
      author: asText(row.author),
      source: asText(row.source),
      details: textsOf(row.details),
    };
  });
}
