/** A reader of classic pcap that owes nothing to the program's own, for the test's side of a comparison. */

export interface ClassicPcap {
  readonly linkType: number;
  readonly frames: readonly { readonly bytes: Uint8Array; readonly wireBytes: number }[];
}

/** The frames of a well-formed file; whatever is not whole at its end is left out. */
export function readClassicPcap(file: Uint8Array): ClassicPcap {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const littleEndian = [0xa1b2c3d4, 0xa1b23c4d].includes(view.getUint32(0, true));
  const frames = [];
  for (let offset = 24; offset + 16 <= file.length; ) {
    const capturedBytes = view.getUint32(offset + 8, littleEndian);
    const wireBytes = view.getUint32(offset + 12, littleEndian);
    const start = offset + 16;
    if (capturedBytes > file.length - start) break;
    frames.push({ bytes: file.subarray(start, start + capturedBytes), wireBytes });
    offset = start + capturedBytes;
  }
  return { linkType: view.getUint32(20, littleEndian) & 0xffff, frames };
}
