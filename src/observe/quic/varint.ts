/** QUIC's integers of variable length (RFC 9000, 16): the first byte's two highest bits say how many bytes there are, 1, 2, 4 or 8. */

/** Bytes of the integer at `at`; 0 where it does not end by `end`. */
export function varintBytes(view: DataView, at: number, end: number): number {
  if (at >= end) return 0;
  const bytes = 1 << (view.getUint8(at) >>> 6);
  return at + bytes <= end ? bytes : 0;
}

/** The integer of so many bytes at `at`. Above 2^53 it is not exact: whoever reads it has a bound far below. */
export function varint(view: DataView, at: number, bytes: number): number {
  switch (bytes) {
    case 1:
      return view.getUint8(at);
    case 2:
      return view.getUint16(at) & 0x3fff;
    case 4:
      return view.getUint32(at) & 0x3fff_ffff;
    default:
      return (view.getUint32(at) & 0x3fff_ffff) * 2 ** 32 + view.getUint32(at + 4);
  }
}
