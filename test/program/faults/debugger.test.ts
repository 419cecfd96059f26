/** SIGUSR1, on which Node opens its debugger to whoever may connect: this program's debugger stays closed. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { startDnsServer } from '../../enrich/names/scripted-dns-server.js';
import { openCollector } from '../../support/collector.js';
import { offline, type RunningProgram, startProgram } from '../../support/program.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';
import { noNetwork } from '../../support/veth.js';

const folder = temporaryFolder();

/** Starts the program in a Node that runs `preloaded` first, with further options of Node's. */
function start(
  context: TestContext,
  args: readonly string[],
  preloaded = '',
  ...nodeOptions: readonly string[]
): RunningProgram {
  const script = folder.file(`${context.name.replace(/\W+/g, '-')}.cjs`, preloaded);
  const options = ['--require', script, '--inspect-port=0', ...nodeOptions];
  const program = startProgram(args, { env: { ...process.env, NODE_OPTIONS: options.join(' ') } });
  context.after(() => program.child.kill('SIGKILL'));
  return program;
}

async function unusedAddress(): Promise<string> {
  const collector = await openCollector();
  collector.close();
  return `127.0.0.1:${collector.port}`;
}

describe('SIGUSR1 opens no debugger', { concurrency: true }, () => {
  test('while a run starts', async (context) => {
    // Node's module for pipes is fetched as stdin is opened.
    const signalling = `
      const { getBuiltinModule } = process;
      process.getBuiltinModule = (name) => {
        if (name === 'node:net') process.kill(process.pid, 'SIGUSR1');
        return getBuiltinModule(name);
      };`;
    const program = start(context, ['--to', '-', ...offline], signalling);
    await until('it reads', () => program.stderr().includes('reading stdin'));
    program.child.stdin.end();
    const { exitCode, stderr } = await program.finished;
    assert.equal(exitCode, 0, stderr);
    assert.doesNotMatch(stderr, /Debugger/);
  });

  test('while doctor looks', async (context) => {
    const silent = await startDnsServer({});
    context.after(() => silent.close());
    const program = start(context, [
      'doctor',
      '-i',
      'lo',
      '--dns',
      silent.address,
      '--datadog-ranges',
      'off',
    ]);
    await until('a question has come', () => silent.asked.length > 0);
    program.child.kill('SIGUSR1');
    assert.equal((await program.finished).stderr, '');
  });

  test('while verify listens', async (context) => {
    const program = start(context, ['verify', await unusedAddress()]);
    await until('it listens', () => program.stdout().includes('listening on'));
    program.child.kill('SIGUSR1');
    program.child.kill('SIGINT');
    assert.equal((await program.finished).stderr, '');
  });
});

/** Gets the signal before the program's first line, and waits until the debugger is open. */
const tooEarly = `
  process.kill(process.pid, 'SIGUSR1');
  const { url } = require('node:inspector');
  while (url() === undefined);`;

/** Whether each of the addresses at which Node said that it listens can still be connected to. */
async function debuggersOf({ stderr }: RunningProgram): Promise<boolean[]> {
  const ports = [...stderr().matchAll(/^Debugger listening on ws:\/\/127\.0\.0\.1:(\d+)\//gm)];
  return Promise.all(ports.map(([, port]) => isOpen(Number(port))));
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe('a debugger that a signal opened before the first line', { concurrency: true }, () => {
  const capturing = ['-i', 'lo', ...offline];

  test('is closed when a capture starts', { skip: noNetwork }, async (context) => {
    const program = start(context, [...capturing, '--to', await unusedAddress()], tooEarly);
    await until('it captures', () => program.stderr().includes('capturing on'));
    assert.deepEqual(await debuggersOf(program), [false]);
  });

  test('is closed when stdin is read', async (context) => {
    const program = start(context, offline, tooEarly);
    await until('it reads', () => program.stderr().includes('reading stdin'));
    assert.deepEqual(await debuggersOf(program), [false]);
  });

  test('is closed when verify listens', async (context) => {
    const program = start(context, ['verify', await unusedAddress()], tooEarly);
    await until('it listens', () => program.stdout().includes('listening on'));
    assert.deepEqual(await debuggersOf(program), [false]);
  });

  test('stays, where the user asked for one', { skip: noNetwork }, async (context) => {
    const program = start(
      context,
      [...capturing, '--to', await unusedAddress()],
      '',
      '--inspect=127.0.0.1:0',
    );
    await until('it captures', () => program.stderr().includes('capturing on'));
    assert.deepEqual(await debuggersOf(program), [true]);
  });
});
