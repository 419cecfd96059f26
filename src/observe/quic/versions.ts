/** The versions of QUIC whose first packets are opened. Each protects them by a salt and labels of its own. */

export interface QuicVersion {
  readonly number: number;
  /** The two bits of a long header's first byte that say its type. Retry has no length, the others do. */
  readonly initialType: number;
  readonly retryType: number;
  /** In hexadecimal. */
  readonly initialSalt: string;
  /** What the labels of keys begin with. */
  readonly labelStart: string;
}

const versions: readonly QuicVersion[] = [
  {
    // RFC 9000, 17.2, and RFC 9001, 5.2.
    number: 0x0000_0001,
    initialType: 0,
    retryType: 3,
    initialSalt: '38762cf7f55934b34d179ae6a4c80cadccbb7f0a',
    labelStart: 'quic ',
  },
  {
    // RFC 9369, 3.
    number: 0x6b33_43cf,
    initialType: 1,
    retryType: 0,
    initialSalt: '0dede3def700a6db819381be6e269dcbf9bd2ed9',
    labelStart: 'quicv2 ',
  },
];

/** Undefined for every other version, and for 0, which negotiates one. */
export function quicVersion(number: number): QuicVersion | undefined {
  for (const version of versions) if (version.number === number) return version;
  return undefined;
}
