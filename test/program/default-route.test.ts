/** The default route moves to another interface while the whole program captures where it led. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import { assertAccounted, packetsOf, recordsIn } from '../support/accounting.js';
import { type Bridge, openBridge } from '../support/bridge.js';
import { offline, type RunningProgram, startProgram } from '../support/program.js';
import { until } from '../support/until.js';
import { noNetwork, untilItCarries } from '../support/veth.js';

/** Containers of the two interfaces that the route may lead over, after the bridge's own. */
const at = { up0: 2, up1: 3 } as const;
const hostAt = { up0: '198.19.7.1', up1: '198.19.8.1' } as const;
type Uplink = keyof typeof at;

interface Rig {
  readonly bridge: Bridge;
  readonly program: RunningProgram;
  /** So many times; resolves when all echoes and their replies are counted. */
  ping(uplink: Uplink, count: number): Promise<void>;
  /** What the program says where it follows the route. */
  follows(name: string): Promise<void>;
}

/** The route leads over up0, and there the program captures. */
async function openRig(context: TestContext, ...args: string[]): Promise<Rig> {
  const bridge = openBridge();
  context.after(() => bridge.close());
  bridge.addContainer('up0', '198.19.7.2', hostAt.up0);
  bridge.addContainer('up1', '198.19.8.2', hostAt.up1);
  bridge.ip('route', 'add', 'default', 'dev', 'up0');
  const program = startProgram(
    ['-i', 'auto', '--to', '-', '--interval', '200ms', ...offline, ...args, 'icmp'],
    { prefix: bridge.onHost },
  );
  context.after(() => program.child.kill('SIGKILL'));
  await until('it captures', () => program.stderr().includes('capturing on up0'));
  const counted = () => packetsOf(recordsIn(program.stdout()));
  return {
    bridge,
    program,
    async ping(uplink, count) {
      const before = counted();
      bridge.ping(at[uplink], hostAt[uplink], count);
      await until(
        'all are counted',
        () => counted() - before >= 2 * count,
        () => `${counted() - before} packets\n${program.stderr()}`,
      );
    },
    follows: (name) => {
      const line = new RegExp(
        `^pcap-agg: -i auto: the default route leads over ${name} now; capturing there after \\d+ ms$`,
        'm',
      );
      return until(`it is on ${name}`, () => line.test(program.stderr()), program.stderr);
    },
  };
}

async function end({ program }: Rig) {
  program.child.kill('SIGINT');
  const finished = await program.finished;
  return assertAccounted(finished, recordsIn(finished.stdout));
}

