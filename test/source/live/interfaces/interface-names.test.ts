import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { type InterfaceNotice, loadNative, type Native } from '../../../../src/host/native.js';
import { InterfaceNames } from '../../../../src/source/live/interfaces/interface-names.js';
import { ip, noNetwork, openVeth } from '../../../support/veth.js';

/** Names as a kernel tells them that says what is put into `told`. */
function scripted() {
  const told: InterfaceNotice[] = [];
  const native = {
    openInterfaceNotices: () => -1,
    readInterfaceNotices: () => told.splice(0),
  } as Partial<Native> as Native;
  const tell = (index: number, name: string, present = true) => void told.push({ index, name, present });
  return { names: new InterfaceNames(native), tell };
}

describe('names of interfaces', () => {
  test('are those that the kernel told last', () => {
    const { names, tell } = scripted();
    tell(1, 'lo');
    tell(7, 'eth0');
    assert.deepEqual(names.open(), [
      { index: 1, name: 'lo', present: true },
      { index: 7, name: 'eth0', present: true },
    ]);
    tell(7, 'eth0');
    assert.deepEqual(names.update(), [], 'it came up, or its address changed');
    tell(7, 'lan');
    assert.deepEqual(names.update(), [{ index: 7, name: 'lan', present: true }]);
    assert.deepEqual(
      [1, 7, 8].map((index) => names.nameOf(index)),
      ['lo', 'lan', undefined],
    );
  });

  test('stay when the interface is gone, until another has its index', () => {
    const { names, tell } = scripted();
    names.open();
    tell(7, 'eth0');
    tell(7, 'eth0', false);
    names.update();
    assert.equal(names.nameOf(7), 'eth0');
    tell(7, 'eth0');
    assert.equal(names.update().length, 1, 'one that comes again is new');
    tell(7, 'eth0', false);
    tell(7, 'wlan0');
    assert.deepEqual(names.update(), [{ index: 7, name: 'wlan0', present: true }]);
    assert.equal(names.nameOf(7), 'wlan0');
  });

  test('of interfaces long gone are forgotten', () => {
    const { names, tell } = scripted();
    names.open();
    for (let index = 1; index <= 5_000; index++) {
      tell(index, `veth${index}`);
      tell(index, `veth${index}`, false);
    }
    names.update();
    assert.deepEqual([names.nameOf(904), names.nameOf(905)], [undefined, 'veth905']);
    assert.equal(names.nameOf(5_000), 'veth5000');
  });

  test('come from the kernel as it changes them', { skip: noNetwork }, (context) => {
    const { native } = loadNative();
    const names = new InterfaceNames(native!);
    context.after(() => names.close());
    const there = names.open();
    assert.deepEqual(
      there.find(({ index }) => index === 1),
      { index: 1, name: 'lo', present: true },
    );
    const veth = openVeth();
    const found = () => names.update().find(({ name }) => name.startsWith(veth.namespace));
    const made = found();
    assert.equal(made?.name, veth.host);
    ip('link', 'set', veth.host, 'down');
    ip('link', 'set', veth.host, 'name', `${veth.namespace}x`);
    assert.deepEqual(found(), { index: made.index, name: `${veth.namespace}x`, present: true });
    veth.close();
    assert.equal(found(), undefined);
    assert.equal(names.nameOf(made.index), `${veth.namespace}x`);
  });

  test('are told anew where the kernel had more to tell than there was room for', {
    skip: noNetwork,
  }, (context) => {
    const { native } = loadNative();
    const names = new InterfaceNames(native!);
    context.after(() => names.close());
    const known = new Map(names.open().map(({ index, name }) => [index, name]));
    const veth = openVeth();
    context.after(() => veth.close());
    // The first hundred or so fill the socket's buffer, and this is the last.
    const changes = Array.from({ length: 300 }, (_, round) => `link set ${veth.host} alias ${round}`);
    execFileSync('ip', ['-batch', '-'], { input: changes.join('\n') });
    ip('link', 'set', veth.host, 'down');
    ip('link', 'set', veth.host, 'name', `${veth.namespace}x`);
    for (const { index, name } of names.update()) known.set(index, name);
    assert.ok([...known.values()].includes(`${veth.namespace}x`));
  });
});
