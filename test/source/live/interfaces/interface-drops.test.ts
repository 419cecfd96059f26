import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InterfaceDrops } from '../../../../src/source/live/interfaces/interface-drops.js';

/** What the kernel says of each interface; nothing of one that is gone. */
const dropsOf = (kernel: Record<string, number>) => new InterfaceDrops('eth0', (name) => kernel[name]);

test('the drops of an interface are those since it is captured on, also when it is made anew', () => {
  const kernel: Record<string, number> = { eth0: 5 };
  const drops = dropsOf(kernel);
  const count = (now: number | undefined) => {
    if (now === undefined) delete kernel['eth0'];
    else kernel['eth0'] = now;
    return drops.count();
  };
  assert.deepEqual([5, 8, undefined, 2, 1].map(count), [0, 3, 3, 5, 6]);
});

test('the drops of one interface stay when another is captured on', () => {
  const kernel: Record<string, number> = { eth0: 5, eth1: 100 };
  const drops = dropsOf(kernel);
  kernel['eth0'] = 9;
  drops.moveTo('eth1');
  kernel['eth0'] = 50;
  kernel['eth1'] = 101;
  assert.equal(drops.count(), 5);
});

test('the drops of an interface that the kernel does not tell of are unknown', () => {
  assert.equal(dropsOf({}).count(), undefined);
});
