/** Records of the schema `full`, and what they say of names. */
import { readFileSync } from 'node:fs';
import { type Connection, connectionOf, type Hello } from './tshark-names.js';

/** Where the name of an end is from. */
export type Origin = 'sni' | 'dns' | 'ptr' | 'none';

export interface NamedRecord {
  readonly source_ip: string;
  readonly source_port: number;
  readonly target_ip: string;
  readonly target_port: number;
  readonly transport: string;
  readonly source_host?: string;
  readonly source_host_from: Origin;
  readonly target_host?: string;
  readonly target_host_from: Origin;
  /** What the connection asked for. */
  readonly tls_server_name?: string;
  readonly source_payload_bytes: number;
  readonly window_start_us: number;
}

/** The whole lines of a file. */
export function readRecords<What = NamedRecord>(file: string): What[] {
  const text = readFileSync(file, 'utf8');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as What);
}

/** How an end is named, as "name by origin"; "none". */
export const sourceName = ({ source_host, source_host_from }: NamedRecord): string =>
  source_host === undefined ? source_host_from : `${source_host} by ${source_host_from}`;
export const targetName = ({ target_host, target_host_from }: NamedRecord): string =>
  target_host === undefined ? target_host_from : `${target_host} by ${target_host_from}`;

export interface NamesSeen {
  /** Connections that have their name in every record since their hello, with records of both directions. */
  readonly right: number;
  /** Those that lack it in some. */
  readonly lacking: readonly string[];
  /** Those that have what another connection asked for. */
  readonly mistaken: readonly string[];
}

/**
 * Whether each connection's server is named by what was asked for, in records that tell a direction each. Where each frame was captured
 * several times, `copies` says how often.
 */
export function judgeServerNames(
  asked: ReadonlyMap<Connection, Hello>,
  records: readonly NamedRecord[],
  copies = 1,
): NamesSeen {
  const flows = new Map<Connection, NamedRecord[]>();
  for (const record of records) {
    const { source_ip, source_port, target_ip, target_port, transport } = record;
    const ends = [source_ip, source_port, target_ip, target_port] as const;
    const flow = connectionOf(...ends, transport === 'tcp' ? 'TCP' : 'UDP');
    flows.set(flow, [...(flows.get(flow) ?? []), record]);
  }
  const lacking: string[] = [];
  const mistaken: string[] = [];
  for (const [connection, hello] of asked) {
    const back = flows.get(reverseOf(connection)) ?? [];
    const names = namesSince(hello, flows.get(connection) ?? [], back, copies);
    const expected = `${hello.name} by sni`;
    const text = `${connection}: asked for ${hello.name}; ${names.there.join(', ')}; back ${names.back.join(', ')}`;
    const all = [...names.there, ...names.back];
    if (all.some((name) => name.endsWith(' by sni') && name !== expected)) mistaken.push(text);
    else if (!names.there.length || !names.back.length || all.some((name) => name !== expected))
      lacking.push(text);
  }
  return { right: asked.size - lacking.length - mistaken.length, lacking, mistaken };
}

/** A window may end between a connection's first packet and its hello: records of such windows do not count. */
function namesSince(
  { payloadBytes }: Hello,
  there: readonly NamedRecord[],
  back: readonly NamedRecord[],
  copies: number,
): { there: string[]; back: string[] } {
  let sent = 0;
  const since = there.filter((record) => {
    sent += record.source_payload_bytes;
    return sent >= payloadBytes * copies;
  });
  const start = since[0]?.window_start_us ?? Number.POSITIVE_INFINITY;
  return {
    there: since.map((record) => withServerName(targetName(record), record)),
    back: back
      .filter(({ window_start_us }) => window_start_us >= start)
      .map((record) => withServerName(sourceName(record), record)),
  };
}

/** Both fields have to say the same. */
const withServerName = (name: string, { tls_server_name = 'none' }: NamedRecord): string =>
  name === `${tls_server_name} by sni` ? name : `${name}, asked for ${tls_server_name}`;

function reverseOf(connection: Connection): Connection {
  const [client, clientPort, , server, serverPort, transport] = connection.split(' ');
  return connectionOf(server!, Number(serverPort), client!, Number(clientPort), transport as 'TCP' | 'UDP');
}
