import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { Turns } from '../../src/flow/turns.js';

/** Captures that read the windows that they are given, and note it as "capture window". */
function createRig(pipes: readonly boolean[]) {
  const turns = new Turns(pipes);
  const noted: string[] = [];
  const enter = async (position: number, startUs: number) => {
    await turns.enter(position, startUs);
    noted.push(`${position} ${startUs}`);
  };
  /** Reads the windows one after the other, then ends. */
  const readAll = async (position: number, starts: readonly number[]) => {
    for (const startUs of starts) {
      await enter(position, startUs);
      await eventLoopTurn();
    }
    turns.end(position);
  };
  return { turns, noted, enter, readAll };
}

describe('turns of captures', () => {
  test('come at once for one that is alone, in whatever order its windows are', () => {
    const turns = new Turns([false]);
    for (const startUs of [20, 40, 0, 20]) assert.equal(turns.enter(0, startUs), undefined);
  });

  test('follow the windows, and in each of them the order of the files', async () => {
    const { noted, readAll } = createRig([false, false, false]);
    await Promise.all([readAll(0, [20, 40, 60]), readAll(1, [0, 40]), readAll(2, [0, 20, 60])]);
    assert.deepEqual(noted, ['1 0', '2 0', '0 20', '2 20', '0 40', '1 40', '0 60', '2 60']);
  });

  test('wait until the first window of each is known, or that there is none', async () => {
    const { turns, noted, enter } = createRig([false, true]);
    const entered = enter(0, 20);
    await eventLoopTurn();
    assert.deepEqual(noted, []);
    turns.end(1);
    await entered;
    assert.deepEqual(noted, ['0 20']);
  });

  test('go to all pipes that have come to the window, beside a file', async () => {
    const { turns, noted, enter } = createRig([true, false, true, false]);
    const entered = [0, 1, 2, 3].map((position) => enter(position, 20));
    await eventLoopTurn();
    assert.deepEqual(noted, ['0 20', '1 20', '2 20']);
    turns.end(1);
    await Promise.all(entered);
    assert.deepEqual(noted.slice(3), ['3 20']);
  });

  test('come at once where times go back, and the others wait', async () => {
    const { turns, noted, enter } = createRig([false, false]);
    await Promise.all([enter(0, 20), enter(1, 40)].slice(0, 1));
    assert.equal(turns.enter(0, 0), undefined);
    await eventLoopTurn();
    assert.deepEqual(noted, ['0 20']);
    const waiting = turns.enter(0, 60);
    await eventLoopTurn();
    assert.deepEqual(noted, ['0 20', '1 40']);
    turns.end(1);
    await waiting;
  });
});
