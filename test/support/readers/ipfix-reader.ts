/** A small collector of IPFIX that shares no code with the exporter: what RFC 7011 says, and nothing more. */
import assert from 'node:assert/strict';

/** https://www.iana.org/assignments/ipfix: those that may come, and how they are read. */
const elementNames: Readonly<Record<number, string>> = {
  1: 'octetDeltaCount',
  2: 'packetDeltaCount',
  4: 'protocolIdentifier',
  5: 'ipClassOfService',
  6: 'tcpControlBits',
  7: 'sourceTransportPort',
  8: 'sourceIPv4Address',
  10: 'ingressInterface',
  11: 'destinationTransportPort',
  12: 'destinationIPv4Address',
  14: 'egressInterface',
  27: 'sourceIPv6Address',
  28: 'destinationIPv6Address',
  32: 'icmpTypeCodeIPv4',
  58: 'vlanId',
  61: 'flowDirection',
  139: 'icmpTypeCodeIPv6',
  149: 'observationDomainId',
  152: 'flowStartMilliseconds',
  153: 'flowEndMilliseconds',
  300: 'observationDomainName',
};

/** Addresses as their bytes in hexadecimal, names as text, all else as numbers. */
export type IpfixRecord = Readonly<Record<string, number | string>>;

export interface IpfixMessage {
  readonly domain: number;
  readonly sequence: number;
  readonly exportSeconds: number;
  /** Ids of templates and options templates in it. */
  readonly templates: readonly number[];
  readonly flows: readonly IpfixRecord[];
  readonly options: readonly IpfixRecord[];
  /** Data sets in it. */
  readonly dataSets: number;
}

interface Field {
  readonly name: string;
  readonly bytes: number;
}

interface Template {
  readonly fields: readonly Field[];
  readonly isOptions: boolean;
}

/** One transport session. Throws an AssertionError for all that is wrong, a gap in the sequence included. */
export class IpfixReader {
  readonly messages: IpfixMessage[] = [];
  readonly #templates = new Map<string, Template>();
  readonly #expected = new Map<number, number>();

  get flows(): readonly IpfixRecord[] {
    return this.messages.flatMap(({ flows }) => flows);
  }

  /** Whole messages, one or several. */
  read(bytes: Buffer): void {
    for (let rest = bytes; rest.length > 0; ) {
      const length = rest.readUInt16BE(2);
      assert.ok(length >= 16 && length <= rest.length, `a message of ${length} bytes in ${rest.length}`);
      this.#readMessage(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  }

  #readMessage(bytes: Buffer): void {
    assert.equal(bytes.readUInt16BE(0), 10, 'version');
    const [exportSeconds, sequence, domain] = [4, 8, 12].map((offset) => bytes.readUInt32BE(offset));
    const message = { templates: [] as number[], flows: [] as IpfixRecord[], options: [] as IpfixRecord[] };
    let dataSets = 0;
    for (let rest = bytes.subarray(16); rest.length > 0; ) {
      const [id, length] = [rest.readUInt16BE(0), rest.readUInt16BE(2)];
      assert.ok(length > 4 && length <= rest.length, `a set of ${length} bytes in ${rest.length}`);
      const content = rest.subarray(4, length);
      rest = rest.subarray(length);
      if (id === 2 || id === 3) message.templates.push(...this.#readTemplates(domain!, content, id === 3));
      else {
        dataSets++;
        const template = this.#templates.get(`${domain} ${id}`);
        assert.ok(template, `a template ${id} of domain ${domain}`);
        const records = readRecords(template, content);
        (template.isOptions ? message.options : message.flows).push(...records);
      }
    }
    assert.equal(sequence, this.#expected.get(domain!) ?? sequence, 'the sequence number');
    const records = message.flows.length + message.options.length;
    this.#expected.set(domain!, (sequence! + records) >>> 0);
    this.messages.push({
      ...message,
      dataSets,
      domain: domain!,
      sequence: sequence!,
      exportSeconds: exportSeconds!,
    });
  }

  #readTemplates(domain: number, content: Buffer, isOptions: boolean): number[] {
    const ids: number[] = [];
    for (let offset = 0; offset < content.length; ) {
      const [id, count] = [content.readUInt16BE(offset), content.readUInt16BE(offset + 2)];
      assert.ok(id >= 256 && count > 0, `template ${id} of ${count} fields`);
      if (isOptions) assert.ok(content.readUInt16BE(offset + 4) > 0, 'options have a scope');
      offset += isOptions ? 6 : 4;
      const fields = Array.from({ length: count }, (_, i): Field => {
        const element = content.readUInt16BE(offset + 4 * i);
        assert.ok(elementNames[element], `element ${element}`);
        return { name: elementNames[element], bytes: content.readUInt16BE(offset + 4 * i + 2) };
      });
      offset += 4 * count;
      this.#templates.set(`${domain} ${id}`, { fields, isOptions });
      ids.push(id);
    }
    return ids;
  }
}

function readRecords({ fields }: Template, content: Buffer): IpfixRecord[] {
  const records: IpfixRecord[] = [];
  for (let offset = 0; offset < content.length; ) {
    const record: Record<string, number | string> = {};
    for (const { name, bytes } of fields) {
      const isVariable = bytes === 0xffff;
      const length = isVariable ? content.readUInt8(offset++) : bytes;
      assert.ok(offset + length <= content.length, `${name} goes past the end of its set`);
      record[name] = readField(name, content.subarray(offset, offset + length));
      offset += length;
    }
    records.push(record);
  }
  return records;
}

function readField(name: string, bytes: Buffer): number | string {
  if (name.endsWith('Name')) return bytes.toString('utf8');
  if (name.endsWith('Address')) return bytes.toString('hex');
  if (bytes.length === 8) return Number(bytes.readBigUInt64BE());
  return bytes.readUIntBE(0, bytes.length);
}
