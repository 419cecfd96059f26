import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { loadingProblem } from '../../../src/source/live/cap-module.js';
import { capError } from '../../../src/source/live/live-errors.js';
import { copyWithNeither, copyWithoutAddon, startLiveProcess } from '../../support/live-process.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';
import { noNetwork } from '../../support/veth.js';

describe('auto where an engine is missing', { skip: noNetwork }, () => {
  test('is cap without the addon, and says so', async (context) => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    context.after(() => socket.close());
    await once(socket, 'listening');
    const { port } = socket.address();
    const live = startLiveProcess(
      { engine: 'auto', options: { interface: 'lo', filter: `udp port ${port}` } },
      copyWithoutAddon(temporaryFolder().path),
    );
    await until('it captures', () => live.report() !== undefined);
    socket.send('to itself', port, '127.0.0.1');
    await until('the frame comes', () => live.report()?.frames === 1);
    const { lines } = await live.stop();
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /^the engine cap does without the project's addon \(.* is not there; .*\)/);
  });

  test('names both remedies where neither is there', async () => {
    const script = copyWithNeither(temporaryFolder().path);
    const { failure } = await startLiveProcess(
      { engine: 'auto', options: { interface: 'lo' } },
      script,
    ).stop();
    assert.equal(failure?.kind, 'usage');
    assert.match(
      failure.message,
      /^-i lo: the npm package cap is not installed; install it with "npm install cap"; and native\S+ is not there; build it with "npm run bindings"$/,
    );
  });
});

describe('why cap does not load', () => {
  test('is told whole where it was built for another Node', () => {
    const message =
      "The module '/a/cap.node'\nwas compiled against a different Node.js version using\nNODE_MODULE_VERSION 115. " +
      'This version of Node.js requires\nNODE_MODULE_VERSION 127. Please try re-compiling';
    assert.equal(
      loadingProblem(new Error(message)),
      `it was built for Node's module version 115, and ${process.version} has 127`,
    );
  });

  test('is the first line of any other error', () => {
    const message = "Cannot find module '../build/Release/cap.node'\nRequire stack:\n- /a/Cap.js";
    assert.equal(loadingProblem(new Error(message)), "Cannot find module '../build/Release/cap.node'");
  });
});

describe('what cap says when it does not open an interface', () => {
  const cases = [
    ['not port 1', 'socket: Too many open files', false, '-i eth0: socket: Too many open files', 'input'],
    [
      'port nonsense',
      'syntax error',
      true,
      'filter "port nonsense": syntax error; see "man pcap-filter"',
      'usage',
    ],
    ['', "can't create rx ring", true, "-i eth0: can't create rx ring", 'input'],
    [
      'not port 1',
      'socket: Operation not permitted',
      false,
      '-i eth0: no right to capture packets',
      'permission',
    ],
  ] as const;
  for (const [filter, text, opensWithoutFilter, message, kind] of cases) {
    test(`is ${kind}: ${text}, with "${filter}"`, () => {
      const error = capError({ interface: 'eth0', filter }, new Error(text), () => opensWithoutFilter);
      assert.equal(error.kind, kind);
      assert.ok(error.message.startsWith(message), error.message);
    });
  }
});
