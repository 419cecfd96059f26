/** What it costs to tell conversations, beside telling each flow by itself. No capture, no encoding. */
import { fileURLToPath } from 'node:url';
import type { Bench, Section } from '../bench.js';
import { outputOf } from '../command.js';
import type { PairingCost } from '../pairing.js';
import { failures, pick, rounds } from '../rounds.js';
import { count, medianOfRuns, short, spread, table } from '../statistics.js';

const FLOWS = 100_000;
const families = ['IPv4', 'IPv6'].map((name) => ({ name }));

export async function conversations(bench: Bench): Promise<Section> {
  const script = fileURLToPath(new URL('../pairing.js', import.meta.url));
  const outcomes = await rounds(bench, 'conversations', families, async ({ name }) => {
    const words = await outputOf([process.execPath, script, name.slice(-1), String(FLOWS)]);
    return JSON.parse(words) as PairingCost;
  });
  const of = (name: string, cost: (run: PairingCost) => number) => pick(outcomes, name, cost);
  const rows = families.map(({ name }) => [
    name,
    ...[
      of(name, ({ rowNs }) => rowNs),
      of(name, ({ reverseNs }) => reverseNs),
      of(name, ({ firstNs }) => firstNs),
      of(name, ({ laterNs }) => laterNs),
    ]
      .map(medianOfRuns)
      .map(short),
    spread(of(name, ({ reverseNs }) => reverseNs)),
  ]);
  const head = [
    'CPU, ns a flow',
    'to read it',
    'its way back',
    'told, first',
    'told, later',
    'ways back of the runs',
  ];
  const failed = failures(outcomes);
  return {
    title: 'Conversations',
    text: `A window of ${count(FLOWS)} flows, the ways back of one half being the other half in no order, so that each look-up misses the cache; a record takes one of them. “Told” is what a flow costs more as a half of a conversation: in the window where that begins, and in a later one.\n\n${table(head, rows)}${failed && `\n\n${failed}`}`,
    targets: families.map(({ name }) => ({
      promise: `look-up of the way back among ${count(FLOWS)} ${name} flows`,
      limit: 200,
      measured: medianOfRuns(of(name, ({ reverseNs }) => reverseNs)),
      unit: ' ns',
    })),
  };
}
