/**
 * What a port number says of who uses it. Services have registered ones, and a client gets one that is free:
 *
 *     0 to 1023          system ports: services only (RFC 6335, 6)
 *     1024 to 49151      user ports: registered for services (RFC 6335, 6)
 *     49152 to 65535     dynamic ports: for clients (RFC 6335, 6)
 *     32768 to 60999     what Linux gives to clients, so far down (ip_local_port_range, ip(7))
 *
 * Old systems, and routers that translate addresses, give clients user ports, too; so of those the well-known ones are listed.
 */

const firstUserPort = 1024;
const firstEphemeralPort = 32_768;

/** https://www.iana.org/assignments/service-names-port-numbers, and what their servers listen at without being there. */
// biome-ignore format: several to a line
const wellKnownPorts = [
  1194, /* OpenVPN */ 1433, /* SQL Server */ 1521, /* Oracle */ 1812, 1813, /* RADIUS */ 1883, /* MQTT */
  2049, /* NFS */ 2181, /* ZooKeeper */ 2375, 2376, /* Docker */ 2379, 2380, /* etcd */ 3128, /* Squid */
  3260, /* iSCSI */ 3306, /* MySQL */ 3389, /* RDP */ 3478, /* STUN */ 4222, /* NATS */ 4317, 4318, /* OTLP */
  4789, /* VXLAN */ 5044, /* Beats */ 5060, 5061, /* SIP */ 5353, /* mDNS */ 5432, /* PostgreSQL */
  5671, 5672, /* AMQP */ 5900, /* VNC */ 5984, /* CouchDB */ 6081, /* Geneve */ 6379, /* Redis */
  6443, /* Kubernetes */ 8080, /* HTTP */ 8086, /* InfluxDB */ 8123, /* ClickHouse */ 8125, /* StatsD */
  8126, /* Datadog */ 8443, /* HTTPS */ 8500, /* Consul */ 8883, /* MQTT */ 9000, /* ClickHouse, MinIO */
  9042, /* Cassandra */ 9090, 9100, /* Prometheus */ 9092, /* Kafka */ 9200, 9300, /* Elasticsearch */
  10250, /* kubelet */ 11211, /* memcached */ 27017, /* MongoDB */ 51820, /* WireGuard */
];

/** A port's place between a service's, 0, and a client's, 2. */
export function portClass(port: number): number {
  return classes[port]!;
}

const classes = Uint8Array.from({ length: 65_536 }, (_, port) => {
  if (port < firstUserPort || wellKnownPorts.includes(port)) return 0;
  return port < firstEphemeralPort ? 1 : 2;
});
