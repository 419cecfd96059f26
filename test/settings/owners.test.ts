/** Whether, and when, the kernel is asked whose sockets flows are of. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StdinKind } from '../../src/settings/config.js';
import type { Environment } from '../../src/settings/environment.js';
import { parseCommand } from '../../src/settings/parse.js';

interface Case {
  readonly line: string;
  readonly environment?: Environment;
  readonly stdin?: StdinKind;
}

async function ownersOf({ line, environment = {}, stdin = 'nothing' }: Case): Promise<string> {
  const args = line === '' ? [] : line.split(' ');
  const command = await parseCommand(args, { environment, stdin, columns: 80 });
  assert.equal(command.kind, 'run');
  return command.config.owners;
}

const understood: readonly (readonly [Case, owners: string])[] = [
  [{ line: '' }, 'on'],
  [{ line: '-i eth0 --owners syn' }, 'syn'],
  [{ line: '--owners off' }, 'off'],
  [{ line: '', environment: { PCAP_AGG_OWNERS: 'syn' } }, 'syn'],
  [{ line: '--owners on', environment: { PCAP_AGG_OWNERS: 'off' } }, 'on'],
  [{ line: '-r a.pcap' }, 'off'],
  [{ line: '-r a.pcap --owners off' }, 'off'],
  [{ line: '', stdin: 'data' }, 'off'],
  // Set for captures, and a file is read for once.
  [{ line: '-r a.pcap', environment: { PCAP_AGG_OWNERS: 'syn' } }, 'off'],
  [{ line: '-r -', environment: { PCAP_AGG_OWNERS: 'on' }, stdin: 'data' }, 'off'],
  [{ line: '-i lo', environment: { PCAP_AGG_OWNERS: 'syn' }, stdin: 'data' }, 'syn'],
];

const noSockets =
  'only live captures have owners, for the kernel is asked about sockets while they are open; leave it out, or add -i NAME';

const refused: readonly (readonly [Case, message: string])[] = [
  [{ line: '--owners yes' }, '--owners yes: unknown; choose off, on or syn'],
  [{ line: '--owners all' }, '--owners all: unknown; choose off, on or syn'],
  [{ line: '', environment: { PCAP_AGG_OWNERS: '1' } }, 'PCAP_AGG_OWNERS=1: unknown; choose off, on or syn'],
  [{ line: '--owners on --owners syn' }, '--owners on and syn: given twice; give it once'],
  [{ line: '-r a.pcap --owners on' }, `--owners on: ${noSockets}`],
  [{ line: '-r a.pcap --owners syn' }, `--owners syn: ${noSockets}`],
  [{ line: '--owners syn', stdin: 'data' }, `--owners syn: ${noSockets}`],
  [
    { line: '', environment: { PCAP_AGG_READ: 'a.pcap', PCAP_AGG_OWNERS: 'syn' } },
    `PCAP_AGG_OWNERS=syn: ${noSockets}`,
  ],
];

describe('whether owners are asked for', () => {
  for (const [said, owners] of understood) {
    test(`is understood: ${JSON.stringify(said)}`, async () => assert.equal(await ownersOf(said), owners));
  }

  for (const [said, message] of refused) {
    test(`is refused: ${JSON.stringify(said)}`, async () =>
      assert.rejects(ownersOf(said), { name: 'UsageError', message }));
  }
});
