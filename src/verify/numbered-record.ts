/**
 * What is read of a record that was numbered with --seq, wherever its schema has it. Lines come from anybody who can reach the
 * port, so nothing of the program but this table knows schemas here; a test holds it equal to them.
 */

export interface NumberedRecord {
  readonly agent: string;
  readonly sequence: number;
  readonly packets: number;
  readonly payloadBytes: number;
}

/** Names from the outermost object inwards; in a list of OpenTelemetry's attributes, an attribute's. */
type Place = readonly string[];
type Places = { readonly [Part in keyof NumberedRecord]: Place };

/** By schema. */
export const recordPlaces: Readonly<Record<string, Places>> = {
  legacy: { agent: ['agent'], sequence: ['seq'], packets: ['count'], payloadBytes: ['length'] },
  datadog: {
    agent: ['pcap_agg', 'agent'],
    sequence: ['pcap_agg', 'sequence'],
    packets: ['pcap_agg', 'packets'],
    payloadBytes: ['pcap_agg', 'payload_bytes'],
  },
  ecs: {
    agent: ['agent', 'ephemeral_id'],
    sequence: ['event', 'sequence'],
    packets: ['network', 'packets'],
    payloadBytes: ['pcap_agg', 'payload_bytes'],
  },
  otel: {
    agent: ['attributes', 'pcap_agg.agent'],
    sequence: ['attributes', 'pcap_agg.sequence'],
    packets: ['attributes', 'pcap_agg.packets'],
    payloadBytes: ['attributes', 'pcap_agg.payload_bytes'],
  },
  ocsf: {
    agent: ['metadata', 'reporter', 'uid'],
    sequence: ['metadata', 'sequence'],
    packets: ['traffic', 'packets'],
    payloadBytes: ['unmapped', 'payload_bytes'],
  },
  full: { agent: ['agent'], sequence: ['sequence'], packets: ['packets'], payloadBytes: ['payload_bytes'] },
};

const allPlaces = Object.values(recordPlaces);

/** Undefined where the line is no numbered record of any schema. */
export function readNumberedRecord(line: string): NumberedRecord | undefined {
  const record = parsed(line);
  for (const places of allPlaces) {
    const agent = valueAt(record, places.agent);
    const sequence = valueAt(record, places.sequence);
    const packets = valueAt(record, places.packets);
    const payloadBytes = valueAt(record, places.payloadBytes);
    if (typeof agent === 'string' && isCount(sequence) && isCount(packets) && isCount(payloadBytes))
      return { agent, sequence, packets, payloadBytes };
  }
  return undefined;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function valueAt(record: unknown, place: Place): unknown {
  return place.reduce(memberOf, record);
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return attributeOf(value, name);
  return (value as Readonly<Record<string, unknown>>)[name];
}

/** A text, or the number that OTLP writes as one. */
function attributeOf(attributes: readonly unknown[], name: string): unknown {
  const value = memberOf(
    attributes.find((attribute) => memberOf(attribute, 'key') === name),
    'value',
  );
  const digits = memberOf(value, 'intValue');
  return typeof digits === 'string' && /^\d+$/.test(digits) ? Number(digits) : memberOf(value, 'stringValue');
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
