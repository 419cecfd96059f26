/**
 * For Elastic: the Elastic Common Schema as Packetbeat fills it in for its flows, https://www.elastic.co/docs/reference/ecs.
 *
 * Bytes are those on the wire, as Packetbeat counts them; the payload's are under `pcap_agg`, with what ECS has no name for.
 * A domain is the name that was asked for, as ECS wants it of the server name of TLS, else that of reverse DNS.
 * `flow` is Packetbeat's. The source is who opened the conversation; in records of one direction it is who sent.
 *
 * `process`, `user` and `container` are those behind the end at this host, as Auditbeat has them of sockets; a unit and a pod have the
 * names that Filebeat's journald input and Beats' Kubernetes processor give them. Both ends' owners are under `pcap_agg`.
 *
 * `event.outcome` is `failure` where an end refused or reset the connection, or TCP's SYN was not answered; what other protocols do not
 * answer is `unknown`, ECS's word where only a request was seen. It is absent where several conversations went differently, where only
 * one end's part of a connection was seen, and where nobody paired both. A refusal is no `denied` of `event.type`, which is a rule's.
 * How well it went has no names in ECS, and those of Zeek's and Packetbeat's modules are for their own events: it is under `pcap_agg`.
 */
import { conversationHealth, segmentHealth } from './health-fields.js';
import { type Schema, underPrefix } from './schema.js';

/** ECS's words, with this host as the perimeter. */
const directionWords = {
  ingress: 'ingress',
  egress: 'egress',
  internal: 'internal',
  passing: 'external',
} as const;

export const ecs: Schema = {
  name: 'ecs',
  fields: [
    { name: '@timestamp', value: 'window_end_iso' },
    { name: 'ecs.version', constant: '9.4.0' },
    { name: 'data_stream.type', constant: 'logs' },
    { name: 'data_stream.dataset', constant: 'pcap_agg.flow' },
    { name: 'data_stream.namespace', constant: 'default' },
    { name: 'event.kind', constant: 'event' },
    { name: 'event.category', constant: ['network'] },
    { name: 'event.type', value: 'event_types' },
    { name: 'event.outcome', value: 'event_outcome' },
    { name: 'event.action', constant: 'network_flow' },
    { name: 'event.module', constant: 'pcap_agg' },
    { name: 'event.dataset', constant: 'pcap_agg.flow' },
    { name: 'event.id', value: 'record_id' },
    { name: 'event.start', value: 'first_packet_iso' },
    { name: 'event.end', value: 'last_packet_iso' },
    { name: 'event.duration', value: 'duration_ns' },
    { name: 'flow.id', value: 'conversation_id' },
    { name: 'flow.final', value: 'final' },
    { name: 'source.ip', value: 'source_ip' },
    { name: 'source.port', value: 'source_port' },
    { name: 'source.domain', value: 'source_host' },
    { name: 'source.mac', value: 'source_mac' },
    { name: 'source.packets', value: 'source_packets' },
    { name: 'source.bytes', value: 'source_wire_bytes' },
    { name: 'destination.ip', value: 'target_ip' },
    { name: 'destination.port', value: 'target_port' },
    { name: 'destination.domain', value: 'target_host' },
    { name: 'destination.mac', value: 'target_mac' },
    { name: 'destination.packets', value: 'target_packets' },
    { name: 'destination.bytes', value: 'target_wire_bytes' },
    { name: 'client.ip', value: 'client_ip' },
    { name: 'client.port', value: 'client_port' },
    { name: 'server.ip', value: 'server_ip' },
    { name: 'server.port', value: 'server_port' },
    { name: 'tls.client.server_name', value: 'tls_server_name' },
    { name: 'network.type', value: 'network_type' },
    { name: 'network.transport', value: 'transport' },
    { name: 'network.iana_number', value: 'protocol', quoted: true },
    { name: 'network.direction', value: 'direction', words: directionWords },
    { name: 'network.community_id', value: 'community_id' },
    { name: 'network.packets', value: 'packets' },
    { name: 'network.bytes', value: 'wire_bytes' },
    { name: 'network.vlan.id', value: 'vlan_outer', quoted: true },
    { name: 'network.inner.vlan.id', value: 'vlan_inner', quoted: true },
    { name: 'observer.hostname', value: 'host_name' },
    { name: 'observer.type', constant: 'sensor' },
    { name: 'observer.product', constant: 'pcap-agg' },
    { name: 'observer.version', value: 'version' },
    { name: 'observer.ingress.interface.name', value: 'ingress_interface' },
    { name: 'observer.egress.interface.name', value: 'egress_interface' },
    { name: 'host.name', value: 'host_name' },
    { name: 'service.name', value: 'service_name' },
    { name: 'process.pid', value: 'owner_pid' },
    { name: 'process.name', value: 'owner_command' },
    { name: 'user.id', value: 'owner_user_id', quoted: true },
    { name: 'container.id', value: 'owner_container' },
    { name: 'kubernetes.pod.uid', value: 'owner_pod' },
    { name: 'systemd.unit', value: 'owner_unit' },
    { name: 'systemd.cgroup', value: 'owner_cgroup' },
    { name: 'tags', value: 'tags' },
    { name: 'labels.source_network', value: 'source_network' },
    { name: 'labels.destination_network', value: 'target_network' },
    { name: 'labels.services', value: 'services_text' },
    { name: 'pcap_agg.rest', value: 'rest' },
    { name: 'pcap_agg.flows', value: 'flows' },
    { name: 'pcap_agg.roles_from', value: 'roles_from' },
    { name: 'pcap_agg.source_host_from', value: 'source_host_from' },
    { name: 'pcap_agg.source_dns', value: 'source_dns' },
    { name: 'pcap_agg.source_ptr', value: 'source_ptr' },
    { name: 'pcap_agg.destination_host_from', value: 'target_host_from' },
    { name: 'pcap_agg.destination_dns', value: 'target_dns' },
    { name: 'pcap_agg.destination_ptr', value: 'target_ptr' },
    { name: 'pcap_agg.payload_bytes', value: 'payload_bytes' },
    { name: 'pcap_agg.source_payload_bytes', value: 'source_payload_bytes' },
    { name: 'pcap_agg.destination_payload_bytes', value: 'target_payload_bytes' },
    { name: 'pcap_agg.tcp_state', value: 'tcp_state' },
    ...underPrefix('pcap_agg', conversationHealth),
    ...underPrefix('pcap_agg', segmentHealth('source')),
    ...segmentHealth('target').map((value) => ({
      name: `pcap_agg.${value.replace('target', 'destination')}`,
      value,
    })),
    ...underPrefix('pcap_agg', ['owner', 'owner_kind', 'owner_from', 'owner_missing']),
    ...underPrefix('pcap_agg', ['source_owner', 'source_owner_kind', 'source_owner_from']),
    { name: 'pcap_agg.destination_owner', value: 'target_owner' },
    { name: 'pcap_agg.destination_owner_kind', value: 'target_owner_kind' },
    { name: 'pcap_agg.destination_owner_from', value: 'target_owner_from' },
  ],
  numbered: [
    { name: 'agent.ephemeral_id', value: 'agent' },
    { name: 'event.sequence', value: 'sequence' },
  ],
};
