/** What holds of every name that was found in traffic. */
import assert from 'node:assert/strict';

const hostName = /^(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/;
const number = /(^|\.)(\d+|0x[0-9a-f]*)$/;

export function assertFit(name: string): void {
  assert.match(name, hostName);
  assert.doesNotMatch(name, number);
  assert.notEqual(name, 'nxdomain');
}
