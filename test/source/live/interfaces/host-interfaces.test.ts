/** Numbers and names of this host's interfaces, of real ones that come, go and change their names. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { HostInterfaces } from '../../../../src/source/live/interfaces/host-interfaces.js';
import { ip, noNetwork, openVeth } from '../../../support/veth.js';

const indexOf = (name: string): number => Number(readFileSync(`/sys/class/net/${name}/ifindex`, 'utf8'));

test('interfaces have the kernel’s numbers, and keep their names when they are gone', {
  skip: noNetwork,
}, (context) => {
  const veth = openVeth();
  context.after(() => veth.close());
  const interfaces = new HostInterfaces();
  interfaces.open();
  context.after(() => interfaces.close());
  const first = indexOf(veth.host);
  assert.equal(interfaces.numberOf(veth.host), first);
  assert.equal(interfaces.nameOf(first), veth.host);

  veth.remove();
  assert.equal(interfaces.numberOf(veth.host), -1);
  assert.equal(interfaces.nameOf(first), veth.host);

  veth.recreate();
  const second = indexOf(veth.host);
  assert.notEqual(second, first);
  assert.equal(interfaces.numberOf(veth.host), second);

  ip('link', 'set', veth.host, 'down');
  ip('link', 'set', veth.host, 'name', `${veth.host}x`);
  interfaces.update();
  assert.equal(interfaces.nameOf(second), `${veth.host}x`);
  assert.equal(interfaces.numberOf(veth.host), -1);
  assert.equal(interfaces.numberOf('no such interface'), -1);
  assert.equal(interfaces.nameOf(0x3fff_ffff), undefined);
});
