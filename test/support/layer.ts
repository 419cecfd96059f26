/** One header of a frame under construction. */
export interface Layer {
  /** The EtherType by which an outer header announces this one. */
  readonly etherType?: number;
  /** The IP protocol number by which an outer header announces this one. */
  readonly ipProtocol?: number;
  /** This header and what it contains; `inner` is the next header, if any. */
  encode(payload: Uint8Array, inner: Layer | undefined): Uint8Array;
}
