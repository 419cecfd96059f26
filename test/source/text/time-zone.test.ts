/** The zone of the process by the C library, by Node, and where the two are known to be the same. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { loadNative } from '../../../src/host/native.js';
import { hostLocalTime, isSameZone, nodeLocalTime } from '../../../src/source/text/time-zone.js';
import * as captures from '../../support/captures.js';
import { frame } from '../../support/frames.js';
import { packetLines, runTcpdump, tcpdumpVersion } from '../../support/tcpdump.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const zone = process.env['TZ'];
after(() => setZone(zone));

function setZone(tz: string | undefined): void {
  if (tz === undefined) delete process.env['TZ'];
  else process.env['TZ'] = tz;
}

/** Summer and winter, and every quarter of an hour around the changes of clocks in New York and Berlin. */
const changes = ['2023-03-12T07:00Z', '2023-03-26T01:00Z', '2023-10-29T01:00Z', '2023-11-05T06:00Z'];
const seconds = [
  ...changes.flatMap((change) =>
    Array.from({ length: 24 }, (_, quarter) => Date.parse(change) / 1_000 + (quarter - 12) * 900),
  ),
  1_690_000_000,
  1_700_000_000,
].sort((a, b) => a - b);
const bytes = frame().ethernet().ipv4().udp().payload(Uint8Array.of(1)).bytes();
const capture = captures.pcapFile(
  {},
  seconds.map((seconds) => ({ bytes, timestampUs: seconds * 1_000_000 })),
);

const { native } = loadNative();
const doubts: string[] = [];
const localTime = hostLocalTime((reason) => doubts.push(reason));

describe('tcpdump and the C library', {
  skip: (!native || !tcpdumpVersion) && 'no addon, or no tcpdump',
}, () => {
  for (const tz of [
    undefined,
    '',
    'UTC0',
    'Europe/Berlin',
    ':Europe/Berlin',
    ':/usr/share/zoneinfo/Europe/Berlin',
    'right/Europe/Berlin',
    'Australia/Lord_Howe',
    'Nowhere/City',
    'CST-8',
    'IST-5:30',
    '<+0330>-3:30',
    'EST5EDT,M3.2.0,M11.1.0',
  ]) {
    it(`have the same time with TZ=${tz ?? ' unset'}`, () => {
      setZone(tz);
      const lines = packetLines(runTcpdump(capture, ['-nn', '-tttt']).text, 0, localTime);
      assert.deepEqual(
        lines.map(({ timestampUs }) => timestampUs / 1_000_000),
        seconds,
      );
      assert.deepEqual(doubts, []);
    });
  }
});

describe('without the C library', () => {
  const folder = temporaryFolder();
  const files = { folder: '/usr/share/zoneinfo', local: join(folder.path, 'localtime') };
  const berlin = '/usr/share/zoneinfo/Europe/Berlin';
  const hasZones = existsSync(berlin);

  function isSame(tz: string | undefined, place = files): boolean {
    setZone(tz);
    return isSameZone(tz, place);
  }

  it('the zone is known to be the same where both know its name', { skip: !hasZones }, () => {
    for (const tz of ['Europe/Berlin', ':Europe/Berlin', 'UTC', 'America/New_York', 'Asia/Kolkata']) {
      assert.ok(isSame(tz), tz);
    }
  });

  it('the zone is known to be the same where both take it for UTC', () => {
    const nowhere = { folder: '/nowhere', local: '/nowhere/localtime' };
    for (const tz of ['', ':', 'UTC', 'UTC0', 'GMT']) assert.ok(isSame(tz, nowhere), tz);
  });

  it('the zone may be another one where it is a rule, a path or one without data', () => {
    for (const tz of ['IST-5:30', '<+0330>-3:30', 'EST5EDT,M3.2.0,M11.1.0', 'CST-8', 'Nowhere/City']) {
      assert.ok(!isSame(tz), tz);
    }
    assert.ok(!isSame(`:${berlin}`));
    assert.ok(!isSame('Europe/Berlin', { folder: '/nowhere', local: files.local }));
  });

  it('the zone that is set nowhere is that of the file', { skip: !hasZones }, () => {
    setZone('Europe/Berlin');
    copyFileSync(berlin, files.local);
    assert.ok(isSameZone(undefined, files));
    setZone('Asia/Tokyo');
    assert.ok(!isSameZone(undefined, files));
  });

  it('Node converts', () => {
    setZone('Asia/Kolkata');
    assert.equal(nodeLocalTime(1_700_000_000), 1_700_000_000 + 19_800);
  });
});
