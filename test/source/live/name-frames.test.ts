/** What `batch` captures of frames that may carry a name, and of all others, on real interfaces of every kind. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { buildTool } from '../../../bench/tools.js';
import { interfaceIndex } from '../../../src/source/live/interfaces/interfaces.js';
import { pcapFile } from '../../support/captures.js';
import { compareWithNames, lastFrame, lastRawPacket } from '../../support/compare-names.js';
import * as made from '../../support/name-frames.js';
import { sendFrames } from '../../support/send-frames.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { openTun } from '../../support/tun.js';
import { ip, noNetwork, openVeth, untilItCarries, type Veth } from '../../support/veth.js';

const noCompiler = spawnSync('cc', ['--version']).status === 0 ? false : 'the sender needs a C compiler, cc';
const seed = 15;
const chances = 2_000;
const ours = `ether src ${made.senderAddress}`;

describe('frames that may carry a name', { skip: noNetwork || noCompiler }, () => {
  const folder = temporaryFolder();
  let sender: string;
  let veth: Veth;
  before(() => {
    sender = buildTool('sender', folder.path);
    veth = openVeth();
    ip('link', 'set', veth.host, 'mtu', '9000');
    ip('-n', veth.namespace, 'link', 'set', veth.peer, 'mtu', '9000');
    untilItCarries(['ip'], veth.host);
  });
  after(() => veth.close());

  const ethernetFrames = made.ethernetFrames();
  const everything = () => [
    ...ethernetFrames,
    ...made.longFrames(),
    ...made.changedByChance(ethernetFrames, chances, 12, seed),
    lastFrame,
  ];
  /** Sends from the other end, or on an interface that is here. */
  const send = (frames: readonly Uint8Array[], here?: string) => () => {
    const file = folder.file('frames.pcap', pcapFile({}, frames));
    const within = here === undefined ? ['ip', 'netns', 'exec', veth.namespace] : [];
    const [program, ...words] = [...within, sender, '-p', '40000', file, here ?? veth.peer];
    execFileSync(program!, words);
  };

  for (const snapshotBytes of [96, 128, 256, 5_000]) {
    test(`arrive whole with -s ${snapshotBytes}, and others as without`, async () => {
      const counts = await compareWithNames({
        options: { interface: veth.host, filter: ours, snapshotBytes },
        // The kernel takes the first tag off.
        place: { typeAt: 12, mostTags: 2 },
        send: send(everything()),
      });
      assert.ok(counts.frames > chances && counts.names > 500, JSON.stringify(counts));
    });
  }

  test('arrive whole on loopback', async () => {
    const counts = await compareWithNames({
      options: { interface: 'lo', filter: ours },
      place: { typeAt: 12, mostTags: 2 },
      send: send(everything(), 'lo'),
    });
    assert.ok(counts.names > 500, JSON.stringify(counts));
  });

  test('arrive whole behind a tag that stands in the frame', async () => {
    const short = ethernetFrames.filter(({ length }) => length < 800);
    const frames = [...short, ...ethernetFrames.filter(({ length }) => length >= 800).slice(-90), lastFrame];
    const counts = await compareWithNames({
      options: { interface: veth.host, filter: ours, direction: 'out' },
      place: { typeAt: 12, mostTags: 1 },
      send: () => {
        for (let at = 0; at < frames.length; at += 300) sendFrames(veth.host, frames.slice(at, at + 300));
      },
    });
    assert.ok(counts.names > 100, JSON.stringify(counts));
  });

  test('arrive whole from all interfaces', async () => {
    // Without what the other end's kernel says of itself: messages for neighbours and groups.
    const quiet = 'not arp and not (ip and ip[16] & 0xf0 == 0xe0) and not (ip6 and ip6[24] == 0xff)';
    const counts = await compareWithNames({
      options: {
        interface: 'any',
        filter: `ifindex ${interfaceIndex(veth.host)} and ${quiet}`,
        direction: 'in',
      },
      place: { ipAt: 20 },
      send: send(everything()),
    });
    assert.ok(counts.frames > chances && counts.names > 200, JSON.stringify(counts));
  });

  /** ARPHRD_NONE, as it comes; and ARPHRD_PPP, for which libpcap makes up a cooked header of 16 bytes. */
  const linksOfTun = [
    { what: 'without link headers', hardwareType: undefined, ipAt: 0 },
    { what: 'with cooked headers', hardwareType: 512, ipAt: 16 },
  ];
  for (const { what, hardwareType, ipAt } of linksOfTun) {
    test(`arrive whole from an interface ${what}`, async (context) => {
      const tun = openTun(`${veth.namespace}t`, hardwareType);
      context.after(() => tun.close());
      const packets = made.rawPackets();
      const all = [...packets, ...made.changedByChance(packets, chances, 0, seed), lastRawPacket];
      const file = folder.file('packets.pcap', pcapFile({ linkType: 101 }, all));
      const counts = await compareWithNames({
        options: { interface: tun.name, direction: 'in' },
        place: { ipAt },
        send: () => tun.write(file),
      });
      assert.ok(counts.frames > chances / 2 && counts.names > 200, JSON.stringify(counts));
    });
  }
});
