import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../src/host/log.js';
import { liveDecoder } from '../../../src/source/live/live-decoder.js';

test('that a link type cannot be decoded is said once for an interface, whoever captures on it', () => {
  const lines: string[] = [];
  const log = createLog(
    (line) => lines.push(line),
    () => 0,
  );
  for (const name of ['can0', 'can0', 'can1']) liveDecoder(147, { interface: name, tunnels: 'outer' }, log);
  assert.deepEqual(
    lines,
    ['can0', 'can1'].map(
      (name) => `pcap-agg: -i ${name}: link type USER0 cannot be decoded; its frames are counted as not IP\n`,
    ),
  );
});
