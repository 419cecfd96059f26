/**
 * Text with a byte order mark, as PowerShell and editors write it: read as without, by any door and in any
 * pieces.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { captureFrom, openCapture } from '../../../src/source/capture-source.js';
import type { Input } from '../../../src/source/files/input.js';
import { markedText, type TextEncoding, textEncodings } from '../../support/marked-text.js';
import { memoryInput } from '../../support/memory-input.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { TextRecorder } from '../../support/text-recorder.js';

const text = [
  '1473377300.000000 IP 10.0.0.1.22 > 10.0.0.2.40000: Flags [P.], seq 1:37, ack 1, win 502, length 36',
  '\t0x0000:  4500 0021',
  '1473377301.000000 IP 10.0.0.1.40000 > 10.0.0.2.53: 1+ A? \u00fc\u0a0a\ud83d\ude00\u010a. (29)',
  '1473377302.000000 IP6 fe80::1 > fe80::2: ICMP6, echo request, id 1, seq 1, length 64',
  '',
].join('\r\n');
const deliveries = [
  '1473377300000000 10.0.0.1.22 > 10.0.0.2.40000 TCP 36 flags 24',
  '1473377301000000 10.0.0.1.40000 > 10.0.0.2.53 UDP 29',
  '1473377302000000 fe80::1 > fe80::2 IPv6-ICMP 64',
];

const edges = { log: { limited: (_: string, text: string) => assert.fail(text) }, nowUs: () => 0 };

async function read(input: Input): Promise<readonly string[]> {
  const recorder = new TextRecorder();
  await captureFrom(input, edges).run(recorder);
  return recorder.deliveries;
}

for (const encoding of Object.keys(textEncodings) as TextEncoding[]) {
  const bytes = markedText(text, encoding);

  describe(`text in ${encoding}`, () => {
    const folder = temporaryFolder();

    it('is read from a file', async () => {
      const recorder = new TextRecorder();
      await openCapture(folder.file('capture.txt', bytes), edges).run(recorder);
      assert.deepEqual(recorder.deliveries, deliveries);
    });

    it('is read from a pipe in two pieces, wherever it is cut', async () => {
      for (let cut = 1; cut < bytes.length; cut++) {
        const readBytes = [cut, bytes.length];
        assert.deepEqual(await read(memoryInput(bytes, { readBytes, late: true })), deliveries, `${cut}`);
      }
    });

    it('is read byte by byte', async () => {
      assert.deepEqual(await read(memoryInput(bytes, { readBytes: [1] })), deliveries);
    });

    it('is read gzipped', async () => {
      assert.deepEqual(await read(memoryInput(gzipSync(bytes))), deliveries);
    });

    it('may end at any byte', async () => {
      for (let end = 0; end < bytes.length; end++) {
        const recorder = new TextRecorder();
        const source = captureFrom(memoryInput(bytes.subarray(0, end)), { ...edges, log: { limited() {} } });
        await source.run(recorder).catch(() => {});
        // Of the last line nobody can tell whether it was cut.
        const whole = recorder.deliveries.filter((delivery) => delivery.includes(' > ')).slice(0, -1);
        assert.deepEqual(whole, deliveries.slice(0, whole.length), `${end}`);
      }
    });

    it('is nothing where a live pipe holds only the mark', async () => {
      const recorder = new TextRecorder();
      await captureFrom(memoryInput(markedText('', encoding)), edges, { clock: 'live' }).run(recorder);
      assert.deepEqual(recorder.deliveries, []);
    });

    it('is refused where it is no text of tcpdump', async () => {
      const other = memoryInput(markedText('hello world\n', encoding), { name: 'x.txt' });
      await assert.rejects(
        read(other),
        /^SourceError: x\.txt: is no capture of a known format .* starts with 68656c6c6f20776f;/,
      );
    });
  });
}
