import { readFileSync } from 'node:fs';

/** State of a listening socket, and of a UDP socket without a peer, in /proc/net (include/net/tcp_states.h). */
const states = { tcp: '0A', udp: '07' };

/**
 * True where some socket in the network namespace of a process listens on a port (TCP) or is bound to it (UDP). Reads
 * /proc, so that nothing is sent and nothing is seen.
 */
export function isBound(pid: number, port: number, transport: 'tcp' | 'udp'): boolean {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return ['', '6'].some((version) => {
    try {
      const lines = readFileSync(`/proc/${pid}/net/${transport}${version}`, 'utf8').split('\n').slice(1);
      return lines.some((line) => {
        const [, local, , state] = line.trim().split(/\s+/);
        return state === states[transport] && local.endsWith(suffix);
      });
    } catch {
      return false; // the process is gone, or IPv6 is off
    }
  });
}
