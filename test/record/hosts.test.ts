/** Which name an end of a record is shown by, and what says where it is from. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FlowRecord } from '../../src/record/record.js';
import { full } from '../../src/record/schemas/full.js';
import { legacy, legacyWithAnyName } from '../../src/record/schemas/legacy.js';
import { jsonOf } from '../support/formats.js';
import { recordBetween } from '../support/records.js';

const source = '10.8.0.1';

function recordWith(names: Partial<FlowRecord>): FlowRecord {
  const ends = { protocol: 6, source: '10.8.0.1', target: '192.0.2.1', ports: [40_000, 443] } as const;
  return Object.assign(recordBetween(ends), names);
}

/** Name, its origin, and what stands where none is known, of one end. */
function shown(names: Partial<FlowRecord>, end: 'source' | 'target'): unknown[] {
  const told = jsonOf(full, recordWith(names));
  return ['host', 'host_from', 'host_or_address', 'asked_or_ip'].map((value) => told[`${end}_${value}`]);
}

const sni = { serverName: 'asked.example', serverNameOf: 'target' } as const;
const ofTarget = { targetDns: 'looked-up.example', targetPtr: 'owner.example' };

describe('an end of a record', () => {
  test('has the name that the connection asked for, else the one looked up, else that of reverse DNS', () => {
    for (const [names, expected] of [
      [{ ...ofTarget, ...sni }, ['asked.example', 'sni', 'asked.example', 'asked.example']],
      [ofTarget, ['looked-up.example', 'dns', 'looked-up.example', 'looked-up.example']],
      [{ targetPtr: 'owner.example' }, ['owner.example', 'ptr', 'owner.example', '192.0.2.1']],
      [{}, [undefined, 'none', '192.0.2.1', '192.0.2.1']],
    ] as const)
      assert.deepEqual(shown(names, 'target'), expected);
  });

  test('has no name of the other end', () => {
    const names = { ...ofTarget, ...sni };
    assert.deepEqual(shown(names, 'source'), [undefined, 'none', source, source]);
    const answer = { sourceDns: 'looked-up.example', ...sni, serverNameOf: 'source' } as const;
    assert.deepEqual(shown(answer, 'source'), ['asked.example', 'sni', 'asked.example', 'asked.example']);
    assert.deepEqual(shown(answer, 'target'), [undefined, 'none', '192.0.2.1', '192.0.2.1']);
  });

  test('without a name in reverse DNS has none, but may have another', () => {
    const none = { targetPtr: 'NXDOMAIN' };
    assert.deepEqual(shown(none, 'target'), [undefined, 'none', 'NXDOMAIN', '192.0.2.1']);
    assert.deepEqual(shown({ ...none, ...sni }, 'target').slice(0, 2), ['asked.example', 'sni']);
    const told = jsonOf(full, recordWith(none));
    assert.deepEqual([told['target_ptr'], told['target_ptr_or_address']], [undefined, 'NXDOMAIN']);
  });

  test('has each of its names by itself, too', () => {
    const told = jsonOf(full, recordWith({ ...ofTarget, ...sni }));
    assert.deepEqual(
      [told['tls_server_name'], told['target_dns'], told['target_ptr'], told['target_ptr_or_address']],
      ['asked.example', 'looked-up.example', 'owner.example', 'owner.example'],
    );
  });

  test('is a client or a server by the same names', () => {
    const told = jsonOf(full, recordWith({ ...ofTarget, ...sni, client: 'target' }));
    assert.deepEqual(
      [told['client_host'], told['client_host_from'], told['client_dns'], told['server_host_from']],
      ['asked.example', 'sni', 'looked-up.example', 'none'],
    );
  });

  test('has no name that is longer than any of the DNS', () => {
    const [longest, longer] = ['a'.repeat(253), 'a'.repeat(254)];
    for (const [name, expected] of [
      [longest, [longest, 'sni', longest, longest]],
      [longer, [undefined, 'none', '192.0.2.1', '192.0.2.1']],
    ] as const)
      assert.deepEqual(shown({ ...sni, serverName: name }, 'target'), expected);
    const told = jsonOf(full, recordWith({ serverName: longer, targetDns: longer, targetPtr: longer }));
    for (const value of ['tls_server_name', 'target_dns', 'target_ptr']) assert.ok(!(value in told), value);
  });

  test('of several addresses is no address', () => {
    const told = jsonOf(full, recordWith({ targetFold: 'office' }));
    assert.deepEqual([told['target_host_or_address'], told['target_asked_or_ip']], ['office', undefined]);
  });
});

test('hosts of legacy have the names of reverse DNS, or all that the user chose', () => {
  const record = recordWith({ ...ofTarget, ...sni, sourcePtr: 'laptop.example' });
  const hosts = (schema: typeof legacy) => {
    const { source_HOST, target_HOST } = jsonOf(schema, record);
    return [source_HOST, target_HOST];
  };
  assert.deepEqual(hosts(legacy), ['laptop.example', 'owner.example']);
  assert.deepEqual(hosts(legacyWithAnyName), ['laptop.example', 'asked.example']);
});
