/** Names of pcapng's numbers that both the reader and the writer use (draft-ietf-opsawg-pcapng). */

/** Block types. */
export const Block = {
  section: 0x0a0d0d0a,
  interface: 1,
  /** Obsolete, still written by old tools. */
  packet: 2,
  simplePacket: 3,
  interfaceStatistics: 5,
  enhancedPacket: 6,
} as const;

/** First word of a section in its own byte order. */
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Option codes; those above 1 mean something else in each block. */
export const Option = {
  end: 0,
  comment: 1,
  sectionHardware: 2,
  sectionOs: 3,
  sectionApplication: 4,
  interfaceName: 2,
  interfaceDescription: 3,
  interfaceFilter: 11,
  interfaceOs: 12,
  timestampResolution: 9,
  timestampOffset: 14,
  packetFlags: 2,
  packetDropCount: 4,
  statisticsStart: 2,
  statisticsEnd: 3,
  statisticsReceived: 4,
  statisticsInterfaceDrop: 5,
  statisticsFilterAccept: 6,
  statisticsOsDrop: 7,
  statisticsUserDeliver: 8,
} as const;
