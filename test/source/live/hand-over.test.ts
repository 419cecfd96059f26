import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { after, before, describe, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { buildTool } from '../../../bench/tools.js';
import { loadNative } from '../../../src/host/native.js';
import { pcapFile } from '../../support/captures.js';
import { FlowSums } from '../../support/flow-sums.js';
import { frame } from '../../support/frames.js';
import { autoEngine, type RunningSource, runLive } from '../../support/live.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';
import { noNetwork, openVeth, sendTraffic, type Veth } from '../../support/veth.js';

const run = promisify(execFile);
const noCompiler = spawnSync('cc', ['--version']).status === 0 ? false : 'the sender needs a C compiler, cc';

describe('the hand-over from cap to batch', { skip: noNetwork || noCompiler }, () => {
  const folder = temporaryFolder();
  const filter = 'udp port 4001';
  const base = frame().ethernet().ipv4({ source: '192.0.2.2', target: '192.0.2.1' });
  const file = folder.file('one.pcap', pcapFile({}, [base.udp({ targetPort: 4_001 }).payload(10).bytes()]));
  let sender: string;
  let veth: Veth;
  before(() => {
    sender = buildTool('sender', folder.path);
    veth = openVeth();
  });
  after(() => veth.close());

  /** Resolves to how many frames the kernel took. */
  async function send(perSecond: number, ...limit: readonly string[]): Promise<number> {
    const rate = ['-p', String(perSecond), ...limit];
    const { stdout } = await run('ip', ['netns', 'exec', veth.namespace, sender, ...rate, file, veth.peer]);
    return (JSON.parse(stdout) as { sent: number }).sent;
  }

  async function capture(
    context: TestContext,
    receiver: FlowSums,
    bufferBytes = 16 << 20,
    told?: (line: string) => void,
  ) {
    const running = await runLive(autoEngine, { interface: veth.host, filter, bufferBytes }, receiver, told);
    context.after(() => running.stop());
    return running;
  }

  /** Logged in the turn in which batch takes over: cap's ring is yet to be read to its end. */
  const tellsHandOver = (line: string) => line.includes('batch captures from now on');
  const isHandedOver = ({ lines }: RunningSource) => lines.some(tellsHandOver);

  /** Sends more than fit into a small buffer, until cap has found out; resolves to how many. */
  async function overrun(running: RunningSource): Promise<number> {
    let sent = 0;
    while (!isHandedOver(running)) sent += await send(0, '-n', '20000');
    return sent;
  }

  /** Frames that are neither received nor dropped, and how many can have passed in the gap. */
  function missing({ source }: RunningSource, { frames }: FlowSums, sent: number) {
    const { droppedByKernel, gaps, gapMs } = source.counts();
    assert.equal(gaps, 1);
    return { lost: sent - frames - droppedByKernel!, gapMs, droppedByKernel };
  }

  for (const perSecond of [100_000, 60_000]) {
    test(`loses no more of ${perSecond} packets a second than pass in the gap`, async (context) => {
      const receiver = new FlowSums();
      const running = await capture(context, receiver);
      assert.equal(running.source.lagMs, 0);
      const sent = await send(perSecond, '-t', '5');
      await running.stop();
      assert.ok(isHandedOver(running), running.lines.join('\n'));
      assert.equal(running.lines.length, 1);
      const { lost, gapMs, droppedByKernel } = missing(running, receiver, sent);
      context.diagnostic(
        `${running.lines[0]}: ${sent} sent, ${receiver.frames} received, ${droppedByKernel} dropped, ${lost} lost`,
      );
      // The sender may be late and catch up: as fast as it can.
      assert.ok(lost >= 0 && lost <= 32 + gapMs * 1_000, `${lost} lost in ${gapMs} ms`);
      assert.ok(gapMs < 20, `a gap of ${gapMs} ms`);
    });
  }

  test('comes with the first frame that the kernel drops', async (context) => {
    const receiver = new FlowSums();
    const running = await capture(context, receiver, 1 << 20);
    const sent = await overrun(running);
    assert.match(running.lines[0]!, /: the kernel drops frames, more than cap keeps up with; batch captures/);
    assert.equal(running.source.lagMs, 250);
    await running.stop();
    const { lost, gapMs } = missing(running, receiver, sent);
    assert.ok(lost >= 0 && lost <= 32 + gapMs * 2_000, `${lost} lost in ${gapMs} ms`);
  });

  test('may be cut short by a stop, and delivers what both have taken', async (context) => {
    const receiver = new FlowSums();
    const running = await capture(context, receiver, 1 << 20, (line) => {
      if (tellsHandOver(line)) running.source.stop();
    });
    const [sent] = await Promise.all([overrun(running), running.ended]);
    const { droppedByKernel } = running.source.counts();
    assert.ok(receiver.frames > 0 && receiver.frames + droppedByKernel! <= sent);
  });

  test('goes on telling that frames were delivered', async (context) => {
    let toldFrames = 0;
    const delivered = () => {
      toldFrames = receiver.frames;
    };
    const receiver = Object.assign(new FlowSums(), { delivered });
    const running = await capture(context, receiver, 1 << 20);
    await overrun(running);
    await until('batch delivers', () => running.source.drain?.() === true);
    // Frames from before the hand-over may still come: those that are sent now have flows of their own.
    const datagrams = [{ target: veth.hostIPv4, targetPort: 4_001, count: 100, payloadBytes: 10 }];
    await sendTraffic(veth, { datagrams });
    const isLater = ([flow]: readonly [string, number]) => flow.includes(veth.hostIPv4);
    await until(
      'all frames came',
      () => [...receiver.counts].filter(isLater).reduce((sum, [, count]) => sum + count, 0) === 100,
    );
    await until('it is told so', () => toldFrames === receiver.frames);
  });

  for (const loss of ['down', 'remove'] as const) {
    test(`notices that the interface goes before batch delivers: ${loss}`, async (context) => {
      const receiver = new FlowSums();
      const running = await capture(context, receiver, 1 << 20, (line) => {
        if (tellsHandOver(line)) veth[loss]();
      });
      // Without the interface the sender tries again and again, or ends with an error.
      const sending = overrun(running).catch(() => undefined);
      await until('the loss is noticed', () => running.source.counts().awayMs > 0);
      if (loss === 'down') veth.up();
      else veth.recreate();
      await until('it captures again', () => running.source.counts().gaps === 2);
      await sending;
      await sendTraffic(veth, {
        datagrams: [{ target: veth.hostIPv4, targetPort: 4_001, count: 100, payloadBytes: 10 }],
      });
      const isLater = ([flow]: readonly [string, number]) => flow.includes(veth.hostIPv4);
      await until(
        'later frames came',
        () => [...receiver.counts].filter(isLater).reduce((sum, [, count]) => sum + count, 0) === 100,
      );
      await running.stop();
      assert.deepEqual(
        running.lines.map((line) => /batch captures|waiting for it|capturing again/.exec(line)?.[0]),
        ['batch captures', 'waiting for it', 'capturing again'],
      );
    });
  }

  test('answers for its counts until batch delivers', async (context) => {
    const receiver = new FlowSums();
    /** As a ledger that is asked for would find it, turn by turn. */
    const looks: { gaps: number; known: boolean; drained: boolean }[] = [];
    const look = () => {
      const { gaps, droppedByKernel } = running.source.counts();
      const drained = running.source.drain?.() ?? true;
      looks.push({ gaps, known: droppedByKernel !== undefined, drained });
      if (!drained) setImmediate(look);
    };
    const running = await capture(context, receiver, 1 << 20, (line) => {
      if (tellsHandOver(line)) look();
    });
    await overrun(running);
    await until('all is delivered', () => looks.at(-1)?.drained === true);
    assert.ok(looks.length > 2, `${looks.length} looks`);
    const whileHandingOver = { gaps: 1, known: true, drained: false };
    assert.deepEqual(
      looks,
      looks.map((_, index) => ({ ...whileHandingOver, drained: index === looks.length - 1 })),
    );
  });

  test('is followed by batch alone where the interface goes down, or away and comes back', async (context) => {
    const receiver = new FlowSums();
    const running = await capture(context, receiver, 1 << 20);
    await overrun(running);
    for (const [loss, gaps] of [
      ['down', 2],
      ['remove', 3],
    ] as const) {
      veth[loss]();
      await until('the loss is noticed', () => running.source.counts().awayMs > 0);
      if (loss === 'down') veth.up();
      else veth.recreate();
      await until('it captures again', () => running.source.counts().gaps === gaps);
      const before = receiver.frames;
      await send(10_000, '-n', '100');
      await until('all frames came', () => receiver.frames === before + 100);
    }
    await running.stop();
    assert.equal(running.source.lagMs, 0);
  });

  test('comes also after the interface went away and came back', async (context) => {
    const receiver = new FlowSums();
    const running = await capture(context, receiver, 1 << 20);
    veth.remove();
    await until('the loss is noticed', () => running.source.counts().awayMs > 0);
    veth.recreate();
    await until('it captures again', () => running.source.counts().gaps === 1);
    const sent = await overrun(running);
    await running.stop();
    const { droppedByKernel } = running.source.counts();
    const lost = sent - receiver.frames - droppedByKernel!;
    assert.ok(lost >= 0 && lost < 1_000, `${lost} lost`);
  });

  test('leaves a socket as it was where it cannot be', async () => {
    const { native } = { ...loadNative() };
    const open = () => native!.open(veth.host, filter, 1 << 20, 128, 0, 100, true, () => undefined);
    const [from, to] = [open(), open()];
    const descriptors = [native!.descriptor(from), native!.descriptor(to)] as const;
    native!.listen(descriptors[0], veth.host, true);
    assert.throws(() => native!.takeOver(...descriptors, 'nosuch0', true), { code: 'no-such-interface' });
    const sent = await send(0, '-n', '10');
    assert.deepEqual([native!.statistics(from).offered, native!.statistics(to).offered], [sent, 0]);
    native!.takeOver(...descriptors, veth.host, true);
    await send(0, '-n', '10');
    assert.deepEqual([native!.statistics(from).offered, native!.statistics(to).offered], [sent, 10]);
    for (const handle of [from, to]) native!.close(handle);
  });
});
