import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../src/host/failure.js';
import { checkInterfaces, isPattern } from '../../src/settings/interface-words.js';

test('patterns are told from names', () => {
  assert.deepEqual(['eth*', 'eth?', '!eth0', '*'].map(isPattern), [true, true, true, true]);
  assert.deepEqual(['eth0', 'eth0.5', 'br-1', 'any', 'auto', 'wg+'].map(isPattern), Array(6).fill(false));
});

test('what would count twice, or cannot be, is refused', () => {
  const refusal = (given: readonly string[], exitOnInterfaceLoss = false) => {
    try {
      checkInterfaces(given, exitOnInterfaceLoss);
      return undefined;
    } catch (error) {
      assert.ok(error instanceof UsageError);
      return error.message;
    }
  };
  for (const fine of [[], ['any'], ['auto'], ['eth0', 'auto'], ['eth*', '!eth1', 'lo']])
    assert.equal(refusal(fine), undefined);
  for (const beside of ['eth0', 'x*', '!x*'])
    assert.equal(
      refusal(['any', beside]),
      '-i any: has the packets of every interface; leave it out, or the others',
    );
  assert.equal(
    refusal(['auto', 'lo', '!x*']),
    '-i auto: does not go together with patterns like !x*; leave one of them out',
  );
  assert.equal(refusal(['eth0', '!']), "-i !: a pattern is missing after it; write -i '!NAME'");
  assert.equal(refusal(['eth0'], true), undefined);
  assert.equal(
    refusal(['eth*'], true),
    "--exit-on-interface-loss: with -i 'eth*' interfaces come and go; leave it out, or name the interface",
  );
});
