import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { batchEngine } from '../../../src/source/live/batch.js';
import { capEngine } from '../../../src/source/live/cap.js';
import { loadingProblem } from '../../../src/source/live/cap-module.js';
import type { LiveEngine } from '../../../src/source/live/live.js';
import { capError } from '../../../src/source/live/live-errors.js';
import { FrameRecorder, type RecordedFrame } from '../../support/frame-recorder.js';
import { autoEngine, liveClocks, liveOptions, runLive } from '../../support/live.js';
import { copyWithNeither, copyWithoutAddon, startLiveProcess } from '../../support/live-process.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';
import { noNetwork, openVeth, sendTraffic, type Veth } from '../../support/veth.js';

const silent = { line: () => undefined, limited: () => undefined };

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

describe('where somebody asks how well flows go', { skip: noNetwork }, () => {
  let veth: Veth;
  before(() => {
    veth = openVeth();
  });
  after(() => veth.close());
  const filter = 'udp port 4003';
  const send = (count: number) =>
    sendTraffic(veth, { datagrams: [{ target: veth.hostIPv4, targetPort: 4003, count, payloadBytes: 10 }] });
  /** What `count` datagrams come as, and what was said. */
  const captured = async (engine: LiveEngine, count: number) => {
    const recorder = new FrameRecorder();
    const options = { interface: veth.host, filter, healthToo: true };
    const running = await runLive(engine, options, recorder);
    await send(count);
    await until('all frames are there', () => recorder.frames.length === count);
    const [origin] = recorder.origins;
    await running.stop();
    return { recorder, origin, running };
  };
  const isWhole = ({ timestampUs }: RecordedFrame) => timestampUs % 1_000 === 0;

  test('auto is batch, with the stamps of the kernel', async () => {
    const { recorder, origin, running } = await captured(autoEngine, 20);
    assert.equal(origin!.stampedOnArrival, undefined);
    assert.ok(!recorder.frames.every(isWhole), 'microseconds');
    assert.deepEqual(running.lines, []);
    assert.equal(running.source.counts().offeredByKernel, 20);
  });

  test('auto delivers soon, and closes windows soon', async (context) => {
    const opened = await autoEngine.open(
      liveOptions({ interface: veth.host, healthToo: true }),
      silent,
      liveClocks,
    );
    context.after(() => opened.close());
    assert.equal(opened.lagMs, 58);
    const thrifty = await batchEngine.open(
      liveOptions({ interface: veth.host, healthToo: true }),
      silent,
      liveClocks,
    );
    context.after(() => thrifty.close());
    assert.equal(thrifty.lagMs, 250);
  });

  test('cap says that times are not known', async () => {
    const { recorder, origin, running } = await captured(capEngine, 3);
    assert.equal(origin!.stampedOnArrival, true);
    assert.ok(recorder.frames.every(isWhole));
    assert.deepEqual(running.lines, [
      'the engine cap gives frames the time when it takes them, so handshake and response times are not told; ' +
        'leave --engine away',
    ]);
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
