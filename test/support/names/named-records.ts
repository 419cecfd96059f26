/** Records of the schema `full`, and what they say of names. */
import { readFileSync } from 'node:fs';
import { type Connection, connectionOf } from './tshark-names.js';

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
  readonly packets: number;
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
  /** Connections whose every record has the server's name, with records of both directions. */
  readonly right: number;
  readonly wrong: readonly string[];
}

/** Whether each connection's server has its name in every record, which tell a direction each. */
export function judgeServerNames(
  asked: ReadonlyMap<Connection, string>,
  records: readonly NamedRecord[],
): NamesSeen {
  const seen = new Map<Connection, { there: string[]; back: string[] }>();
  const namesOf = (connection: Connection) => {
    const known = seen.get(connection) ?? { there: [], back: [] };
    seen.set(connection, known);
    return known;
  };
  for (const record of records) {
    const { source_ip, source_port, target_ip, target_port } = record;
    const transport = record.transport === 'tcp' ? 'TCP' : 'UDP';
    namesOf(connectionOf(source_ip, source_port, target_ip, target_port, transport)).there.push(
      targetName(record),
    );
    namesOf(connectionOf(target_ip, target_port, source_ip, source_port, transport)).back.push(
      sourceName(record),
    );
  }
  const wrong = [...asked].flatMap(([connection, name]) => {
    const { there, back } = namesOf(connection);
    const isRight = [there, back].every(
      (names) => names.length > 0 && names.every((each) => each === `${name} by sni`),
    );
    return isRight ? [] : [`${connection}: asked for ${name}; there ${there}; back ${back}`];
  });
  return { right: asked.size - wrong.length, wrong };
}
