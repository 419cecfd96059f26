/** The program that tells frames with names from others goes with any filter, and with the socket wherever that goes. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildTool } from '../../../bench/tools.js';
import { type CaptureHandle, frameParts, loadNative, type Native } from '../../../src/host/native.js';
import { batchEngine } from '../../../src/source/live/batch.js';
import { pcapFile } from '../../support/captures.js';
import { compareWithNames, lastFrame } from '../../support/compare-names.js';
import { FrameRecorder } from '../../support/frame-recorder.js';
import { frame } from '../../support/frames.js';
import { autoEngine, runLive } from '../../support/live.js';
import { changedByChance, ethernetFrames, senderAddress } from '../../support/name-frames.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { openTun } from '../../support/tun.js';
import { until } from '../../support/until.js';
import { noNetwork, openVeth, type Veth } from '../../support/veth.js';

const noCompiler = spawnSync('cc', ['--version']).status === 0 ? false : 'the sender needs a C compiler, cc';
const ours = `ether src ${senderAddress}`;
const hosts = Array.from({ length: 60 }, (_, at) => `host 10.${at}.0.1`).join(' or ');

describe('the program for frames with names', { skip: noNetwork || noCompiler }, () => {
  const folder = temporaryFolder();
  let sender: string;
  let veth: Veth;
  before(() => {
    sender = buildTool('sender', folder.path);
    veth = openVeth();
  });
  after(() => veth.close());

  const made = ethernetFrames();
  const some = [...made, ...changedByChance(made, 1_000, 12, 7), lastFrame];
  const send = (frames: readonly Uint8Array[]) => {
    const file = folder.file('frames.pcap', pcapFile({}, frames));
    execFileSync('ip', ['netns', 'exec', veth.namespace, sender, file, veth.peer]);
  };
  const base = frame().ethernet({ source: senderAddress }).ipv4();
  const [answer, bulk] = [base.udp({ sourcePort: 53 }).payload(901), base.tcp().payload(900)].map((one) =>
    one.bytes(),
  ) as [Uint8Array, Uint8Array];

  const filters = [
    'tcp',
    'not port 10518',
    'ip6 and udp src port 53',
    'vlan and (tcp or udp)',
    'greater 500',
    'less 70',
    'inbound and not udp',
    'tcp[tcpflags] & tcp-push != 0',
    `${hosts} or port 53`,
    `not (${hosts}) and not tcp`,
  ];
  for (const filter of filters) {
    test(`takes what "${filter.slice(0, 40)}" takes`, async () => {
      const counts = await compareWithNames({
        options: { interface: veth.host, filter: `ip proto 253 or (${ours} and (${filter}))` },
        place: { typeAt: 12, mostTags: 2 },
        send: () => send(some),
      });
      assert.ok(counts.frames > 40 && counts.frames < some.length, JSON.stringify(counts));
    });
  }

  /** How much was captured of each frame that there was, in turn. */
  const sizes = ({ frames }: FrameRecorder) => frames.map(({ bytes }) => bytes.length);

  const options = () => ({ interface: veth.host, filter: ours, namesToo: true });

  test('stays with an interface that is made anew', async (context) => {
    const recorder = new FrameRecorder();
    const running = await runLive(batchEngine, options(), recorder);
    context.after(() => running.stop());
    veth.remove();
    await until('it is gone', () => running.lines.length === 1);
    veth.recreate();
    await until('it captures again', () => running.source.counts().gaps === 1);
    send([answer, bulk]);
    await until('both are there', () => recorder.frames.length === 2);
    assert.deepEqual(sizes(recorder), [answer.length, 48]);
  });

  test('is there when batch takes over from cap', async (context) => {
    const recorder = new FrameRecorder();
    const running = await runLive(autoEngine, { ...options(), bufferBytes: 1 << 20 }, recorder);
    context.after(() => running.stop());
    const isHandedOver = () => running.lines.some((line) => line.includes('batch captures from now on'));
    while (!isHandedOver()) {
      send(Array(5_000).fill(bulk));
      await sleep(1);
    }
    send([bulk, answer]);
    await until('both are there', () => recorder.frames.at(-1)?.wireBytes === answer.length);
    assert.deepEqual(sizes(recorder).slice(-2), [48, answer.length]);
  });

  test('is left out, with a line, where link headers are of another kind', async (context) => {
    /** ARPHRD_IEEE80211_RADIOTAP: what comes is no such frame, which nobody looks at. */
    const tun = openTun(`${veth.namespace}r`, 803);
    context.after(() => tun.close());
    const packet = frame().ipv4().udp({ sourcePort: 53 }).payload(900).bytes();
    const file = folder.file('packet.pcap', pcapFile({ linkType: 101 }, [packet]));
    const recorder = new FrameRecorder();
    const running = await runLive(batchEngine, { interface: tun.name, namesToo: true }, recorder);
    context.after(() => running.stop());
    tun.write(file);
    await until('it is there', () => recorder.frames.length === 1);
    assert.deepEqual(sizes(recorder), [128]);
    assert.equal(
      running.lines.filter((line) => line.includes('names are found in the first 128 bytes')).length,
      1,
    );
  });

  test('has its lengths stay as asked for where others are longer', () => {
    const { native } = loadNative() as { native: Native };
    const passes = (snapshotBytes: number, nameBytes: number): boolean => {
      const capture: CaptureHandle = native.open(
        'lo',
        '',
        1 << 18,
        snapshotBytes,
        nameBytes,
        100,
        true,
        () => undefined,
      );
      try {
        const room = new Uint8Array(16 + Math.max(snapshotBytes, nameBytes) + 8);
        assert.equal(native.read(capture, room, frameParts.headersAndNames), 0);
        return native.namesPass(capture);
      } finally {
        native.close(capture);
      }
    };
    assert.deepEqual([passes(128, 0), passes(128, 4_096), passes(5_000, 4_096)], [true, true, true]);
  });
});
