/**
 * For Datadog's logs: its reserved and standard attributes where it has them, and all else under `pcap_agg`, by the names that
 * values have. https://docs.datadoghq.com/standard-attributes
 *
 * Never `host`, `source` or `status`, or another name that Datadog remaps to them: the Agent sets the first two, and a flow has
 * no severity. The date is the window's end, when the record was made: what Datadog draws is then never older than what it
 * has drawn before, and each window's records stand at one moment.
 */
import { conversationHealth, segmentHealth } from './health-fields.js';
import { type Schema, underPrefix } from './schema.js';

export const datadog: Schema = {
  name: 'datadog',
  fields: [
    { name: 'timestamp', value: 'window_end_ms' },
    { name: 'message', value: 'message' },
    { name: 'ddsource', constant: 'pcap-agg' },
    { name: 'ddtags', value: 'tags_text' },
    { name: 'service', value: 'service_name' },
    { name: 'network.client.ip', value: 'client_ip' },
    { name: 'network.client.port', value: 'client_port' },
    { name: 'network.destination.ip', value: 'server_ip' },
    { name: 'network.destination.port', value: 'server_port' },
    // What the server read is what the client sent. Payload, as Datadog's own network monitoring counts it in sockets.
    { name: 'network.bytes_read', value: 'client_payload_bytes' },
    { name: 'network.bytes_written', value: 'server_payload_bytes' },
    ...underPrefix('pcap_agg', [
      ...(['record_id', 'conversation_id', 'community_id', 'rest', 'flows', 'roles_from'] as const),
      ...(['host_name', 'direction', 'interface_name', 'interface_mixed'] as const),
      ...(['protocol_name', 'network_type', 'icmp_type', 'icmp_code'] as const),
      ...(['client_host', 'client_host_from', 'client_dns', 'client_ptr'] as const),
      ...(['client_network', 'client_mac'] as const),
      ...(['server_host', 'server_host_from', 'tls_server_name', 'server_dns', 'server_ptr'] as const),
      ...(['server_network', 'server_mac'] as const),
      ...(['owner', 'owner_kind', 'owner_from', 'owner_missing', 'owner_unit', 'owner_container'] as const),
      ...(['owner_pod', 'owner_cgroup', 'owner_user_id', 'owner_pid', 'owner_command'] as const),
      ...(['client_owner', 'client_owner_kind', 'client_owner_from'] as const),
      ...(['server_owner', 'server_owner_kind', 'server_owner_from'] as const),
      ...(['services', 'packet_flow', 'tcp_state', 'tcp_flag_names'] as const),
      ...conversationHealth,
      ...segmentHealth('client'),
      ...segmentHealth('server'),
      ...(['packets', 'client_packets', 'server_packets', 'payload_bytes'] as const),
      ...(['ip_bytes', 'client_ip_bytes', 'server_ip_bytes'] as const),
      ...(['wire_bytes', 'client_wire_bytes', 'server_wire_bytes'] as const),
      ...(['window_start_ms', 'first_packet_us', 'last_packet_us', 'duration_ns'] as const),
      ...(['vlan_outer', 'vlan_inner', 'vlan_mixed', 'mpls_label', 'tunnel', 'tunnel_id'] as const),
    ]),
  ],
  numbered: underPrefix('pcap_agg', ['agent', 'sequence']),
};
