/**
 * The schema `ocsf` against the definition of class 4001 in OCSF 1.9.0: events/base_event.json, events/network/network.json,
 * network_activity.json, the objects that are named here, and the types of dictionary.json in github.com/ocsf/ocsf-schema. No
 * package ships these, so what records use of them stands here as a table.
 */
import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { ocsf } from '../../../src/record/schemas/ocsf.js';
import { valueNames } from '../../../src/record/values.js';
import { jsonOf } from '../../support/formats.js';
import { known, nobody, podContainer, webUnit } from '../../support/owners.js';
import { flowRecord } from '../../support/random-records.js';
import { restOf, webConversation } from '../../support/records.js';

type Check = (value: unknown) => boolean;
interface OcsfObject {
  readonly required?: readonly string[];
  readonly atLeastOne?: readonly string[];
  readonly attributes: Readonly<Record<string, Check | OcsfObject>>;
}

const string: Check = (value) => typeof value === 'string';
const strings: Check = (value) => Array.isArray(value) && value.every(string);
const integer: Check = (value) => Number.isInteger(value) && Math.abs(value as number) < 2 ** 31;
const long: Check = (value) => Number.isSafeInteger(value);
/** Milliseconds since the epoch. */
const timestamp: Check = long;
const port: Check = (value) => integer(value) && (value as number) >= 0 && (value as number) <= 65_535;
const ip: Check = (value) => string(value) && isIP(value as string) !== 0;
const mac: Check = (value) => /^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$/.test(String(value));
const oneOf =
  (...members: readonly number[]): Check =>
  (value) =>
    members.includes(value as number);

/** Of the profile `container`. */
const container: OcsfObject = { atLeastOne: ['uid', 'name'], attributes: { uid: string } };

const endpoint: OcsfObject = {
  atLeastOne: [
    'ip',
    'uid',
    'name',
    'hostname',
    'svc_name',
    'instance_uid',
    'interface_uid',
    'interface_name',
  ],
  attributes: {
    ...{ ip, name: string, port, hostname: string, mac, vlan_uid: string, zone: string },
    ...{ svc_name: string, container },
  },
};

const networkActivity: OcsfObject = {
  required: ['activity_id', 'category_uid', 'class_uid', 'metadata', 'severity_id', 'time', 'type_uid'],
  atLeastOne: ['src_endpoint', 'dst_endpoint'],
  attributes: {
    time: timestamp,
    category_uid: oneOf(4),
    category_name: string,
    class_uid: oneOf(4001),
    class_name: string,
    activity_id: oneOf(0, 1, 2, 3, 4, 5, 6, 7, 99),
    activity_name: string,
    type_uid: long,
    type_name: string,
    severity_id: oneOf(0, 1, 2, 3, 4, 5, 6, 99),
    severity: string,
    message: string,
    status_id: oneOf(0, 1, 2, 99),
    status: string,
    status_code: string,
    status_detail: string,
    start_time: timestamp,
    end_time: timestamp,
    duration: long,
    metadata: {
      required: ['product', 'version'],
      attributes: {
        version: string,
        product: {
          atLeastOne: ['name', 'uid'],
          attributes: { name: string, vendor_name: string, version: string },
        },
        uid: string,
        labels: strings,
        profiles: strings,
        reporter: {
          atLeastOne: ['hostname', 'ip', 'name', 'uid'],
          attributes: { hostname: string, uid: string },
        },
        sequence: integer,
      },
    },
    initiator_id: oneOf(0, 1, 2, 99),
    initiator: string,
    // Of the profile `host`. The process is also a process_entity, which asks for less.
    device: { required: ['type_id'], attributes: { hostname: string, type_id: oneOf(0) } },
    actor: {
      atLeastOne: ['process', 'user', 'invoked_by', 'session', 'app_name', 'app_uid'],
      attributes: {
        process: { atLeastOne: ['pid', 'uid', 'cpid'], attributes: { pid: integer, name: string } },
        user: { atLeastOne: ['account', 'name', 'uid'], attributes: { uid: string } },
        app_name: string,
      },
    },
    src_endpoint: endpoint,
    dst_endpoint: endpoint,
    connection_info: {
      required: ['direction_id'],
      attributes: {
        direction_id: oneOf(0, 1, 2, 3, 4, 99),
        direction: string,
        protocol_num: integer,
        protocol_name: string,
        protocol_ver_id: oneOf(0, 4, 6, 99),
        tcp_flags: integer,
        uid: string,
        community_uid: string,
      },
    },
    traffic: {
      attributes: {
        packets: long,
        packets_out: long,
        packets_in: long,
        bytes: long,
        bytes_out: long,
        bytes_in: long,
      },
    },
    // What the class has no attribute for, by any name.
    unmapped: {
      attributes: Object.fromEntries(valueNames.map((name): [string, Check] => [name, () => true])),
    },
  },
};

