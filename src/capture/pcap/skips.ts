/** How bad it is that something was not read. */
export type SkipWeight =
  /** Part of the picture is missing. */
  | 'lost'
  /** There was nothing in it for us, or nothing is missing by it. */
  | 'aside';

const lost = (sentence: string) => ({ sentence, weight: 'lost' as SkipWeight });
const aside = (sentence: string) => ({ sentence, weight: 'aside' as SkipWeight });

/**
 * Every way in which part of a capture file can fail to become a conversation, each with its sentence. A name is what
 * JSON and the summary show; whatever is not read, or read only in part, increments one of these.
 */
export const skipReasons = {
  // the file
  file_cut_short: lost('the file ends in the middle of a packet'),
  block_malformed: lost('pcapng blocks whose content contradicts their length'),
  interface_unknown: lost('packets of an interface that the file does not describe'),
  link_type_unsupported: lost('packets of a link type that is not read'),
  timestamp_missing: aside('packets without a timestamp, which got that of the packet before'),
  timestamp_out_of_range: lost('packets whose timestamp cannot be true and was moved into range'),
  dropped_by_kernel: lost('packets that the capturing kernel or interface dropped, as the file itself says'),
  // link and network layer
  packet_cut: lost('packets cut by the snap length within their headers'),
  payload_cut: lost('packets whose payload was cut by the snap length: sizes are right, content is missing'),
  not_ip: aside('packets that are not IP'),
  ip_malformed: lost('packets with an impossible IP header'),
  ip_encrypted: lost('IPsec ESP packets, which are encrypted'),
  not_tcp_or_udp: aside('IP packets of other transports'),
  fragment_malformed: lost('IP fragments with impossible offsets or lengths'),
  fragment_overlap: lost('datagrams dropped because their fragments overlap'),
  fragment_missing: lost('datagrams of which not all fragments are in the file'),
  fragment_evicted: lost('datagrams in pieces given up to bound memory'),
  // transport
  tcp_malformed: lost('TCP segments with an impossible header'),
  udp_malformed: lost('UDP datagrams with an impossible length'),
  duplicate_packet: aside('packets that are in the file twice, captured on two interfaces; they count once'),
  stream_gap: lost('gaps in TCP streams'),
  stream_bytes_lost: lost('bytes of TCP streams that are not in the file'),
  stream_evicted: lost('TCP streams given up to bound memory while they waited for a missing segment'),
  segment_stale: lost('TCP segments that have no place in their stream'),
  connection_evicted: lost('connections forgotten to bound memory; later packets of theirs begin a new one'),
  answer_unmatched: aside('ICMP errors about packets that are not in the file'),
} as const;

/** Name of a way of not reading something. */
export type SkipReason = keyof typeof skipReasons;

/** How often something happened, and what it means. */
export interface SkipEntry {
  readonly reason: SkipReason;
  readonly count: number;
  readonly sentence: string;
  readonly weight: SkipWeight;
  /** The same count by kind where the reason has kinds: which link type, which transport. */
  readonly kinds: Readonly<Record<string, number>>;
}

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

  /** All that happened, in the order of {@link skipReasons}. */
  entries(): SkipEntry[] {
    const entries: SkipEntry[] = [];
    for (const reason of Object.keys(skipReasons) as SkipReason[]) {
      const count = this.#counts.get(reason);
      if (count === undefined || count === 0) continue;
      const kinds: Record<string, number> = {};
      for (const [key, n] of this.#kinds) if (key.startsWith(`${reason} `)) kinds[key.slice(reason.length + 1)] = n;
      entries.push({ reason, count, ...skipReasons[reason], kinds });
    }
    return entries;
  }
}
