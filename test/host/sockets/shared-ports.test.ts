/** What is left of connections to a port that two sockets listen on. Root only. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, type TestContext, test } from 'node:test';
import { createCgroupRig, noCgroups } from '../../support/cgroups.js';
import { lookUp, noSocket, type SocketAnswer, states } from '../../support/socket-questions.js';
import { until } from '../../support/until.js';
import { native, openLookUps } from './own-sockets.js';

const connections = 40;

/**
 * Listens twice at one port, the second time from another control group, and closes each connection before its client does. Prints
 * the port and the clients' ports; stops listening for the first time when it is told so.
 */
const script = `
import os, select, socket, sys
def listen(folder, port):
    with open(folder + '/cgroup.procs', 'w') as procs: procs.write(str(os.getpid()))
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    one.bind(('127.0.0.1', port))
    one.listen()
    return one
first = listen(sys.argv[1], 0)
port = first.getsockname()[1]
second = listen(sys.argv[2], port)
clients = []
for _ in range(${connections}):
    client = socket.create_connection(('127.0.0.1', port))
    clients.append(client.getsockname()[1])
    select.select([first, second], [], [])[0][0].accept()[0].close()
    client.recv(1)
    client.close()
print(port, *clients, flush=True)
sys.stdin.readline()
first.close()
print('closed', flush=True)
sys.stdin.read()
`;

interface TwoListeners {
  /** Ids of the control groups. */
  readonly groups: readonly number[];
  /** What is found of each connection, at the server's end. */
  answers(): SocketAnswer[];
  closeFirst(): Promise<void>;
}

/** In groups of these names. */
async function listenTwice(context: TestContext, first: string, second: string): Promise<TwoListeners> {
  const descriptor = openLookUps(context);
  const rig = createCgroupRig('shared');
  const folders = [first, second].map((name) => rig.make(name));
  const child = spawn('python3', ['-c', script, ...folders], { stdio: ['pipe', 'pipe', 'inherit'] });
  context.after(async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    await rig.close();
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const [port, ...clients] = String((await lines.next()).value)
    .split(' ')
    .map((text) => ({ address: '127.0.0.1', port: Number(text) }));
  const questions = clients.map((client) => ({ protocol: 'tcp', local: port!, remote: client }) as const);
  return {
    groups: folders.map((folder) => statSync(folder).ino),
    answers: () => lookUp(native, descriptor, questions),
    async closeFirst() {
      child.stdin.write('\n');
      await lines.next();
    },
  };
}

describe('of connections that are over, to a port that two listen on', { skip: noCgroups }, () => {
  const found = (controlGroup: number) =>
    new Array(connections).fill({ isSocket: true, controlGroup, user: 0, state: states.listen });
  const told = (answers: readonly SocketAnswer[]) =>
    answers.map(({ inode, ...answer }) => ({ isSocket: inode > 0, ...answer }));

  test('nobody is found while they are of different control groups', async (context) => {
    const { groups, answers, closeFirst } = await listenTwice(context, 'first', 'second');
    assert.deepEqual(answers(), new Array(connections).fill(noSocket));
    await closeFirst();
    // How many there are may be known from before.
    await until('the other is found', () => answers()[0]!.controlGroup > 0);
    assert.deepEqual(told(answers()), found(groups[1]!));
  });

  test('either is found where they are of one', async (context) => {
    const { groups, answers } = await listenTwice(context, 'both', 'both');
    assert.deepEqual(told(answers()), found(groups[0]!));
  });
});