/** What is wrong with a value, each with its place. */
function faults(
  value: unknown,
  { required = [], atLeastOne, attributes }: OcsfObject,
  place: string,
): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${place}: no object`];
  const has = (name: string) => name in value;
  const missing = required.filter((name) => !has(name)).map((name) => `${place}.${name}: missing`);
  const none = atLeastOne === undefined || atLeastOne.some(has) ? [] : [`${place}: none of ${atLeastOne}`];
  const inside = Object.entries(value).flatMap(([name, each]) => {
    const known = attributes[name];
    const here = `${place}.${name}`;
    if (known === undefined) return [`${here}: no such attribute`];
    if (typeof known !== 'function') return faults(each, known, here);
    return known(each) ? [] : [`${here}: ${each}`];
  });
  return [...missing, ...none, ...inside];
}

const said = { tags: ['env:prod'], service: 'network-flows', conversations: true };

test('every record is an event of class 4001', () => {
  fc.assert(
    fc.property(flowRecord, fc.boolean(), (record, conversations) => {
      const event = jsonOf(ocsf, record, { ...said, conversations }, true);
      assert.deepEqual(faults(event, networkActivity, 'event'), []);
      assert.equal(event['type_uid'], 100 * Number(event['class_uid']) + Number(event['activity_id']));
    }),
    { seed: 4001, numRuns: 500 },
  );
});

test('a conversation says between whom, which way and how much', () => {
  const record = webConversation();
  Object.assign(record.forward, { outerVlan: 100, innerVlan: 5 });
  assert.deepEqual(jsonOf(ocsf, record, said), {
    time: 1_473_377_309_073,
    category_uid: 4,
    category_name: 'Network Activity',
    class_uid: 4001,
    class_name: 'Network Activity',
    activity_id: 6,
    activity_name: 'Traffic',
    type_uid: 400_106,
    type_name: 'Network Activity: Traffic',
    severity_id: 1,
    severity: 'Informational',
    message: 'laptop.example:48926 -> intake.example:443 TCP 18 packets 6022 payload bytes',
    status_id: 1,
    status: 'Success',
    status_code: 'SF',
    status_detail: 'closed',
    start_time: 1_473_377_301_000,
    end_time: 1_473_377_302_500,
    duration: 1_500,
    metadata: {
      version: '1.9.0',
      product: { name: 'pcap-agg', vendor_name: 'pcap-agg', version: '0.0.0' },
      uid: '7e403bb4ba6be59c',
      labels: ['env:prod'],
      profiles: ['container', 'host'],
      reporter: { hostname: 'test-host' },
    },
    device: { hostname: 'test-host', type_id: 0 },
    initiator_id: 1,
    initiator: 'Source Endpoint',
    src_endpoint: {
      ip: '10.8.0.1',
      port: 48_926,
      hostname: 'laptop.example',
      mac: '02-00-00-00-00-0A',
      vlan_uid: '100',
      zone: 'office',
    },
    dst_endpoint: {
      ip: '3.233.144.10',
      port: 443,
      hostname: 'intake.example',
      mac: '02-00-00-00-00-01',
      vlan_uid: '100',
    },
    connection_info: {
      direction_id: 2,
      direction: 'Outbound',
      protocol_num: 6,
      protocol_name: 'tcp',
      protocol_ver_id: 4,
      tcp_flags: 27,
      uid: '0123456789abcdef',
      community_uid: '1:XDXQlc/PAWru/HV8df8Q4J/5XB8=',
    },
    traffic: { packets: 18, packets_out: 10, packets_in: 8, bytes: 6_958, bytes_out: 1_422, bytes_in: 5_536 },
    unmapped: {
      payload_bytes: 6_022,
      source_payload_bytes: 902,
      target_payload_bytes: 5_120,
      wire_bytes: 7_210,
      flows: 2,
      roles_from: 'syn',
      tcp_state: 'fin',
      services: ['agents', 'logs'],
      packet_flow: 'outgoing',
      service_name: 'network-flows',
      handshake_rtt_us: 32_000,
      client_nw_latency_us: 400,
      server_nw_latency_us: 31_600,
      appl_latency_us: 45_000,
      source_retransmitted_packets: 2,
      source_retransmitted_payload_bytes: 300,
      source_out_of_order_packets: 1,
      source_zero_windows: 0,
      target_retransmitted_or_reordered_packets: 3,
      target_retransmitted_or_reordered_payload_bytes: 1_500,
      target_zero_windows: 1,
      source_host_from: 'ptr',
      source_ptr: 'laptop.example',
      target_host_from: 'sni',
      tls_server_name: 'intake.example',
      target_dns: 'edge.intake.example',
      target_ptr: 'machine-7.cloud.example',
      interface_name: 'eth0',
      vlan_inner: 5,
      vlan_mixed: true,
    },
  });
});

test('an end of several addresses has a name in place of an address', () => {
  const ends = (...args: Parameters<typeof jsonOf>) => {
    const { src_endpoint, dst_endpoint } = jsonOf(...args);
    return [src_endpoint, dst_endpoint];
  };
  assert.deepEqual(ends(ocsf, restOf(17, 5)), [{ name: '*' }, { name: '*' }]);
  const folded = Object.assign(webConversation(), { sourceFold: 'office', sourcePtr: null });
  assert.deepEqual(ends(ocsf, folded)[0], {
    name: 'office',
    port: 48_926,
    zone: 'office',
  });
});

test('the actor is who is behind the end at this host, and an end says its service and its container', () => {
  const told = (change: Partial<ReturnType<typeof webConversation>>) => {
    const event = jsonOf(ocsf, Object.assign(webConversation(), change));
    const [source, destination] = (['src_endpoint', 'dst_endpoint'] as const).map((name) => {
      const { svc_name, container: of } = event[name] as Readonly<Record<string, unknown>>;
      return [svc_name, of];
    });
    const own = Object.entries(event['unmapped'] as object).filter(([name]) => name.includes('owner'));
    return { actor: event['actor'], source, destination, own: Object.fromEntries(own) };
  };
  const { unit, container: id, pod, cgroup } = podContainer;
  assert.deepEqual(told({ sourceOwner: known(podContainer), targetOwner: known(webUnit, 'listener') }), {
    actor: { process: { pid: 40_021, name: 'coredns' }, user: { uid: '65534' }, app_name: unit },
    source: [unit, { uid: id }],
    destination: ['nginx.service', undefined],
    own: {
      ...{ owner: '3f4e8a1b9c0d', owner_kind: 'container', owner_from: 'socket' },
      ...{ owner_pod: pod, owner_cgroup: cgroup, owner_command: 'coredns' },
      ...{ source_owner: '3f4e8a1b9c0d', source_owner_kind: 'container', source_owner_from: 'socket' },
      ...{ target_owner: 'nginx.service', target_owner_kind: 'unit', target_owner_from: 'listener' },
    },
  });
  // Several processes: OCSF has no process without one number.
  assert.deepEqual(
    told({ sourceOwner: nobody['not-local'], targetOwner: known(webUnit, 'listener') }).actor,
    {
      user: { uid: '0' },
      app_name: 'nginx.service',
    },
  );
  assert.equal(told({ sourceOwner: nobody['no-socket'], targetOwner: nobody['not-local'] }).actor, undefined);
});

test('who opened a conversation is said only where packets show it', () => {
  const initiator = (decidedBy: 'syn' | 'icmp-type' | 'one-way' | 'lower-port' | 'earlier-window') => {
    const record = Object.assign(webConversation(), { decidedBy, client: 'target' });
    const { initiator_id, initiator: name } = jsonOf(ocsf, record);
    return [initiator_id, name];
  };
  for (const shown of ['syn', 'icmp-type', 'one-way'] as const)
    assert.deepEqual(initiator(shown), [2, 'Destination Endpoint']);
  for (const guessed of ['lower-port', 'earlier-window'] as const)
    assert.deepEqual(initiator(guessed), [0, 'Unknown']);
});

test('directions are seen from this host', () => {
  const told = (direction: 'ingress' | 'egress' | 'internal' | 'passing' | undefined) => {
    const { direction_id, direction: name } = jsonOf(ocsf, Object.assign(webConversation(), { direction }))[
      'connection_info'
    ] as Readonly<Record<string, unknown>>;
    return [direction_id, name];
  };
  assert.deepEqual(told('ingress'), [1, 'Inbound']);
  assert.deepEqual(told('egress'), [2, 'Outbound']);
  assert.deepEqual(told('internal'), [4, 'Local']);
  assert.deepEqual(told('passing'), [99, 'passing']);
  assert.deepEqual(told(undefined), [0, 'Unknown']);
});
