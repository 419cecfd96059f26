/** Which values of health the schemas tell, all but `full`, which tells every one. */
import type { ValueName } from '../values.js';

/** Of the conversation, or of several. Neighbours, because such are absent in one step: see Kept. */
export const conversationHealth = [
  ...(['conn_state', 'outcome', 'icmp_error'] as const),
  ...(['handshake_rtt_us', 'client_nw_latency_us', 'server_nw_latency_us', 'appl_latency_us'] as const),
  ...(['connections', 'connections_unanswered', 'connections_refused'] as const),
  ...(['connections_established', 'connections_closed', 'connections_reset'] as const),
  ...(['handshakes', 'longest_handshake_us', 'responses', 'longest_response_us'] as const),
] as const satisfies readonly ValueName[];

const ofSegments = [
  'retransmitted_packets',
  'retransmitted_payload_bytes',
  'out_of_order_packets',
  'retransmitted_or_reordered_packets',
  'retransmitted_or_reordered_payload_bytes',
  'zero_windows',
] as const;

/** Of the segments that one end sent. */
export function segmentHealth(
  side: 'source' | 'target' | 'client' | 'server',
): readonly `${typeof side}_${(typeof ofSegments)[number]}`[] {
  return ofSegments.map((name) => `${side}_${name}` as const);
}
