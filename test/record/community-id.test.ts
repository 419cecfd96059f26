/** Community ids against the values that its specification publishes. test/record/community-id-tshark.test.ts has Wireshark's. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FlowRecord } from '../../src/record/record.js';
import { communityIdOf } from '../support/community-ids.js';
import { recordBetween } from '../support/records.js';

/** Protocol, both ends, ports or ICMP's type and code, id: of baseline/baseline_deflt.json in corelight/community-id-spec. */
const published = [
  [1, '192.168.0.89', '192.168.0.1', 8, 0, '1:X0snYXpgwiv9TZtqg64sgzUn6Dk='],
  [1, '192.168.0.1', '192.168.0.89', 0, 8, '1:X0snYXpgwiv9TZtqg64sgzUn6Dk='],
  [1, '10.0.0.1', '10.0.0.2', 11, 0, '1:YHxtAirCG//0OzkcVAukqKQN9xM='],
  [6, '128.232.110.120', '66.35.250.204', 34855, 80, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
  [6, '66.35.250.204', '128.232.110.120', 80, 34855, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
  [
    6,
    '2001:470:e5bf:dead:4957:2174:e82c:4887',
    '2607:f8b0:400c:c03::1a',
    63943,
    25,
    '1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=',
  ],
  [17, '192.168.1.52', '8.8.8.8', 54585, 53, '1:d/FP5EW3wiY1vCndhwleRRKHowQ='],
  [17, '8.8.8.8', '192.168.1.52', 53, 54585, '1:d/FP5EW3wiY1vCndhwleRRKHowQ='],
  [46, '10.1.12.1', '10.1.12.2', 0, 0, '1:KHlLkgoJW7ifUTyTSgyVfkFHzKw='],
  [46, '10.1.12.2', '10.1.12.1', 0, 0, '1:KHlLkgoJW7ifUTyTSgyVfkFHzKw='],
  [58, 'fe80::200:86ff:fe05:80da', 'fe80::260:97ff:fe07:69ea', 135, 0, '1:dGHyGvjMfljg6Bppwm3bg0LO8TY='],
  [58, 'fe80::260:97ff:fe07:69ea', 'fe80::200:86ff:fe05:80da', 136, 0, '1:dGHyGvjMfljg6Bppwm3bg0LO8TY='],
  [58, 'fe80::260:97ff:fe07:69ea', 'fe80::200:86ff:fe05:80da', 135, 0, '1:zavyT/cezQr1fmImYCwYnMXbgck='],
  [58, '3ffe:501:1800:2345::2', '3ffe:507:0:1:200:86ff:fe05:80da', 3, 0, '1:2ObVBgIn28oZvibYZhZMBgh7WdQ='],
  [
    58,
    '3ffe:501:410:0:2c0:dfff:fe47:33e',
    '3ffe:507:0:1:200:86ff:fe05:80da',
    1,
    4,
    '1:hLZd0XGWojozrvxqE0dWB1iM6R0=',
  ],
  [58, '3ffe:507:0:1:200:86ff:fe05:80da', '3ffe:501:0:1001::2', 128, 0, '1:+TW+HtLHvV1xnGhV1lv7XoJrqQg='],
  [58, 'fe80::200:86ff:fe05:80da', 'ff02::2', 133, 0, '1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0='],
  [58, 'fe80::260:97ff:fe07:69ea', 'ff02::1', 134, 0, '1:pkvHqCL88/tg1k4cPigmZXUtL00='],
  [132, '192.168.170.8', '192.168.170.56', 7, 7, '1:MP2EtRCAUIZvTw6MxJHLV7N7JDs='],
  [132, '192.168.170.56', '192.168.170.8', 7, 7, '1:MP2EtRCAUIZvTw6MxJHLV7N7JDs='],
] as const;

function recordOf(
  protocol: number,
  source: string,
  target: string,
  first: number,
  second: number,
): FlowRecord {
  const isIcmp = protocol === 1 || protocol === 58;
  const ends = { protocol, source, target };
  const record = recordBetween(isIcmp || protocol === 46 ? ends : { ...ends, ports: [first, second] });
  if (isIcmp) Object.assign(record.forward, { icmpType: first, icmpCode: second });
  return record;
}

test('ids are those of the specification', () => {
  assert.deepEqual(
    published.map(([protocol, source, target, first, second]) =>
      communityIdOf(recordOf(protocol, source, target, first, second)),
    ),
    published.map((row) => row[5]),
  );
});

describe('messages of ICMP', () => {
  test('that only came back have the id that they have from their sender', () => {
    for (const type of [0, 8, 3]) {
      const sent = recordOf(1, '10.0.0.2', '10.0.0.1', type, 1);
      const cameBack = recordOf(1, '10.0.0.1', '10.0.0.2', type, 1);
      cameBack.reverse.become(cameBack.forward);
      cameBack.forward.clear();
      assert.equal(communityIdOf(cameBack), communityIdOf(sent), `type ${type}`);
    }
  });

  test('that ask nothing have an id for each direction', () => {
    const there = communityIdOf(recordOf(1, '10.0.0.1', '10.0.0.2', 3, 1));
    const back = communityIdOf(recordOf(1, '10.0.0.2', '10.0.0.1', 3, 1));
    assert.notEqual(there, back);
  });
});

test('both ends at one address are told apart by their ports', () => {
  assert.equal(
    communityIdOf(recordOf(6, '127.0.0.1', '127.0.0.1', 40_000, 80)),
    communityIdOf(recordOf(6, '127.0.0.1', '127.0.0.1', 80, 40_000)),
  );
});

test('a protocol whose ports the specification does not know goes by its addresses', () => {
  const udpLite = (port: number) => communityIdOf(recordOf(136, '10.0.0.1', '10.0.0.2', port, 53));
  assert.equal(udpLite(4000), udpLite(5000));
});

test('a record of more than one conversation has none', () => {
  const absent = (change: (record: FlowRecord) => void, protocol = 6) => {
    const record = recordOf(protocol, '10.0.0.1', '10.0.0.2', 8, 0);
    change(record);
    assert.equal(communityIdOf(record), undefined);
  };
  absent((record) => {
    record.rest = true;
  });
  absent((record) => {
    record.sourcePortFolded = true;
  });
  absent((record) => {
    record.targetPortFolded = true;
  });
  absent((record) => {
    record.sourceFold = 'office';
  });
  absent((record) => {
    record.targetFold = 'office';
  });
  // Later fragments.
  absent(({ key }) => {
    key.hasPorts = 0;
  });
  absent(({ forward }) => {
    forward.icmpType = -1;
  }, 1);
});
