import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { defaultRouteIpv4, defaultRouteIpv6 } from '../../../../src/source/live/interfaces/default-route.js';

/** As the kernel writes it, columns padded with blanks. */
const tableIPv4 = (...rows: string[]) =>
  ['Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT', ...rows, ''].join(
    '\n',
  );
const rowIPv4 = (name: string, destination: string, flags: string, metric: number, mask: string) =>
  `${name}\t${destination}\t0100A8C0\t${flags}\t0\t0\t${metric}\t${mask}\t0\t0\t0   `;

const rowIPv6 = (name: string, prefix: string, flags: string, metric: string) =>
  `${'0'.repeat(32)} ${prefix} ${'0'.repeat(32)} 00 fe800000000000000000000000000001 ${metric} 00000001 00000000 ${flags} ${name.padStart(8)}`;

describe('the default route', () => {
  test('of IPv4 is the one of no destination and no mask with the lowest metric', () => {
    const table = tableIPv4(
      rowIPv4('docker0', '000011AC', '0001', 0, '0000FFFF'),
      rowIPv4('wlan0', '00000000', '0003', 600, '00000000'),
      rowIPv4('eth0', '00000000', '0003', 100, '00000000'),
      // 0.0.0.0/1, as some VPNs have it, leads half of the world.
      rowIPv4('tun0', '00000000', '0003', 50, '00000080'),
    );
    assert.equal(defaultRouteIpv4(table), 'eth0');
  });

  test('of IPv4 is none that is not up', () => {
    assert.equal(defaultRouteIpv4(tableIPv4(rowIPv4('eth0', '00000000', '0002', 0, '00000000'))), undefined);
  });

  test('of IPv6 is none that rejects', () => {
    const table = [
      rowIPv6('lo', '00', '00200200', 'ffffffff'),
      rowIPv6('eth1', '40', '00000003', '00000010'),
      rowIPv6('eth0', '00', '00000003', '00000400'),
    ].join('\n');
    assert.equal(defaultRouteIpv6(table), 'eth0');
    assert.equal(defaultRouteIpv6(rowIPv6('lo', '00', '00200200', 'ffffffff')), undefined);
  });

  test('is found or not found in any text', () => {
    const pieces = fc.constantFrom(
      'eth0',
      '00000000',
      '0'.repeat(32),
      '00',
      '0003',
      '\t',
      ' ',
      '\n',
      'x',
      '-1',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (words) => {
        for (const find of [defaultRouteIpv4, defaultRouteIpv6]) {
          const found = find(words.join(' '));
          assert.ok(found === undefined || found.length > 0);
        }
      }),
      { seed: 1 },
    );
  });
});
