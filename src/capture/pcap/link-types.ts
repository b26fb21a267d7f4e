/** LINKTYPE_ values that are read (https://www.tcpdump.org/linktypes.html). */
export const LinkType = {
  /** BSD loopback: address family in the byte order of the capturing host. */
  null: 0,
  ethernet: 1,
  /** Raw IP; the first nibble is the version. 12 and 14 are what some systems write for it. */
  raw: 101,
  rawBsd: 12,
  rawOpenBsd: 14,
  /** OpenBSD loopback: address family in network byte order. */
  loop: 108,
  /** Linux cooked capture, versions 1 and 2 (`tcpdump -i any`). */
  linuxCooked: 113,
  linuxCooked2: 276,
  ipv4: 228,
  ipv6: 229,
} as const;

/** Names of link types that are met in practice and not read. */
const unread: ReadonlyMap<number, string> = new Map([
  [9, 'ppp'],
  [50, 'ppp_hdlc'],
  [105, 'ieee802_11'],
  [117, 'pflog'],
  [127, 'ieee802_11_radiotap'],
  [147, 'user0'],
  [187, 'bluetooth_hci_h4'],
  [189, 'usb_linux'],
  [195, 'ieee802_15_4'],
  [201, 'bluetooth_hci_h4_with_phdr'],
  [220, 'usb_linux_mmapped'],
  [227, 'can_socketcan'],
  [231, 'dbus'],
  [239, 'nflog'],
  [249, 'usbpcap'],
  [253, 'netlink'],
  [258, 'pktap'],
]);

/** The name of a link type that is not read; numbers beyond the known ones are one kind, so that kinds stay few. */
export function unreadLinkName(linkType: number): string {
  return unread.get(linkType) ?? (linkType < 300 ? `linktype_${linkType}` : 'linktype_unassigned');
}
