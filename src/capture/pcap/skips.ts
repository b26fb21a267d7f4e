/**
 * Every way in which part of a capture file can fail to become a conversation, each with its sentence. A name is what
 * JSON and the summary show; whatever is not read, or read only in part, increments one of these.
 */
export const skipReasons = {
  // the file
  file_cut_short: 'the file ends in the middle of a packet',
  block_malformed: 'pcapng blocks whose content contradicts their length',
  interface_unknown: 'packets of an interface that the file does not describe',
  link_type_unsupported: 'packets of a link type that is not read',
  timestamp_missing: 'packets that carry no timestamp (they get the time of the packet before)',
  timestamp_out_of_range: 'packets whose timestamp cannot be true (it was moved into range)',
  dropped_by_kernel: 'packets that the capturing kernel or interface dropped, as the file itself says',
  // link and network layer
  packet_cut: 'packets cut by the snap length before the end of their headers',
  payload_cut: 'packets whose payload was cut by the snap length (lengths are right, content is missing)',
  not_ip: 'packets that are not IP',
  ip_malformed: 'packets with an impossible IP header',
  ip_encrypted: 'IPsec ESP packets (encrypted)',
  not_tcp_or_udp: 'IP packets of other transports',
  fragment_malformed: 'IP fragments with impossible offsets or lengths',
  fragment_overlap: 'datagrams dropped because their fragments overlap (RFC 5722)',
  fragment_missing: 'datagrams of which not all fragments are in the file',
  fragment_evicted: 'datagrams in pieces given up to bound memory',
  // transport
  tcp_malformed: 'TCP segments with an impossible header',
  udp_malformed: 'UDP datagrams with an impossible length',
  duplicate_packet: 'packets captured twice (on two interfaces of one host); counted once',
  stream_bytes_lost: 'bytes of TCP streams that are not in the file',
  stream_gap: 'gaps in TCP streams',
  stream_evicted: 'TCP streams given up to bound memory while they waited for a missing segment',
  segment_stale: 'TCP segments that belong to no place in their stream',
  connection_evicted: 'connections forgotten to bound memory; later packets of theirs begin a new one',
  answer_unmatched: 'ICMP errors about packets that are not in the file',
} as const;

/** Name of a way of not reading something. */
export type SkipReason = keyof typeof skipReasons;

/** Counts what was not read, by name, and by kind within a name (which link type, which transport). */
export class Skips {
  readonly #counts = new Map<SkipReason, number>();
  readonly #kinds = new Map<string, number>();

  /** Counts `n` more of `reason`; `kind` tells which one, e.g. 'arp' of `not_ip`. Kinds come from small fixed sets. */
  count(reason: SkipReason, n = 1, kind = ''): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + n);
    if (kind !== '') {
      const key = `${reason} ${kind}`;
      this.#kinds.set(key, (this.#kinds.get(key) ?? 0) + n);
    }
  }

  /** How many of `reason` there were. */
  get(reason: SkipReason): number {
    return this.#counts.get(reason) ?? 0;
  }

  /** All that happened, in the order of {@link skipReasons}; `kinds` is empty where the reason has none. */
  entries(): { reason: SkipReason; count: number; sentence: string; kinds: Record<string, number> }[] {
    const entries = [];
    for (const reason of Object.keys(skipReasons) as SkipReason[]) {
      const count = this.#counts.get(reason);
      if (count === undefined || count === 0) continue;
      const kinds: Record<string, number> = {};
      for (const [key, n] of this.#kinds) if (key.startsWith(`${reason} `)) kinds[key.slice(reason.length + 1)] = n;
      entries.push({ reason, count, sentence: skipReasons[reason], kinds });
    }
    return entries;
  }
}
