/** What is opened for names: what records show of those that the user asks for, and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Knowledge } from '../../src/record/values/value.js';
import { prepareEnrichers } from '../../src/run/enrichers.js';
import { formatOf } from '../../src/run/sinks/formats.js';
import { openTrafficNaming } from '../../src/run/traffic-naming.js';
import { parseCommand } from '../../src/settings/parse.js';

const edges = { log: { line() {}, limited() {} }, nowUs: () => 0, nowMs: () => 0 };

/** What enrichers of a run say of themselves, up to the colon. */
async function openedBy(line: string): Promise<string[]> {
  const words = line.split(' ').filter((word) => word !== '');
  const surroundings = { environment: {}, stdin: 'nothing', columns: 80 } as const;
  const command = await parseCommand([...words, '--datadog-ranges', 'off'], surroundings);
  assert.equal(command.kind, 'run');
  const { config } = command;
  const formats = await Promise.all(config.outputs.map((output) => formatOf(output, config)));
  const knowledge = new Set<Knowledge>(formats.flatMap(({ needs }) => [...needs.knowledge]));
  const traffic = await openTrafficNaming(config, knowledge, edges.nowMs);
  const open = await prepareEnrichers(
    config,
    edges,
    knowledge,
    undefined,
    undefined,
    undefined,
    traffic,
    undefined,
  );
  const enrichers = await open();
  for (const enricher of enrichers) enricher.close();
  return enrichers.map(({ inWords }) => inWords.split(':')[0]!);
}

const traffic = 'names from traffic';
const reverse = 'names';

for (const [line, opened] of [
  ['', [reverse]],
  ['--names ptr', [reverse]],
  ['-n', []],
  ['--names off', []],
  ['--names off --schema full', []],
  ['--names dns', [traffic]],
  ['--names quic', [traffic]],
  ['--names traffic --schema ecs', [traffic]],
  ['--names ptr --schema ecs', [reverse]],
  ['--schema datadog', [traffic, reverse]],
  ['--schema otel', [traffic, reverse]],
  ['--schema ocsf', [traffic, reverse]],
  ['-r a', []],
  ['-r a --schema full', [traffic]],
  ['-r a --schema full --names ptr', [reverse]],
  ['-r a --schema full --dns 127.0.0.1:1', [traffic, reverse]],
  ['--to ipfix://127.0.0.1:1', []],
  ['--to ipfix://127.0.0.1:1 --to udp://127.0.0.1:2?schema=ecs', [traffic, reverse]],
] as const)
  test(`opened for names: ${line || 'nothing at all'}`, async () => {
    assert.deepEqual(await openedBy(line), opened);
  });
