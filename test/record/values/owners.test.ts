/** What records say of owners: whole, for each kind, each origin, each reason, and either end. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createJsonFormat } from '../../../src/record/json.js';
import { type KnownOwner, noOwnerReasons, ownerKinds, ownerOrigins } from '../../../src/record/owner.js';
import type { FlowRecord } from '../../../src/record/record.js';
import { full } from '../../../src/record/schemas/full.js';
import { schemaNeeds } from '../../../src/record/schemas/needs.js';
import { jsonOf, testFacts } from '../../support/formats.js';
import {
  backupUnit,
  known,
  nobody,
  plainGroup,
  plainUser,
  podAlone,
  podContainer,
  webUnit,
} from '../../support/owners.js';
import { recordWindow, restOf, webConversation } from '../../support/records.js';

type Told = Readonly<Record<string, unknown>>;

/** All that a record says of owners, but the line for people. */
function toldOf(record: FlowRecord, conversations = true): Told {
  const told = Object.entries(jsonOf(full, record, { conversations }));
  return Object.fromEntries(told.filter(([name]) => /(^|_)owner(_|$)/.test(name)));
}

const under = (prefix: string, told: Told): Told =>
  Object.fromEntries(Object.entries(told).map(([name, value]) => [`${prefix}${name}`, value]));

/** `told` of the record and of one of its ends, whose process only the record names. */
function ofEnd(side: 'source' | 'target', role: 'client' | 'server', told: Told): Told {
  const { owner_process: _, ...each } = told;
  return { ...under(`${side}_`, each), ...under(`${role}_`, each), ...told };
}

const remote = nobody['not-local'];
const conversation = (change: Partial<FlowRecord>) => Object.assign(webConversation(), change);

const backup = {
  ...{ owner: 'backup.service', owner_kind: 'unit', owner_from: 'socket', owner_unit: 'backup.service' },
  ...{ owner_cgroup: '/system.slice/backup.service', owner_user_id: 34, owner_pid: 1_207 },
  ...{ owner_command: 'restic', owner_process: 'restic' },
};
const web = {
  ...{ owner: 'nginx.service', owner_kind: 'unit', owner_from: 'listener', owner_unit: 'nginx.service' },
  ...{ owner_cgroup: '/system.slice/nginx.service', owner_user_id: 0, owner_command: 'nginx' },
};
const kinds = [
  ['a unit of one process', backupUnit, backup],
  ['a unit of several processes', webUnit, { ...web, owner_from: 'socket' }],
  [
    'a container in a pod',
    podContainer,
    {
      ...{ owner: '3f4e8a1b9c0d', owner_kind: 'container', owner_from: 'socket' },
      owner_unit: 'cri-containerd-3f4e8a1b9c0d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f.scope',
      owner_container: '3f4e8a1b9c0d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f',
      ...{ owner_pod: '0f6d1c2a-5b3e-4d7f-9a8b-1c2d3e4f5a6b', owner_cgroup: podContainer.cgroup },
      ...{ owner_user_id: 65_534, owner_pid: 40_021, owner_command: 'coredns', owner_process: 'coredns' },
    },
  ],
  [
    'a pod',
    podAlone,
    {
      ...{ owner: '0f6d1c2a-5b3e-4d7f-9a8b-1c2d3e4f5a6b', owner_kind: 'pod', owner_from: 'socket' },
      ...{ owner_pod: '0f6d1c2a-5b3e-4d7f-9a8b-1c2d3e4f5a6b', owner_cgroup: podAlone.cgroup },
      owner_user_id: 0,
    },
  ],
  [
    'a control group',
    plainGroup,
    {
      ...{ owner: '/jobs/nightly', owner_kind: 'cgroup', owner_from: 'socket' },
      ...{ owner_cgroup: '/jobs/nightly', owner_user_id: 1_000 },
    },
  ],
  ['a user', plainUser, { owner: 'alice', owner_kind: 'user', owner_from: 'socket', owner_user_id: 1_000 }],
] as const;

describe('an end at this host', () => {
  for (const [name, owner, told] of kinds) {
    test(`is ${name}'s`, () => {
      const record = conversation({ sourceOwner: known(owner), targetOwner: remote });
      assert.deepEqual(toldOf(record), ofEnd('source', 'client', told));
    });
  }

  test('may be of every kind, and be known in every way', () => {
    assert.deepEqual([...new Set(kinds.map(([, { kind }]) => kind))].sort(), [...ownerKinds].sort());
    for (const from of ownerOrigins) {
      if (from === 'none') continue;
      const record = conversation({ sourceOwner: remote, targetOwner: known(webUnit, from) });
      assert.deepEqual(toldOf(record), ofEnd('target', 'server', { ...web, owner_from: from }));
    }
  });

  for (const reason of noOwnerReasons) {
    if (reason === 'not-local') continue;
    test(`has no owner: ${reason}`, () => {
      const record = conversation({ sourceOwner: nobody[reason], targetOwner: remote });
      const { owner_missing, ...told } = toldOf(record);
      assert.equal(owner_missing, reason);
      assert.deepEqual(told, ofEnd('source', 'client', { owner_from: 'none' }));
    });
  }
});

test('where both ends are at other hosts, only that is said', () => {
  const record = conversation({ sourceOwner: remote, targetOwner: remote });
  assert.deepEqual(toldOf(record), { owner_from: 'none', owner_missing: 'not-local' });
});

