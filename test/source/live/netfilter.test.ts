/** Packets that netfilter logs, live, in a network namespace of their own. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { interfaceState, isNetfilter } from '../../../src/source/live/interfaces/interfaces.js';
import { openError } from '../../../src/source/live/live-errors.js';
import { projectRoot } from '../../support/project.js';
import { until } from '../../support/until.js';
import { noNetwork } from '../../support/veth.js';

test('netfilter’s logs and queues are told from interfaces by their names', () => {
  for (const name of ['nflog', 'nflog:5', 'nflog:5,6', 'nfqueue', 'nfqueue:3']) {
    assert.ok(isNetfilter(name), name);
    assert.equal(interfaceState(name)?.up, true);
  }
  for (const name of ['nf', 'nflogs', 'nflog0', 'xnflog', 'eth0']) assert.ok(!isNetfilter(name), name);
});

test('a wrong group is told from a right that is missing', () => {
  const told = (name: string, text: string) => {
    const { kind, message } = openError({ interface: name, filter: '' }, 'other', text);
    return `${kind}: ${message}`;
  };
  for (const name of ['nflog:x', 'nflog:65536', 'nflog:', 'nfqueue:1,x'])
    assert.equal(
      told(name, 'any text'),
      `usage: -i ${name}: not a group or queue of netfilter; write nflog:GROUP or nfqueue:QUEUE, a number from 0 to 65535`,
    );
  assert.equal(
    told('nflog:5', 'NFULNL_CFG_CMD_PF_UNBIND: Operation not permitted'),
    'permission: -i nflog:5: no right to read from netfilter (CAP_NET_ADMIN); run it with sudo',
  );
  assert.equal(told('nflog:5,6', 'Device or resource busy'), 'input: -i nflog:5,6: Device or resource busy');
});

const rules =
  'add table inet t; add chain inet t o { type filter hook output priority 0; }; add rule inet t o log group 5';

/** Why no packet can be logged here, or false. */
function noLogging(): string | false {
  const { error, status, stderr } = spawnSync('unshare', ['-n', 'nft', rules], { encoding: 'utf8' });
  if (error !== undefined) return `unshare cannot be run: ${error.message}`;
  return status !== 0 && `nft cannot log packets here: ${stderr.trim().split('\n', 1)[0]}`;
}

const datagrams = 500;
const sender = `
  const socket = require('node:dgram').createSocket('udp4');
  for (let sent = 0; sent < ${datagrams}; sent++) socket.send('hello', 9, '127.0.0.1', sent === ${datagrams - 1} ? () => socket.close() : undefined);
`;

test('all that netfilter logs is counted, though it comes in batches', {
  skip: noNetwork || noLogging(),
}, async () => {
  const program = [process.execPath, 'dist/bundle/main.cjs', '-i', 'nflog:5', '--interval', '1', '--to', '-'];
  const script = `ip link set lo up && nft '${rules}' && exec "$@" -Z root -n --datadog-ranges off`;
  // unshare, sh and node become each other, so the child's number is the program's.
  const child = spawn('unshare', ['-n', 'sh', '-c', script, 'sh', ...program], { cwd: projectRoot });
  const output = { records: '', lines: '' };
  child.stdout.on('data', (data: Buffer) => {
    output.records += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    output.lines += data.toString();
  });
  const counted = () => {
    const lines = output.records.split('\n').filter((line) => line.includes('"target_PORT":9,'));
    return lines.reduce((sum, line) => sum + (JSON.parse(line) as { count: number }).count, 0);
  };
  try {
    await until(
      'it captures',
      () => output.lines.includes('capturing on nflog:5'),
      () => output.lines,
    );
    const sent = spawnSync('nsenter', ['-t', String(child.pid), '-n', process.execPath, '-e', sender]);
    assert.equal(sent.status, 0, sent.stderr.toString());
    await until(
      'all are counted',
      () => counted() >= datagrams,
      () => `${counted()} are`,
    );
  } finally {
    child.kill('SIGINT');
    await once(child, 'close');
  }
  assert.equal(counted(), datagrams);
  assert.match(output.lines, /pcap-agg: balanced\n/);
});
