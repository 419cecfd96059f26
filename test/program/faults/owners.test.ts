/** Owners of flows while something that they are known by is missing, hidden, refused or goes away: the records go on without them. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { buildTool } from '../../../bench/tools.js';
import { installProgram } from '../../support/installed-program.js';
import { inCgroup, noCgroups, openCgroups } from '../../support/owners/cgroups.js';
import { type Hosts, openHosts } from '../../support/owners/hosts.js';
import {
  type OwnedRecord,
  type OwnersWatcher,
  startOwnersWatcher,
  untilItWatches,
  wrongEnding,
} from '../../support/owners/program.js';
import { projectRoot } from '../../support/project.js';
import { noOtherUsers, withoutRights } from '../../support/rights.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';

const noCompiler = spawnSync('cc', ['--version']).status === 0 ? false : 'no C compiler, cc';
const port = 21_000;
const unit = 'fault-web.service';

describe('owners', { skip: noCgroups || noOtherUsers || noCompiler, concurrency: true }, () => {
  const folder = temporaryFolder();
  chmodSync(folder.path, 0o755);
  const undoing: (() => unknown)[] = [];
  let hosts: Hosts;
  let faults: string;
  let cgroups: ReturnType<typeof openCgroups>;

  after(async () => {
    for (const undo of undoing) await undo();
  });

  before(() => {
    const atEnd = (undo: () => unknown) => undoing.unshift(undo);
    hosts = openHosts({ atEnd });
    cgroups = openCgroups({ atEnd });
    const tool = buildTool('connections', folder.path);
    const here = hosts.here.ipv4;
    const run = (prefix: readonly string[], words: readonly string[]) => {
      const [program, ...rest] = [...prefix, tool, ...words, here, String(port)];
      const child = spawn(program!, rest, { stdio: 'ignore' });
      atEnd(() => child.kill());
    };
    run([...hosts.here.prefix, ...inCgroup(cgroups.open(`/system.slice/${unit}`))], ['-l']);
    run(hosts.elsewhere.prefix, ['-r', '50', '-t', '600', '-m', '100']);
    faults = join(folder.path, 'kernel-faults.so');
    const source = join(projectRoot, 'test/support/owners/kernel-faults.c');
    execFileSync('cc', ['-shared', '-fPIC', '-o', faults, source, '-ldl'], { stdio: 'inherit' });
  });

  interface Rig {
    readonly watcher: OwnersWatcher;
    /** Has the kernel refuse something, or no more: see kernel-faults.c. */
    refuse(what: string, refused: boolean): void;
    /** Resolves when a later record of the server's satisfies this. */
    tells(what: string, satisfies: (record: OwnedRecord) => boolean): Promise<void>;
    /** Ends it; everything adds up. Returns the ledger's line of owners. */
    end(): Promise<string>;
  }

  async function start(
    context: TestContext,
    name: string,
    { prefix = [], args = [], refused = [], program }: Partial<Setting> = {},
  ): Promise<Rig> {
    const switches = join(folder.path, `${name}-faults`);
    mkdirSync(switches);
    chmodSync(switches, 0o755);
    const refuse = (what: string, isRefused: boolean) =>
      isRefused ? writeFileSync(join(switches, what), '') : rmSync(join(switches, what));
    for (const what of refused) refuse(what, true);
    const watcher = startOwnersWatcher(
      { atEnd: (undo) => context.after(undo) },
      {
        name,
        args: [
          '-i',
          'eth0',
          '--engine',
          program === undefined ? 'batch' : 'cap',
          '--interval',
          '500ms',
          ...args,
        ],
        prefix: [
          ...hosts.here.prefix,
          ...cgroups.prefix,
          ...prefix,
          'env',
          `LD_PRELOAD=${faults}`,
          `KERNEL_FAULTS=${switches}`,
        ],
        folder: folder.path,
        outputs: ['full'],
        ...(program === undefined ? {} : { installed: program }),
      },
    );
    await untilItWatches(watcher);
    return {
      watcher,
      refuse,
      async tells(what, satisfies) {
        const seen = watcher.records().length;
        await until(
          what,
          () =>
            watcher
              .records()
              .slice(seen)
              .some((record) => record.target_port === port && satisfies(record)),
          () => JSON.stringify(watcher.records().at(-1)) + watcher.program.stderr(),
        );
      },
      async end() {
        const ended = await watcher.stop();
        assert.deepEqual(wrongEnding(name, ended), []);
        return /^pcap-agg: (owners: .*)$/m.exec(ended.stderr)?.[1] ?? ended.stderr;
      },
    };
  }

  interface Setting {
    readonly prefix: readonly string[];
    readonly args: readonly string[];
    readonly refused: readonly string[];
    readonly program: string;
  }

  const isKnown = ({ owner, owner_command }: OwnedRecord) =>
    owner === unit && owner_command === 'connections';
  const isNobody = ({ owner, owner_missing }: OwnedRecord) =>
    owner === undefined && owner_missing !== undefined;

  test('are known where nothing is missing', async (context) => {
    const rig = await start(context, 'nothing');
    await rig.tells('the unit is told', isKnown);
    assert.doesNotMatch(await rig.end(), /not listened to/);
  });

  test('are not known without the addon', async (context) => {
    const program = installProgram({ mode: 0o755, withAddon: false });
    const rig = await start(context, 'addon', { program });
    await rig.tells('nobody is told', isNobody);
    await rig.end();
  });

  test('are users where no control groups are mounted', async (context) => {
    const rig = await start(context, 'mount', {
      prefix: ['unshare', '--mount', 'sh', '-c', 'umount -l /sys/fs/cgroup && exec "$@"', 'sh'],
    });
    await rig.tells('root is told', ({ owner, owner_kind, owner_cgroup }) => {
      return owner === 'root' && owner_kind === 'user' && owner_cgroup === undefined;
    });
    await rig.end();
  });

  test('keep their names when the mount goes away', async (context) => {
    const rig = await start(context, 'unmounted');
    await rig.tells('the unit is told', isKnown);
    const pid = String(rig.watcher.program.child.pid);
    execFileSync('nsenter', ['--mount', '--target', pid, 'umount', '-l', '/sys/fs/cgroup']);
    await rig.tells('the unit is told', ({ owner }) => owner === unit);
    await rig.end();
  });

  test('have no command where /proc is hidden', async (context) => {
    const hide = 'mount -t proc -o hidepid=invisible proc /proc && exec "$@"';
    const rig = await start(context, 'proc', { prefix: ['unshare', '--mount', 'sh', '-c', hide, 'sh'] });
    await rig.tells('the unit is told', ({ owner, owner_command }) => {
      return owner === unit && owner_command === undefined;
    });
    await rig.end();
  });

  test('are not known where the kernel takes no questions', async (context) => {
    const rig = await start(context, 'look-ups', { refused: ['look-ups'] });
    await rig.tells('nobody is told', isNobody);
    await rig.end();
  });

  for (const mode of ['on', 'syn'])
    test(`are known again when the kernel answers again (${mode})`, async (context) => {
      const rig = await start(context, `questions-${mode}`, {
        args: ['--owners', mode],
        refused: ['questions'],
      });
      await rig.tells('nobody is told', isNobody);
      rig.refuse('questions', false);
      await rig.tells('the unit is told', isKnown);
      rig.refuse('questions', true);
      await rig.tells('nobody is told', isNobody);
      await rig.end();
    });

  test('go on where no more files can be opened', async (context) => {
    const rig = await start(context, 'descriptors');
    const { pid } = rig.watcher.program.child;
    const open = readdirSync(`/proc/${pid}/fd`).length;
    // Only the same user may, where root has not all of its rights.
    const [program, ...words] = [...withoutRights, 'prlimit', `--nofile=${open}:`, '--pid', String(pid)];
    execFileSync(program!, words);
    await rig.tells('the unit is told', ({ owner }) => owner === unit);
    await rig.end();
  });

  for (const what of ['instances', 'watches'])
    test(`of new control groups are found by walks where inotify has no more ${what}`, async (context) => {
      const rig = await start(context, what, { refused: [what] });
      await rig.tells('the unit is told', isKnown);
      assert.match(await rig.end(), / [1-9]\d* not listened to$/);
    });
});
