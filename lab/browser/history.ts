/** A past that was never captured: told to a running server by its ingest, as an agent would have told it then. */
import { entityId } from '../../src/model/entity.ts';
import { type TableName, tables } from '../../src/model/tables/index.ts';
import { BlockBuilder } from '../../src/wire/block/block-builder.ts';
import { ServerConnection } from '../../src/wire/transport/connection.ts';

const agent = 'aaaabbbbccccdddd';

export class History implements Disposable {
  readonly #connection: ServerConnection;
  #sequence = Date.now() * 100;

  /** @param socket where agents reach the server */
  constructor(socket: string) {
    this.#connection = new ServerConnection({ kind: 'unix', path: socket });
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }

  /** Workloads of a namespace. */
  async entities(names: readonly string[], namespace: string): Promise<void> {
    const now = BigInt(Date.now()) * 1_000_000n;
    await this.#tell(
      'entities',
      names.map((name) => ({
        id: idOf(name, namespace),
        kind: 'workload',
        name,
        namespace,
        first_seen: now,
        last_seen: now,
      })),
    );
  }

  /** Thirty requests on each of these edges, caller first, within the half minute before and after a moment. */
  async requests(
    edges: readonly (readonly [string, string])[],
    at: number,
    namespace: string,
    ports: readonly number[] = [80],
  ): Promise<void> {
    await this.#tell(
      'requests',
      edges.flatMap(([source, destination]) =>
        Array.from({ length: 30 }, (_, i) => {
          const [from, to] = [idOf(source, namespace), idOf(destination, namespace)];
          return {
            time: BigInt(at - 30_000 + i * 2000) * 1_000_000n,
            source: from,
            destination: to,
            source_instance: from,
            destination_instance: to,
            side: 'both',
            counted: true,
            transport: 'tcp',
            protocol: 'http',
            method: 'GET',
            target: '/',
            outcome: 'ok',
            code: 200,
            latency_ns: 4_000_000,
            received_ns: 0,
            waited_ns: 100_000,
            sent_ns: 0,
            request_bytes: 100,
            response_bytes: 1000,
            flags: 64,
            connection: 1,
            source_ip: '10.0.0.1',
            source_port: 40_000,
            destination_ip: '10.0.0.2',
            destination_port: ports[i % ports.length],
            agent,
          };
        }),
      ),
    );
  }

  async #tell(table: TableName, rows: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
    const builder = new BlockBuilder(tables[table] as (typeof tables)['requests']);
    for (const row of rows) builder.append(row);
    const answer = await this.#connection.send({
      agent,
      sequence: this.#sequence++,
      table,
      rows: rows.length,
      bytes: builder.encode().slice(),
    });
    if (answer.kind !== 'stored') throw new Error(`the server did not take ${table}: ${answer.why}`);
  }
}

function idOf(name: string, namespace: string): string {
  return entityId('', 'workload', namespace, name);
}
