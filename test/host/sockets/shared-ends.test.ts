/** Ends of UDP that two sockets have. Root only. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, type TestContext, test } from 'node:test';
import { createCgroupRig, noCgroups } from '../../support/cgroups.js';
import { lookUp } from '../../support/socket-questions.js';
import { until } from '../../support/until.js';
import { native, openLookUps } from './own-sockets.js';

/** Binds a socket to each address, all at one port, each from the control group before it. Prints the port; closes the last one when told so. */
const script = `
import os, socket, sys
option = {'address': socket.SO_REUSEADDR, 'port': socket.SO_REUSEPORT}[sys.argv[1]]
port, sockets = 0, []
for folder, address in zip(sys.argv[2::2], sys.argv[3::2]):
    with open(folder + '/cgroup.procs', 'w') as procs: procs.write(str(os.getpid()))
    one = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET, socket.SOCK_DGRAM)
    one.setsockopt(socket.SOL_SOCKET, option, 1)
    one.bind((address, port))
    port = one.getsockname()[1]
    sockets.append(one)
print(port, flush=True)
sys.stdin.readline()
sockets.pop().close()
sys.stdin.read()
`;

/** Which of these groups have what is found at this address, for ends of others that differ: -1 stands for none. */
interface Bound {
  found(address: string): number[];
  closeLast(): void;
}

async function bindAll(
  context: TestContext,
  option: 'address' | 'port',
  ends: readonly (readonly [group: string, address: string])[],
): Promise<Bound> {
  const descriptor = openLookUps(context);
  const rig = createCgroupRig('ends');
  const folders = new Map(ends.map(([group]) => [group, rig.make(group)]));
  const ids = [...folders.values()].map((folder) => statSync(folder).ino);
  const words = ends.flatMap(([group, address]) => [folders.get(group)!, address]);
  const child = spawn('python3', ['-c', script, option, ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
  context.after(async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    await rig.close();
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const port = Number((await lines.next()).value);
  return {
    found(address) {
      const others = Array.from({ length: 32 }, (_, at) => ({ address, port: 20_000 + at }));
      const questions = others.map(
        (remote) => ({ protocol: 'udp', local: { address, port }, remote }) as const,
      );
      const groups = lookUp(native, descriptor, questions).map(({ controlGroup }) => controlGroup);
      return [...new Set(groups.map((group) => ids.indexOf(group)))].sort();
    },
    closeLast: () => child.stdin.write('\n'),
  };
}

describe('of an end of UDP that two sockets have', { skip: noCgroups }, () => {
  for (const [option, address] of [
    ['address', '127.0.0.1'],
    ['port', '::1'],
  ] as const)
    test(`nobody is found while they are of different groups: reused ${option}`, async (context) => {
      const bound = await bindAll(context, option, [
        ['first', address],
        ['second', address],
      ]);
      // Who has come in the last second may not be known yet.
      await until('both are known', () => bound.found(address).join() === '-1');
      bound.closeLast();
      await until('the other is found', () => bound.found(address).join() === '0');
    });

  test('their group is found, where it is one', async (context) => {
    const bound = await bindAll(context, 'port', [
      ['both', '0.0.0.0'],
      ['both', '0.0.0.0'],
    ]);
    assert.deepEqual(bound.found('127.0.0.1'), [0]);
    bound.closeLast();
    assert.deepEqual(bound.found('127.0.0.1'), [0]);
  });

  test('each is found by its own address', async (context) => {
    const bound = await bindAll(context, 'address', [
      ['first', '127.0.0.2'],
      ['second', '127.0.0.3'],
      ['third', '0.0.0.0'],
    ]);
    const each = () => ['127.0.0.2', '127.0.0.3', '127.0.0.1'].map(bound.found);
    assert.deepEqual(each(), [[0], [1], [2]]);
    bound.closeLast();
    await until('the third has gone', () => bound.found('127.0.0.1').join() === '-1');
    assert.deepEqual(each(), [[0], [1], [-1]]);
  });
});
