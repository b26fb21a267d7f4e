import { z } from 'zod';
import { type ApiRoute, apiPrefix, apiRoutes, problemSchema } from '../../model/api.ts';

type Json = Record<string, unknown>;

/** The description of the whole API (OpenAPI 3.0.3), made from the list of its routes. */
export function openApi(version: string): Json {
  const paths: Record<string, Json> = {};
  for (const [name, route] of Object.entries(apiRoutes) as [string, ApiRoute][]) {
    const path = apiPrefix + route.path;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(name, route) };
  }
  return {
    openapi: '3.0.3',
    info: {
      title: 'Wirelight',
      version,
      description: 'Who talks to whom, how fast and how reliably: live and in the past. Errors are RFC 9457 problems.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    paths,
    components: {
      schemas: { Problem: schemaOf(problemSchema, 'output') },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'wirelight_session' },
      },
    },
    security: [{ token: [] }, { session: [] }],
  };
}

function operationOf(name: string, route: ApiRoute): Json {
  return {
    operationId: name,
    summary: route.summary,
    ...(route.role === undefined ? { security: [] } : { description: `Takes the role ${route.role}.` }),
    parameters: [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: { required: true, content: { 'application/json': { schema: schemaOf(route.body, 'input') } } },
        }),
    responses: {
      200: { description: route.summary, content: { [route.type]: { schema: schemaOf(route.response, 'output') } } },
      default: {
        description: 'What went wrong',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function parametersOf(schema: z.ZodObject, where: 'path' | 'query'): Json[] {
  const json = schemaOf(schema, 'input') as { properties?: Record<string, Json>; required?: string[] };
  return Object.entries(json.properties ?? {}).map(([name, { description, ...property }]) => ({
    name,
    in: where,
    required: where === 'path' || (json.required ?? []).includes(name),
    ...(description === undefined ? {} : { description }),
    schema: property,
  }));
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const json = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io,
    unrepresentable: 'any',
    reused: 'inline',
    cycles: 'ref',
  });
  return inlined(json as Json);
}

/** A schema that refers to itself (values of SQL) is any value: references would have to leave its place. */
function inlined(schema: Json): Json {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    if ('$ref' in value) return {};
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => key !== '$schema' && key !== 'definitions' && key !== '$defs' && key !== '~standard')
        .map(([key, one]) => [key, walk(one)]),
    );
  };
  return walk(schema) as Json;
}
