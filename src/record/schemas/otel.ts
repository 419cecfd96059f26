/**
 * For OpenTelemetry: a LogRecord of OTLP, in its JSON encoding (opentelemetry-proto's logs.proto and docs/specification.md).
 * Attributes have the names of the semantic conventions, https://opentelemetry.io/docs/specs/semconv/registry, where those
 * have one; all else stands under `pcap_agg.`, by the names that values have.
 *
 * The addresses of client and server are names where somebody asked for one, but never those of reverse DNS, which the
 * conventions rule out; `server.address` is also where they have put the server name of TLS. Those of source and destination
 * are always of IP, so that a record has both. Where names are from is under `pcap_agg`. What
 * the conventions keep for a resource, such as `host.name`, is among the attributes, for a record alone has no resource.
 *
 * How well a conversation went is under `pcap_agg`, too: `network.connection.state` is that of one end's socket, and `error.type` is of
 * what an application did.
 *
 * Process, user, container and pod are those behind the end at this host. An executable's name is comm of proc(5), as OpenTelemetry's
 * collector has it of a host's processes: /proc/PID/exe takes a right to read.
 */
import { conversationHealth, segmentHealth } from './health-fields.js';
import { type Schema, underPrefix } from './schema.js';

/** Seen from this host; what stays within it or passes it by is neither. */
const directionWords = { ingress: 'receive', egress: 'transmit' } as const;

export const otel: Schema = {
  name: 'otel',
  fields: [
    { name: 'timeUnixNano', value: 'window_end_ns' },
    { name: 'observedTimeUnixNano', value: 'window_end_ns' },
    { name: 'severityNumber', constant: 9 },
    { name: 'severityText', constant: 'INFO' },
    { name: 'eventName', constant: 'pcap_agg.flow' },
    { name: 'body.stringValue', value: 'message' },
    {
      name: 'attributes',
      attributes: [
        { name: 'log.record.uid', value: 'record_id' },
        { name: 'host.name', value: 'host_name' },
        { name: 'service.name', value: 'service_name' },
        { name: 'network.transport', value: 'transport' },
        { name: 'network.type', value: 'network_type' },
        { name: 'network.io.direction', value: 'direction', words: directionWords },
        { name: 'network.interface.name', value: 'interface_name' },
        { name: 'source.address', value: 'source_ip' },
        { name: 'source.port', value: 'source_port' },
        { name: 'source.mac.address', value: 'source_mac' },
        { name: 'destination.address', value: 'target_ip' },
        { name: 'destination.port', value: 'target_port' },
        { name: 'destination.mac.address', value: 'target_mac' },
        { name: 'client.address', value: 'client_asked_or_ip' },
        { name: 'client.port', value: 'client_port' },
        { name: 'server.address', value: 'server_asked_or_ip' },
        { name: 'server.port', value: 'server_port' },
        { name: 'process.pid', value: 'owner_pid' },
        { name: 'process.executable.name', value: 'owner_command' },
        { name: 'user.id', value: 'owner_user_id', quoted: true },
        { name: 'container.id', value: 'owner_container' },
        { name: 'k8s.pod.uid', value: 'owner_pod' },
        ...underPrefix('pcap_agg', [
          ...(['owner', 'owner_kind', 'owner_from', 'owner_missing', 'owner_unit', 'owner_cgroup'] as const),
          ...(['source_owner', 'source_owner_kind', 'source_owner_from'] as const),
          ...(['target_owner', 'target_owner_kind', 'target_owner_from'] as const),
        ]),
        ...underPrefix('pcap_agg', [
          ...(['packets', 'source_packets', 'target_packets'] as const),
          ...(['payload_bytes', 'source_payload_bytes', 'target_payload_bytes'] as const),
          ...(['ip_bytes', 'source_ip_bytes', 'target_ip_bytes'] as const),
          ...(['wire_bytes', 'source_wire_bytes', 'target_wire_bytes'] as const),
          ...(['window_start_us', 'first_packet_us', 'last_packet_us', 'duration_ns'] as const),
          ...(['conversation_id', 'community_id', 'roles_from', 'rest', 'flows'] as const),
          ...(['source_host', 'source_host_from', 'source_dns', 'source_ptr', 'source_network'] as const),
          ...(['target_host', 'target_host_from', 'tls_server_name'] as const),
          ...(['target_dns', 'target_ptr', 'target_network'] as const),
          ...(['services', 'packet_flow', 'tcp_state', 'tcp_flag_names'] as const),
          ...conversationHealth,
          ...segmentHealth('source'),
          ...segmentHealth('target'),
          ...(['direction', 'interface_mixed', 'protocol', 'icmp_type', 'icmp_code'] as const),
          ...(['vlan_outer', 'vlan_inner', 'vlan_mixed', 'mpls_label', 'tunnel', 'tunnel_id'] as const),
          'tags',
        ]),
      ],
    },
  ],
  numbered: [{ name: 'attributes', attributes: underPrefix('pcap_agg', ['agent', 'sequence']) }],
};