test("of a container's end and of this host's, the record tells of this host's, whichever is the client", () => {
  const [container, here] = [nobody['other-namespace'], nobody['no-socket']];
  const missing = (sourceOwner: KnownOwner, targetOwner: KnownOwner) => {
    return toldOf(conversation({ sourceOwner, targetOwner })).owner_missing;
  };
  assert.deepEqual([missing(container, here), missing(here, container)], ['no-socket', 'no-socket']);
  assert.deepEqual(
    [missing(container, remote), missing(remote, container), missing(container, container)],
    ['other-namespace', 'other-namespace', 'other-namespace'],
  );
});

describe('where both ends are at this host, the record tells', () => {
  const both = (change: Partial<FlowRecord>) => {
    const told = toldOf(conversation(change));
    return Object.fromEntries(Object.entries(told).filter(([name]) => name.startsWith('owner')));
  };
  const ends = { sourceOwner: known(backupUnit), targetOwner: known(webUnit, 'listener') };

  test("the client's owner", () => {
    assert.deepEqual(both(ends), backup);
    assert.deepEqual(both({ ...ends, client: 'target' }), web);
  });

  test("the server's, where the client's is not known", () => {
    assert.deepEqual(both({ ...ends, sourceOwner: nobody['no-socket'] }), web);
  });

  test("why the client's is not known, where neither is", () => {
    const unknown = { sourceOwner: nobody['no-socket'], targetOwner: nobody['not-asked'] };
    assert.deepEqual(both(unknown), { owner_from: 'none', owner_missing: 'no-socket' });
  });

  test('and each end its own', () => {
    const { owner_process: _, ...each } = backup;
    assert.deepEqual(toldOf(conversation(ends)), {
      ...under('source_', each),
      ...under('client_', each),
      ...under('target_', web),
      ...under('server_', web),
      ...backup,
    });
  });
});

test('a record of one direction tells of both ends as well', () => {
  const answer = Object.assign(webConversation(), {
    ...{ client: 'target', sourceOwner: known(webUnit, 'listener'), targetOwner: remote, flows: 1 },
  });
  assert.deepEqual(toldOf(answer, false), ofEnd('source', 'server', web));
});

test('where nobody asked, and in a record of the rest, nothing is said', () => {
  assert.deepEqual(toldOf(webConversation()), {});
  assert.deepEqual(toldOf(restOf(6, 7)), {});
});

describe('in a record of several flows of an owner', () => {
  const folded = (owner: KnownOwner) =>
    toldOf(
      conversation({
        ...{ sourceOwner: owner, sourceFold: owner.name, sourcePortFolded: true, targetOwner: remote },
      }),
    );

  test('only what its name says is told', () => {
    const { owner, owner_kind, owner_unit } = backup;
    assert.deepEqual(folded(known(backupUnit)), ofEnd('source', 'client', { owner, owner_kind, owner_unit }));
    assert.deepEqual(
      folded(known(podContainer)),
      ofEnd('source', 'client', {
        ...{ owner: '3f4e8a1b9c0d', owner_kind: 'container', owner_container: podContainer.container },
      }),
    );
    assert.deepEqual(
      folded(known(podAlone)),
      ofEnd('source', 'client', { owner: podAlone.name, owner_kind: 'pod', owner_pod: podAlone.pod }),
    );
    assert.deepEqual(
      folded(known(plainGroup)),
      ofEnd('source', 'client', { owner: '/jobs/nightly', owner_kind: 'cgroup' }),
    );
    assert.deepEqual(
      folded(known(plainUser)),
      ofEnd('source', 'client', { owner: 'alice', owner_kind: 'user', owner_user_id: 1_000 }),
    );
  });

  test('the other end, which is one, has all that is known', () => {
    const record = conversation({
      ...{ sourceOwner: null, sourceFold: 'office', targetOwner: known(webUnit, 'listener') },
    });
    assert.deepEqual(toldOf(record), ofEnd('target', 'server', web));
  });
});

test('bytes that are kept of an owner are those of that owner, told in that way, of any number of owners', () => {
  const names = ['owner', 'source_owner_pid', 'owner_from'] as const;
  const schema = { name: '', fields: names.map((name) => ({ name, value: name })), numbered: [] };
  const format = createJsonFormat({ schema, facts: testFacts, numbered: false });
  format.openWindow(recordWindow);
  const bytes = Buffer.alloc(format.maxRecordBytes);
  const record = conversation({ targetOwner: remote });
  const tell = (owner: KnownOwner, fold: string | null) => {
    Object.assign(record, { sourceOwner: owner, sourceFold: fold });
    return bytes.toString('utf8', 0, format.encode(record, bytes, 0));
  };
  const owners = Array.from({ length: 2_500 }, (_, index) =>
    known({ ...webUnit, number: index + 1, name: `web-${index}.service`, pid: index }),
  );
  for (const each of [...owners, ...owners]) {
    const { name } = each;
    const one = `{"owner":"${name}","source_owner_pid":${each.owner!.pid},"owner_from":"socket"}\n`;
    assert.equal(tell(each, null), one);
    assert.equal(tell(each, name), `{"owner":"${name}"}\n`);
    assert.equal(tell(each, null), one);
  }
});

test('an owner takes what sockets are found by, and who is the client where that says which end is meant', () => {
  const needs = (value: 'owner' | 'source_owner_pid' | 'client_owner_unit' | 'owner_missing') => {
    const { figures, knowledge } = schemaNeeds({ name: '', fields: [{ name: value, value }], numbered: [] });
    return [[...figures].sort(), [...knowledge].sort()];
  };
  const figures = ['interface', 'tcpFlags', 'ttl'];
  assert.deepEqual(needs('source_owner_pid'), [figures, ['owners']]);
  for (const value of ['owner', 'client_owner_unit', 'owner_missing'] as const)
    assert.deepEqual(needs(value), [figures, ['owners', 'roles']]);
});
