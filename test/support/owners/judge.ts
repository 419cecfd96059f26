/** Whether records tell the owners that there were. */
import { isDeepStrictEqual } from 'node:util';
import { ownerParts, type Parts, trueParts } from './owner-parts.js';
import type { OwnedRecord } from './program.js';
import type { Talk } from './stage.js';

export interface Judgement {
  /** How many talks are told of in both directions, and rightly in each record. */
  readonly right: number;
  /** Of a talk the first record that is: what it says, and what it ought to. */
  readonly wrong: readonly string[];
}

/** `records` tell a direction each. */
export function judge(talks: readonly Talk[], records: readonly OwnedRecord[]): Judgement {
  const wrong: string[] = [];
  let right = 0;
  for (const talk of talks) {
    const { name, transport, clientPort } = talk;
    const ofTalk = records.filter(
      (record) =>
        record.transport === transport &&
        (record.source_port === clientPort || record.target_port === clientPort),
    );
    const there = ofTalk.filter(({ source_port }) => source_port === clientPort);
    const firstWindow = Math.min(...ofTalk.map(({ window_start_us }) => window_start_us));
    const mistaken = ofTalk.flatMap((record) =>
      mistake(talk, record, record.window_start_us === firstWindow),
    );
    if (mistaken.length > 0)
      wrong.push(`${name}: ${mistaken[0]}; ${mistaken.length} of ${ofTalk.length} records`);
    if (there.length === 0 || there.length === ofTalk.length)
      wrong.push(`${name}: ${there.length} records there, ${ofTalk.length - there.length} back`);
    else if (mistaken.length === 0) right++;
  }
  return { right, wrong };
}

/** Processes are looked for when their group is first told of, and show a moment later. */
function mistake({ client, server, clientPort }: Talk, record: OwnedRecord, isFirst: boolean): string[] {
  const isThere = record.source_port === clientPort;
  const parts = ownerParts(record);
  const mayBe = client.flatMap((clientEnd) =>
    server.map((serverEnd) =>
      isThere ? trueParts(record, clientEnd, serverEnd) : trueParts(record, serverEnd, clientEnd),
    ),
  );
  const isTrue = (each: Parts) => isDeepStrictEqual(parts, isFirst ? withoutLate(each, parts) : each);
  if (mayBe.some(isTrue)) return [];
  const { source_ip, source_port, target_ip, target_port } = record;
  const all = mayBe.map((each) => differences(parts, each)).sort((one, other) => one.length - other.length);
  return [`${source_ip} ${source_port} to ${target_ip} ${target_port}: ${all[0]!.join('; ')}`];
}

/** "source_owner is "x", not "y"". */
function differences(told: Parts, truth: Parts): string[] {
  const names = [...new Set([...Object.keys(told), ...Object.keys(truth)])];
  return names
    .filter((name) => told[name] !== truth[name])
    .map((name) => `${name} is ${JSON.stringify(told[name])}, not ${JSON.stringify(truth[name])}`);
}

/** Leaves out processes and commands that `told` lacks. */
function withoutLate(parts: Parts, told: Parts): Parts {
  const isLate = (name: string) => /owner_(pid|command|process)$/.test(name) && !(name in told);
  return Object.fromEntries(Object.entries(parts).filter(([name]) => !isLate(name)));
}
