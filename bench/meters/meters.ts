/** All programs under measurement. */
import { outputOf } from '../command.js';
import { argus } from './argus.js';
import type { Meter } from './meter.js';
import { nfpcapd } from './nfpcapd.js';
import { batch, cap } from './pcap-agg.js';
import { pmacctd } from './pmacctd.js';
import { softflowd } from './softflowd.js';
import { tcpdump, tcpdumpText } from './tcpdump.js';

export const meters: readonly Meter[] = [
  batch,
  cap,
  softflowd,
  nfpcapd,
  argus,
  tcpdump,
  tcpdumpText,
  pmacctd,
];

/** A program's own word for its version. */
export async function versionOf(meter: Meter): Promise<string> {
  const words = await outputOf(['sh', '-c', '"$@" 2>&1 || true', 'sh', ...meter.versionCommand]);
  return /\d+\.\d+(\.\d+)*(-\w+)?/.exec(words)?.[0] ?? 'not installed';
}
