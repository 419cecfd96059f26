/** What a record of several conversations has to say of their health, added up from records of one each. */
import { healthOf } from './judge.js';
import type { Figures } from './scene.js';
import type { HealthRecord } from './watcher.js';

/** Each value of a group, by that of its conversations. */
const longest = { handshake_rtt_us: 'longest_handshake_us', appl_latency_us: 'longest_response_us' } as const;
const outcomes = ['unanswered', 'refused', 'established', 'closed', 'reset'] as const;

/** Whether a conversation belongs to a group; both are of the same window. */
export type Belongs = (conversation: HealthRecord, group: HealthRecord) => boolean;

/** What is wrong, a line each: of all groups that have several conversations, and that there are `least` of them. */
export function judgeGroups(
  groups: readonly HealthRecord[],
  conversations: readonly HealthRecord[],
  belongs: Belongs,
  least: number,
): readonly string[] {
  const judged = groups.filter((group) => 'responses' in group);
  const wrong = judged.flatMap((group) => {
    const own = conversations.filter((conversation) => belongs(conversation, group)).map(healthOf);
    const [told, expected] = [healthOf(group), sumsOf(own, group.transport)];
    const names = [...new Set([...Object.keys(told), ...Object.keys(expected)])];
    return names
      .filter((name) => told[name] !== expected[name])
      .map((name) => `${nameOf(group)}, of ${own.length}: ${name} is ${told[name]}, not ${expected[name]}`);
  });
  return [...(judged.length < least ? [`only ${judged.length} groups`] : []), ...wrong];
}

const nameOf = ({ transport, source_address, target_address, target_port }: HealthRecord) =>
  `${transport} ${source_address} > ${target_address}:${target_port}`;

function sumsOf(own: readonly Figures[], transport: string): Figures {
  const isTcp = transport === 'tcp';
  const sums: Record<string, number | string> = {};
  for (const name of ['conn_state', 'outcome', 'event_outcome']) {
    const words = new Set(own.map((figures) => figures[name]));
    const [only] = words;
    if (words.size === 1 && only !== undefined) sums[name] = only;
  }
  // Any of theirs; conversations with one service have the same here.
  const error = own.find((figures) => 'icmp_error' in figures)?.['icmp_error'];
  if (error !== undefined) sums['icmp_error'] = error;
  for (const [name, longestName] of Object.entries(longest)) {
    const told = numbersOf(own, name);
    if (told.length > 0) sums[longestName] = Math.max(...told);
  }
  for (const name of [
    'handshake_rtt_us',
    'client_nw_latency_us',
    'server_nw_latency_us',
    'appl_latency_us',
  ]) {
    const told = numbersOf(own, name);
    if (told.length > 0) sums[name] = Math.round(sum(told) / told.length);
  }
  sums['responses'] = numbersOf(own, 'appl_latency_us').length;
  if (!isTcp) return sums;
  sums['connections'] = own.length;
  sums['handshakes'] = numbersOf(own, 'handshake_rtt_us').length;
  for (const outcome of outcomes)
    sums[`connections_${outcome}`] = own.filter((figures) => figures['outcome'] === outcome).length;
  const counts = new Set(
    own
      .flatMap((figures) => Object.keys(figures))
      .filter((name) => /^(client|server)_\w*_(packets|bytes|windows)$/.test(name)),
  );
  for (const name of counts) sums[name] = sum(numbersOf(own, name));
  return sums;
}

function numbersOf(own: readonly Figures[], name: string): readonly number[] {
  return own.flatMap((figures) => (typeof figures[name] === 'number' ? [figures[name]] : []));
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
