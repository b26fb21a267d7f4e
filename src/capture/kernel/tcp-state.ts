import type { ConnectionEnd } from '../../model/connection.ts';
import { TcpState } from '../../probe/layout.ts';

const ECONNRESET = 104;
const ETIMEDOUT = 110;
const ECONNREFUSED = 111;
const EPIPE = 32;
const UNREACHABLE: ReadonlySet<number> = new Set([101, 113, 112, 100]);

/** Names of TCP states by the kernel's numbers. */
export const tcpStateNames: readonly string[] = [
  '',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'NEW_SYN_RECV',
];

/** How a connection ended, from the state that it was in and the error that its socket holds. */
export function endOf(oldState: number, error: number): ConnectionEnd {
  if (oldState === TcpState.synSent) {
    if (error === ECONNREFUSED) return 'refused';
    if (error === ETIMEDOUT) return 'timed_out';
    if (UNREACHABLE.has(error)) return 'unreachable';
    return 'failed';
  }
  if (error === ECONNRESET || error === EPIPE) return 'reset';
  if (error === ETIMEDOUT) return 'timed_out';
  if (UNREACHABLE.has(error)) return 'unreachable';
  if (error !== 0) return 'failed';
  // Closed without the exchange of FINs: this side sent a reset.
  if (oldState === TcpState.established || oldState === TcpState.closeWait) return 'aborted';
  return 'closed';
}
