/** What every live engine is opened with. */
export interface LiveOptions {
  /** Interface name as libpcap knows it: "eth0", "lo", "any". */
  readonly interface: string;
  /** In pcap-filter(7) syntax; "" takes every packet. */
  readonly filter: string;
  /** Size of the kernel's capture buffer in bytes. */
  readonly bufferBytes: number;
  /** Captured bytes of each frame at the most (`batch` only; `cap` always takes 65,535). */
  readonly snapshotBytes: number;
  /** Whether the interface takes frames for other hosts too (`batch` only; `cap` always does). */
  readonly promiscuous: boolean;
  /** Which frames count, seen from this host (`batch` only). */
  readonly direction: 'in' | 'out' | 'inout';
}
