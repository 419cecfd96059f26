/** Where frames of files come from: their link type, and the interface's name where the file has one. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pcapFile } from '../../../src/source/files/pcap-file.js';
import { pcapngFile } from '../../../src/source/files/pcapng-file.js';
import { concatenate, pattern, uint8 } from '../../support/bytes.js';
import * as captures from '../../support/captures.js';
import { FrameRecorder, readFormat } from '../../support/frame-recorder.js';
import { frame } from '../../support/frames.js';
import { memoryInput } from '../../support/memory-input.js';

const udp = frame().ethernet().ipv4().udp().payload(20).bytes();
const section: captures.PcapngBlock = { kind: 'section' };
const onInterface = (index: number): captures.PcapngBlock => ({
  kind: 'enhanced',
  interface: index,
  frame: udp,
});

/** "0: 1 eth0": the number of the frame from which on they come from there, the link type and the name. */
async function origins(file: Uint8Array, format = pcapngFile): Promise<string[]> {
  const recorder = new FrameRecorder();
  const { failure } = await readFormat(format, memoryInput(file), recorder);
  assert.equal(failure, undefined);
  return recorder.origins.map(
    ({ frame, linkType, interfaceName }) => `${frame}: ${linkType} ${interfaceName}`,
  );
}

const originsOf = (...blocks: captures.PcapngBlock[]) => origins(captures.pcapngFile([section, ...blocks]));

describe('the origin of frames', () => {
  test('in a classic pcap is the file’s link type', async () => {
    for (const byteOrder of ['little', 'big'] as const) {
      const file = captures.pcapFile({ byteOrder, linkType: 113 }, [udp, udp]);
      assert.deepEqual(await origins(file, pcapFile), ['0: 113 undefined']);
    }
  });

  test('in a pcapng file is told with the first frame, and wherever it changes', async () => {
    const told = await originsOf(
      { kind: 'interface', name: 'eth0' },
      { kind: 'interface', name: 'wlan0', linkType: 105 },
      { kind: 'interface', linkType: 101 },
      ...[0, 0, 1, 1, 0, 2].map(onInterface),
      { kind: 'simple', frame: udp },
    );
    assert.deepEqual(told, ['0: 1 eth0', '2: 105 wlan0', '4: 1 eth0', '5: 101 undefined', '6: 1 eth0']);
  });

  test('is another one in another section', async () => {
    const sections: captures.PcapngBlock[] = ['eth0', 'eth1'].flatMap((name) => [
      section,
      { kind: 'interface', name },
      onInterface(0),
      onInterface(0),
    ]);
    assert.deepEqual(await origins(captures.pcapngFile(sections)), ['0: 1 eth0', '2: 1 eth1']);
  });

  test('is told once where the receiver holds the file back', async () => {
    const file = captures.pcapngFile([
      section,
      { kind: 'interface', name: 'eth0' },
      onInterface(0),
      onInterface(0),
    ]);
    const recorder = new FrameRecorder(1, () => Promise.resolve());
    await readFormat(pcapngFile, memoryInput(file), recorder);
    assert.deepEqual(recorder.origins, [{ frame: 0, linkType: 1, interfaceName: 'eth0' }]);
  });

  test('has the name as it is written, if it can be one', async () => {
    const longest = 'x'.repeat(255);
    const rows: readonly (readonly [string | Uint8Array, string | undefined])[] = [
      [
        '\\Device\\NPF_{6F79D3A2-8D1F-4D8C-9A8E-2C0D6B1F5A11}',
        '\\Device\\NPF_{6F79D3A2-8D1F-4D8C-9A8E-2C0D6B1F5A11}',
      ],
      ['Ethernet – Büro "1"', 'Ethernet – Büro "1"'],
      ['eth0\0', 'eth0'],
      ['', undefined],
      ['\0\0', undefined],
      ['eth0\neth1', undefined],
      ['\u001b[2J', undefined],
      [longest, longest],
      [`${longest}x`, undefined],
      [concatenate(pattern(0), uint8(0x65, 0xff)), 'e\ufffd'],
    ];
    for (const [name, expected] of rows)
      assert.deepEqual(await originsOf({ kind: 'interface', name }, onInterface(0)), [`0: 1 ${expected}`]);
  });
});
