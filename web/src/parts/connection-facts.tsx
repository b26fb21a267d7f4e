import type { ReactNode } from 'react';
import type { StoredConnection } from '../../../src/model/api.ts';
import { Count, Duration, Size } from './quantity.tsx';

/** What TCP tells of a connection. */
export function ConnectionFacts({ of }: { of: StoredConnection }): ReactNode {
  return (
    <dl className="facts">
      <dt>state</dt>
      <dd>
        {of.error === undefined ? of.state.replaceAll('_', ' ') : `${of.state.replaceAll('_', ' ')}: ${of.error}`}
      </dd>
      <dt>established in</dt>
      <dd>
        {of.connect_ns === null && !of.beginning_seen ? (
          <span className="dim">older than Wirelight</span>
        ) : (
          <Duration ns={of.connect_ns} />
        )}
      </dd>
      <dt>lived</dt>
      <dd>
        <Duration ns={of.duration_ns} /> <span className="dim">in what is stored</span>
      </dd>
      <dt>round trip</dt>
      <dd>
        <Duration ns={of.rtt_ns} /> <span className="dim">least </span>
        <Duration ns={of.rtt_min_ns} />
      </dd>
      <dt>sent</dt>
      <dd>
        <Size bytes={of.source_bytes} /> <span className="dim">by the client,</span>{' '}
        <Size bytes={of.destination_bytes} /> <span className="dim">by the server</span>
      </dd>
      <dt>retransmitted</dt>
      <dd className={(of.source_retransmits ?? 0) + (of.destination_retransmits ?? 0) > 0 ? 'warn' : undefined}>
        <Count of={of.source_retransmits} /> <span className="dim">and</span> <Count of={of.destination_retransmits} />
        {of.source_segments !== null && (
          <span className="dim">
            {' '}
            of {((of.source_segments ?? 0) + (of.destination_segments ?? 0)).toLocaleString()} segments
          </span>
        )}
      </dd>
      <dt>out of order</dt>
      <dd>
        <Count of={of.out_of_order} /> <span className="dim">zero windows</span> <Count of={of.zero_window} />
      </dd>
      <dt>queues</dt>
      <dd>
        <Size bytes={of.send_queue_bytes} /> <span className="dim">to send,</span>{' '}
        <Size bytes={of.receive_queue_bytes} /> <span className="dim">to read</span>
      </dd>
    </dl>
  );
}
