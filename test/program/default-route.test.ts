/** The default route moves to another interface while the whole program captures where it led. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openBridge } from '../support/bridge.js';
import { offline, startProgram } from '../support/program.js';
import { until } from '../support/until.js';
import { noNetwork } from '../support/veth.js';

describe('-i auto', { skip: noNetwork }, () => {
  test('tells where the default route leads elsewhere', async (context) => {
    const bridge = openBridge();
    context.after(() => bridge.close());
    bridge.addContainer('up0', '198.19.7.2', '198.19.7.1');
    bridge.ip('route', 'add', 'default', 'dev', 'br0');
    const program = startProgram(offline, { prefix: [...bridge.onHost, 'env', 'PCAP_AGG_INTERFACE=auto'] });
    context.after(() => program.child.kill('SIGKILL'));
    await until('it captures', () => program.stderr().includes('capturing on br0'));
    bridge.ip('route', 'replace', 'default', 'dev', 'up0');
    const line =
      'pcap-agg: -i auto: the default route leads over up0 now, which is not captured on; ' +
      'restart pcap-agg, or name all that it may lead over: -i br0 -i up0\n';
    await until('it tells', () => program.stderr().includes(line));
    program.child.kill('SIGINT');
    assert.equal((await program.finished).exitCode, 0);
  });
});
