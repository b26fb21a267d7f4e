import type { ReactNode } from 'react';
import type { Measures } from '../../../../src/model/api.ts';
import { Duration } from '../../parts/quantity.tsx';

const parts = [
  { key: 'received_ns', label: 'received', role: 'text-3' },
  { key: 'waited_ns', label: 'waited in the socket', role: 'accent' },
  { key: 'worked_ns', label: 'worked', role: 'slow' },
  { key: 'sent_ns', label: 'sent', role: 'new' },
] as const;

/** Where a request spends its time, on the mean. */
export function LatencyBar({ of }: { of: Measures }): ReactNode {
  const known = parts.map((part) => ({ ...part, ns: of[part.key] ?? 0 }));
  const whole = known.reduce((sum, part) => sum + part.ns, 0);
  if (whole === 0) return null;
  return (
    <section>
      <h3>Where the time goes</h3>
      <div className="bar">
        {known.map((part) => (
          <i key={part.key} style={{ width: `${(part.ns / whole) * 100}%`, background: `var(--${part.role})` }} />
        ))}
      </div>
      <div className="legend">
        {known.map((part) => (
          <span key={part.key}>
            <b style={{ background: `var(--${part.role})` }} />
            {part.label} <Duration ns={part.ns} />
          </span>
        ))}
      </div>
    </section>
  );
}
