/** Link addresses of 48 bits, IEEE 802. */
export const MAC_ADDRESS_BYTES = 6;

/** The six bytes at `offset` as a number, the first one the most significant. */
export const macAddress = (view: DataView, offset: number): number =>
  view.getUint16(offset) * 2 ** 32 + view.getUint32(offset + 2);