describe('-i auto', { skip: noNetwork, concurrency: 2 }, () => {
  for (const engine of ['cap', 'batch', 'auto']) {
    test(`follows the default route without any right, and stays while there is none (${engine})`, async (context) => {
      const rig = await openRig(context, '--engine', engine);
      const { bridge, ping } = rig;
      await ping('up0', 5);
      const wanted = bridge.promiscuity('up0');
      assert.equal(wanted, engine === 'auto' ? 2 : 1);
      bridge.ip('route', 'replace', 'default', 'dev', 'up1');
      await rig.follows('up1');
      assert.deepEqual([bridge.promiscuity('up0'), bridge.promiscuity('up1')], [0, wanted]);
      bridge.ping(at.up0, hostAt.up0, 3);
      await ping('up1', 4);
      bridge.ip('route', 'del', 'default');
      await ping('up1', 3);
      bridge.ip('route', 'add', 'default', 'dev', 'up0');
      await rig.follows('up0');
      await ping('up0', 2);
      assert.deepEqual([bridge.promiscuity('up0'), bridge.promiscuity('up1')], [wanted, 0]);
      const { frames, sources } = await end(rig);
      assert.equal(frames, 2 * (5 + 4 + 3 + 2));
      const counts = { droppedByKernel: 0, droppedByInterface: 0, gaps: 2, isAway: false };
      assert.deepEqual(sources, [{ name: 'up0', ...counts }]);
    });

    test(`follows it from an interface that is lost (${engine})`, async (context) => {
      const rig = await openRig(context, '--engine', engine);
      await rig.ping('up0', 5);
      const lost = (name: string) => {
        const line = new RegExp(`^pcap-agg: -i ${name}: .*; waiting for it to come back$`, 'm');
        return until('the loss is reported', () => line.test(rig.program.stderr()), rig.program.stderr);
      };
      rig.bridge.ip('link', 'del', 'up0');
      await lost('up0');
      rig.bridge.ip('route', 'add', 'default', 'dev', 'up1');
      await rig.follows('up1');
      await rig.ping('up1', 4);
      // Takes the route with it.
      rig.bridge.ip('link', 'set', 'up1', 'down');
      await lost('up1');
      rig.bridge.ip('link', 'set', 'up1', 'up');
      untilItCarries(['ip', '-n', rig.bridge.onHost[3]], 'up1');
      await until('it goes on', () => rig.program.stderr().includes('-i up1: capturing again after '));
      await rig.ping('up1', 3);
      const { frames, sources } = await end(rig);
      assert.deepEqual([frames, sources[0]?.name, sources[0]?.gaps], [24, 'up1', 2]);
    });

    test(`loses nothing but what passes in a gap (${engine})`, async (context) => {
      const rig = await openRig(context, '--engine', engine);
      const pings = (['up0', 'up1'] as const).map((uplink) =>
        spawn('ip', [
          ...['netns', 'exec', `${rig.bridge.onHost[3]}c${at[uplink]}`],
          ...['ping', '-n', '-q', '-i', '0.002', hostAt[uplink]],
        ]),
      );
      context.after(() => pings.map((ping) => ping.kill('SIGKILL')));
      const counts = (host: string) => rig.program.stdout().includes(host);
      await until('it counts', () => counts(hostAt.up0));
      rig.bridge.ip('route', 'replace', 'default', 'dev', 'up1');
      await until('it counts the others', () => counts(hostAt.up1));
      rig.bridge.ip('route', 'replace', 'default', 'dev', 'up0');
      await rig.follows('up0');
      for (const ping of pings) ping.kill('SIGINT');
      await Promise.all(pings.map((ping) => once(ping, 'close')));
      const { sources } = await end(rig);
      assert.equal(sources[0]?.gaps, 2);
    });

    test(`stays where the route leads over another kind of interface, or opens it with the right to (${engine})`, async (context) => {
      const rig = await openRig(context, '--engine', engine);
      rig.bridge.ip('route', 'replace', 'default', 'dev', 'lo');
      const line =
        'pcap-agg: -i auto: the default route leads over lo now, but opening it takes the right to capture, which was ' +
        'given up after the start; it stays on up0; restart pcap-agg, let it keep the right with "-Z root", or name all ' +
        'that the route may lead over: -i up0 -i lo\n';
      await until('it tells', () => rig.program.stderr().includes(line), rig.program.stderr);
      await rig.ping('up0', 3);
      const stayed = await end(rig);
      assert.deepEqual([stayed.frames, stayed.sources[0]?.name, stayed.sources[0]?.gaps], [6, 'up0', 0]);

      const rightful = await openRig(context, '--engine', engine, '-Z', 'root');
      await rightful.ping('up0', 3);
      rightful.bridge.ip('route', 'replace', 'default', 'dev', 'lo');
      await rightful.follows('lo');
      assert.equal(rightful.bridge.promiscuity('up0'), 0);
      execFileSync('ip', [...rightful.bridge.onHost.slice(1), 'ping', '-q', '-c', '2', '127.0.0.1']);
      rightful.bridge.ip('route', 'replace', 'default', 'dev', 'up1');
      await rightful.follows('up1');
      await rightful.ping('up1', 3);
      const moved = await end(rightful);
      assert.deepEqual([moved.frames, moved.sources[0]?.name, moved.sources[0]?.gaps], [16, 'up1', 2]);
    });
  }

  test('leaves an interface that is captured on anyway to its own capture', async (context) => {
    const rig = await openRig(context, '-i', 'up1');
    rig.bridge.ip('route', 'replace', 'default', 'dev', 'up1');
    await rig.ping('up1', 3);
    rig.bridge.ip('route', 'replace', 'default', 'dev', 'br0');
    await rig.follows('br0');
    const { frames, sources } = await end(rig);
    assert.deepEqual([frames, sources.map(({ name }) => name)], [6, ['br0', 'up1']]);
  });
});
