/**
 * For lakes and SIEMs that read OCSF: a Network Activity event, class 4001, https://schema.ocsf.io/1.9.0/classes/network_activity.
 *
 * The source is who opened the conversation; in records of one direction it is who sent. `initiator_id` says it only where
 * packets show it, as OCSF wants it. `traffic` counts bytes of IP packets, headers included, as cloud flow logs do; "out" goes from the
 * source to the destination. `time` is the window's end, when the record was made. What OCSF has no attribute for is `unmapped`,
 * by the names that values have.
 * The status is that of the conversation: its code is Zeek's `conn_state`, its detail how it went. The activity stays Traffic: a window
 * is no event of a connection's life.
 *
 * The actor is who is behind the end at this host, which is the device (profile `host`); the container of each end is of the profile
 * `container`. A process has a number or is none, and a container an id, so that a command of several processes and a pod are `unmapped`.
 */
import { conversationHealth, segmentHealth } from './health-fields.js';
import { type Schema, underPrefix } from './schema.js';

export const ocsf: Schema = {
  name: 'ocsf',
  fields: [
    { name: 'time', value: 'window_end_ms' },
    { name: 'category_uid', constant: 4 },
    { name: 'category_name', constant: 'Network Activity' },
    { name: 'class_uid', constant: 4001 },
    { name: 'class_name', constant: 'Network Activity' },
    { name: 'activity_id', constant: 6 },
    { name: 'activity_name', constant: 'Traffic' },
    // The class and the activity: 4001 * 100 + 6.
    { name: 'type_uid', constant: 400_106 },
    { name: 'type_name', constant: 'Network Activity: Traffic' },
    { name: 'severity_id', constant: 1 },
    { name: 'severity', constant: 'Informational' },
    { name: 'message', value: 'message' },
    { name: 'status_id', value: 'event_outcome', words: { success: 1, failure: 2, unknown: 0 } },
    {
      name: 'status',
      value: 'event_outcome',
      words: { success: 'Success', failure: 'Failure', unknown: 'Unknown' },
    },
    { name: 'status_code', value: 'conn_state' },
    { name: 'status_detail', value: 'outcome' },
    { name: 'start_time', value: 'first_packet_ms' },
    { name: 'end_time', value: 'last_packet_ms' },
    { name: 'duration', value: 'duration_ms' },
    { name: 'metadata.version', constant: '1.9.0' },
    { name: 'metadata.product.name', constant: 'pcap-agg' },
    { name: 'metadata.product.vendor_name', constant: 'pcap-agg' },
    { name: 'metadata.product.version', value: 'version' },
    { name: 'metadata.uid', value: 'record_id' },
    { name: 'metadata.labels', value: 'tags' },
    { name: 'metadata.profiles', constant: ['container', 'host'] },
    { name: 'metadata.reporter.hostname', value: 'host_name' },
    { name: 'device.hostname', value: 'host_name' },
    { name: 'device.type_id', constant: 0 },
    { name: 'actor.process.pid', value: 'owner_pid' },
    { name: 'actor.process.name', value: 'owner_process' },
    { name: 'actor.user.uid', value: 'owner_user_id', quoted: true },
    { name: 'actor.app_name', value: 'owner_unit' },
    { name: 'initiator_id', value: 'initiator', words: { source: 1, target: 2 }, absent: 0 },
    {
      name: 'initiator',
      value: 'initiator',
      words: { source: 'Source Endpoint', target: 'Destination Endpoint' },
      absent: 'Unknown',
    },
    { name: 'src_endpoint.ip', value: 'source_ip' },
    { name: 'src_endpoint.name', value: 'source_fold' },
    { name: 'src_endpoint.port', value: 'source_port' },
    { name: 'src_endpoint.hostname', value: 'source_host' },
    { name: 'src_endpoint.mac', value: 'source_mac' },
    { name: 'src_endpoint.vlan_uid', value: 'vlan_outer', quoted: true },
    { name: 'src_endpoint.zone', value: 'source_network' },
    { name: 'src_endpoint.svc_name', value: 'source_owner_unit' },
    { name: 'src_endpoint.container.uid', value: 'source_owner_container' },
    { name: 'dst_endpoint.ip', value: 'target_ip' },
    { name: 'dst_endpoint.name', value: 'target_fold' },
    { name: 'dst_endpoint.port', value: 'target_port' },
    { name: 'dst_endpoint.hostname', value: 'target_host' },
    { name: 'dst_endpoint.mac', value: 'target_mac' },
    { name: 'dst_endpoint.vlan_uid', value: 'vlan_outer', quoted: true },
    { name: 'dst_endpoint.zone', value: 'target_network' },
    { name: 'dst_endpoint.svc_name', value: 'target_owner_unit' },
    { name: 'dst_endpoint.container.uid', value: 'target_owner_container' },
    {
      name: 'connection_info.direction_id',
      value: 'direction',
      words: { ingress: 1, egress: 2, internal: 4, passing: 99 },
      absent: 0,
    },
    {
      name: 'connection_info.direction',
      value: 'direction',
      words: { ingress: 'Inbound', egress: 'Outbound', internal: 'Local', passing: 'passing' },
      absent: 'Unknown',
    },
    { name: 'connection_info.protocol_num', value: 'protocol' },
    { name: 'connection_info.protocol_name', value: 'transport' },
    { name: 'connection_info.protocol_ver_id', value: 'ip_version', absent: 0 },
    { name: 'connection_info.tcp_flags', value: 'tcp_flags' },
    { name: 'connection_info.uid', value: 'conversation_id' },
    { name: 'connection_info.community_uid', value: 'community_id' },
    { name: 'traffic.packets', value: 'packets' },
    { name: 'traffic.packets_out', value: 'source_packets' },
    { name: 'traffic.packets_in', value: 'target_packets' },
    { name: 'traffic.bytes', value: 'ip_bytes' },
    { name: 'traffic.bytes_out', value: 'source_ip_bytes' },
    { name: 'traffic.bytes_in', value: 'target_ip_bytes' },
    ...underPrefix('unmapped', [
      ...(['payload_bytes', 'source_payload_bytes', 'target_payload_bytes', 'wire_bytes'] as const),
      ...(['flows', 'rest', 'roles_from', 'tcp_state', 'services', 'packet_flow', 'service_name'] as const),
      ...conversationHealth.filter((name) => name !== 'conn_state' && name !== 'outcome'),
      ...segmentHealth('source'),
      ...segmentHealth('target'),
      ...(['source_host_from', 'source_dns', 'source_ptr'] as const),
      // Its object for TLS cannot do without the version, which the server chooses.
      ...(['target_host_from', 'tls_server_name', 'target_dns', 'target_ptr'] as const),
      ...(['owner', 'owner_kind', 'owner_from', 'owner_missing'] as const),
      ...(['owner_pod', 'owner_cgroup', 'owner_command'] as const),
      ...(['source_owner', 'source_owner_kind', 'source_owner_from'] as const),
      ...(['target_owner', 'target_owner_kind', 'target_owner_from'] as const),
      ...(['interface_name', 'interface_mixed'] as const),
      ...(['icmp_type', 'icmp_code', 'vlan_inner', 'vlan_mixed'] as const),
      ...(['mpls_label', 'tunnel', 'tunnel_id'] as const),
    ]),
  ],
  numbered: [
    { name: 'metadata.reporter.uid', value: 'agent' },
    { name: 'metadata.sequence', value: 'sequence' },
  ],
};
