/** Names of records: no two records of a window have the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KnownOwner, OwnerKind } from '../../../src/record/owner.js';
import type { Schema } from '../../../src/record/schemas/schema.js';
import { hashWindow } from '../../../src/record/values/ids.js';
import { jsonOf, testFacts } from '../../support/formats.js';
import { recordBetween } from '../../support/records.js';

const idAlone: Schema = { name: 'ids', fields: [{ name: 'id', value: 'record_id' }], numbered: [] };

test('flows between two networks that differ in who is the client have names of their own', () => {
  const ids = (['source', 'target'] as const).map((client) => {
    const record = recordBetween({ protocol: 1, source: '0.0.0.0', target: '0.0.0.1' });
    Object.assign(record, { client, sourceFold: 'office', targetFold: 'servers' });
    return jsonOf(idAlone, record).id;
  });
  assert.notEqual(ids[0], ids[1]);
});

test('flows of a network and of owners of that name, each of its kind, have names of their own', () => {
  const ownerOf = (kind: OwnerKind): KnownOwner => {
    const about = {
      unit: null,
      container: null,
      pod: null,
      cgroup: null,
      userId: -1,
      pid: -1,
      command: null,
    };
    const owner = { number: 1, kind, name: 'office', ...about };
    return { number: 1, name: 'office', owner, from: 'socket', reason: null };
  };
  const owners = [null, ownerOf('user'), ownerOf('unit')];
  const folds = owners.flatMap((owner) => [
    { sourceFold: 'office', sourceOwner: owner },
    { targetFold: 'office', targetOwner: owner },
  ]);
  const ids = folds.map((fold) => {
    const record = recordBetween({ protocol: 6, source: '0.0.0.1', target: '0.0.0.1', ports: [443, 443] });
    return jsonOf(idAlone, Object.assign(record, fold)).id;
  });
  assert.equal(new Set(ids).size, ids.length);
});

test('who is the client of a single flow is no part of its name', () => {
  const ids = (['source', 'target'] as const).map((client) => {
    const record = recordBetween({
      protocol: 6,
      source: '10.0.0.1',
      target: '10.0.0.2',
      ports: [443, 50_000],
    });
    return jsonOf(idAlone, Object.assign(record, { client })).id;
  });
  assert.equal(ids[0], ids[1]);
});

test('a window that opens again has records of other names', () => {
  const bounds = { startUs: 1_473_377_300_000_000, endUs: 1_473_377_320_000_000 };
  const windows = [bounds, { ...bounds, again: 1 }, { ...bounds, again: 2 }];
  assert.equal(new Set(windows.map((window) => hashWindow(testFacts, window).join())).size, 3);
});
