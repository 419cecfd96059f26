/** Real hellos and answers, and what tshark makes of them: it shares no code with ours. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pcapFile } from '../support/captures.js';
import { readClassicPcap } from '../support/classic-pcap.js';
import { fixturesFolder } from '../support/fixtures.js';
import { countsText, watch } from '../support/found-names.js';
import { frame } from '../support/frames.js';
import { compareNames } from '../support/names/compare-capture.js';
import { readNames } from '../support/names/read-capture.js';
import { seededRandom } from '../support/random.js';
import { helloFor, lateHelloFor, tlsRecords } from '../support/tls-hellos.js';

const skip = spawnSync('tshark', ['--version']).status !== 0 && 'tshark is not installed';

const captures: Readonly<Record<string, readonly [counts: string, ...found: string[]]>> = {
  'tls-hellos': [
    'seen 3, parsed 2, without-name 1',
    '1: 192.0.2.1.60290 > 192.0.2.2.443 asked for session.tls.example',
    '3: 192.0.2.1.60292 > 192.0.2.2.443 asked for none',
    '6: 2001:db8::1.50310 > 2001:db8::2.8443 asked for page.tls.example',
  ],
  'tls-split': [
    'seen 3, parsed 3',
    '3: 192.0.2.1.55126 > 192.0.2.2.443 asked for www.browser.example',
    '9: 192.0.2.1.55138 > 192.0.2.2.443 asked for www.browser.example',
  ],
  'dns-answers': [
    'seen 6, parsed 4, without-name 2',
    '2: 192.0.2.2.53 > 192.0.2.1.42230 told www.dns.example 192.0.2.2 198.51.100.7 0 s',
    '4: 2001:db8::2.53 > 2001:db8::1.45112 told www.dns.example 2001:db8::2 0 s',
    '6: 192.0.2.2.53 > 192.0.2.1.38425 told www.dns.example 198.51.100.7 192.0.2.2 0 s',
    '8: 192.0.2.2.53 > 192.0.2.1.38425 told cdn.example 2001:db8::2 0 s',
  ],
};

describe('names in a capture', () => {
  for (const [capture, expected] of Object.entries(captures)) {
    test(`are found in its frames: ${capture}`, async () => {
      const { found, counts } = await readNames(`${fixturesFolder}${capture}.pcap`);
      assert.deepEqual([counts, ...found], expected);
    });
  }

  test('are found where the second segment of a hello comes before the first', () => {
    const { frames } = readClassicPcap(new Uint8Array(readFileSync(`${fixturesFolder}tls-split.pcap`)));
    const [first, second] = frames.slice(-2).map(({ bytes }) => bytes);
    const { show, observer } = watch();
    assert.deepEqual(show(second!), []);
    assert.deepEqual(show(first!), ['192.0.2.1.55138 > 192.0.2.2.443 asked for www.browser.example']);
    assert.equal(countsText(observer.counts), 'seen 2, parsed 2');
  });

  test('are those that tshark finds where hellos are cut anywhere', { skip }, async () => {
    const random = seededRandom(443);
    const frames = Array.from({ length: 300 }, (_, connection) => helloFrames(connection, random)).flat();
    const folder = mkdtempSync(join(tmpdir(), 'pcap-agg-names-'));
    const file = join(folder, 'hellos.pcap');
    writeFileSync(file, pcapFile({}, frames));
    const { names, differences } = await compareNames(file);
    rmSync(folder, { recursive: true });
    assert.deepEqual(differences, []);
    assert.equal(names, 300);
  });

  test('are those that tshark finds', { skip }, async () => {
    let compared = 0;
    for (const name of [...Object.keys(captures), 'conversation-web', 'udp-dns', 'quic-split']) {
      const { names, differences } = await compareNames(`${fixturesFolder}${name}.pcap`);
      assert.deepEqual(differences, [], name);
      compared += names;
    }
    assert.ok(compared >= 10, `only ${compared} names were compared`);
  });
});

/** The hello of a connection in up to four segments, in records of any length. */
function helloFrames(connection: number, random: () => number): Uint8Array[] {
  const name = `host-${connection}.example`;
  const hello = random() % 2 === 0 ? helloFor(name) : lateHelloFor(name);
  const stream = tlsRecords(hello, random() % 4 === 0 ? 200 + (random() % 1_000) : 2 ** 14);
  const cuts = Array.from({ length: random() % 4 }, () => 1 + (random() % (stream.length - 1)));
  const borders = [0, ...cuts.toSorted((one, other) => one - other), stream.length];
  const segment = frame()
    .ethernet()
    .ipv4({ source: `10.1.${connection >> 8}.${connection & 255}` });
  const ends = { sourcePort: 40_000 + connection, targetPort: 443 };
  return [
    segment.tcp({ ...ends, flags: 2, sequence: 0 }).bytes(),
    ...borders.slice(1).flatMap((end, index) => {
      const payload = stream.subarray(borders[index]!, end);
      const sequence = 1 + borders[index]!;
      return payload.length === 0
        ? []
        : [
            segment
              .tcp({ ...ends, flags: 24, sequence })
              .payload(payload)
              .bytes(),
          ];
    }),
  ];
}
