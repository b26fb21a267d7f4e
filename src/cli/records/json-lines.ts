import type { Connection, ConnectionChange } from '../../model/connection.ts';
import type { EventFields } from '../../model/event.ts';
import type { RecordWriter } from '../../model/record-writer.ts';
import type { RequestFields } from '../../model/request.ts';
import type { RecordLines } from './record-lines.ts';

/** One JSON object a line. docs/records.md describes them. */
export class JsonLines implements RecordLines {
  readonly #writer: RecordWriter;

  constructor(writer: RecordWriter) {
    this.#writer = writer;
  }

  header(): string {
    return '';
  }

  request(request: Readonly<RequestFields>, connection: Readonly<Connection>): string {
    return `${JSON.stringify(this.#writer.request(request, connection))}\n`;
  }

  connection(connection: Readonly<Connection>, change: ConnectionChange): string {
    return `${JSON.stringify(this.#writer.connection(connection, change))}\n`;
  }

  event(event: Readonly<EventFields>): string {
    return `${JSON.stringify(this.#writer.event(event))}\n`;
  }
}
