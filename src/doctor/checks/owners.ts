/** Owners of flows: whether the kernel tells about sockets, and whether a run can name what it tells. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { findCgroupMount, type NoCgroupMount } from '../../enrich/owners/cgroups/cgroup-mount.js';
import { openOwnerCatalog } from '../../enrich/owners/open-catalog.js';
import { shownText } from '../../enrich/owners/shown-text.js';
import { steadyMs } from '../../host/clock.js';
import { loadNative, type Native } from '../../host/native.js';
import { socketAnswerWords, socketQuestionWords } from '../../host/socket-look-ups.js';
import { type Check, type Finding, fail, ok, type Subject, warn } from '../finding.js';

/** The part that takes the right to capture. */
export const synWatch: Check = { name: 'owners', run: runWithRights };
/** The part that a run does after it has given up its rights. */
export const owners: Check = { name: 'owners', run };

async function runWithRights({ owners: { mode, shown } }: Subject): Promise<Finding[]> {
  if (mode !== 'syn' || !shown) return [];
  const loaded = loadNative();
  if (loaded.native === undefined) return [fail(`--owners syn: ${loaded.problem}; or take --owners on`)];
  const { native } = loaded;
  try {
    native.closeSynWatch(native.openSynWatch(1));
    return [ok('SYNs that this host sends can be watched (--owners syn)')];
  } catch (error) {
    return [fail(`--owners syn: ${(error as Error).message}; it takes the right to capture`)];
  }
}

async function run({ owners: { mode, shown } }: Subject): Promise<Finding[]> {
  if (mode === 'off') return [ok('none: --owners off')];
  if (!shown) return [ok('none: no output shows them; --schema full does')];
  const loaded = loadNative();
  if (loaded.native === undefined) return [warn(`none are known: ${loaded.problem}`)];
  const tried = await trySockets(loaded.native);
  if (typeof tried === 'string') return [warn(`none are known: ${tried}`)];
  if (tried.group === 0) return [warn(`users alone are known: ${oldKernel}`)];
  return [await controlGroups(tried.group), ...commands()];
}

const oldKernel = 'this kernel does not tell the control groups of sockets; Linux 5.9 and later do';
const remedies: Readonly<Record<NoCgroupMount, string>> = {
  'not mounted':
    'are not mounted here; "ip netns exec" hides them, "nsenter --net" does not; a container needs the host\'s /sys/fs/cgroup',
  'version 1 alone is mounted': 'are mounted in version 1 alone; version 2 is what sockets tell',
  'mountinfo cannot be read': 'cannot be found: /proc/self/mountinfo cannot be read',
};
/** A walk through thousands of groups takes a second. */
const patienceMs = 2_000;
const lookEveryMs = 20;

/** Whether control groups have names here, including the one that a socket of this process has. */
async function controlGroups(own: number): Promise<Finding> {
  const mount = findCgroupMount();
  if (typeof mount === 'string') return warn(`users alone are known: control groups ${remedies[mount]}`);
  const catalog = await openOwnerCatalog({ mount, keepMs: patienceMs });
  try {
    const deadlineMs = steadyMs() + patienceMs;
    const isKnown = () => catalog.ownerOf(own, 0).cgroup !== null;
    while (!isKnown() && steadyMs() < deadlineMs) await sleep(lookEveryMs);
    const found = `units, containers, pods and users: ${catalog.inWords}, in ${shownText(mount.folder)}`;
    if (mount.isWhole && isKnown()) return ok(found);
    return warn(`${found}; others of this host are not to be seen here: mount its whole cgroup2 there`);
  } finally {
    catalog.close();
  }
}

/** The id of the control group of a socket of this process, 0 where the kernel does not tell it; or what is wrong. */
async function trySockets(native: Native): Promise<{ readonly group: number } | string> {
  const server = createServer();
  const datagrams = createSocket('udp4');
  try {
    server.listen(0, loopback);
    datagrams.bind(0, loopback);
    await Promise.all([once(server, 'listening'), once(datagrams, 'listening')]);
    const { port } = server.address() as { port: number };
    return ask(native, [...questionFor(6, port), ...questionFor(17, datagrams.address().port)]);
  } catch (error) {
    return `no socket can be opened on ${loopback} to try it (${(error as NodeJS.ErrnoException).code})`;
  } finally {
    server.close();
    datagrams.close();
  }
}

function ask(native: Native, questions: readonly number[]): { readonly group: number } | string {
  const answers = new Int32Array((questions.length / socketQuestionWords) * socketAnswerWords);
  let descriptor: number | undefined;
  try {
    descriptor = native.openSocketLookUps();
    native.lookUpSockets(descriptor, Int32Array.from(questions), answers.length / socketAnswerWords, answers);
  } catch (error) {
    return `${(error as Error).message}; in a service, RestrictAddressFamilies= has to allow AF_NETLINK`;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
  for (let at = stateWord; at < answers.length; at += socketAnswerWords)
    if (answers[at] === 0)
      return 'the kernel does not find sockets that are open (is it built without inet_diag?)';
  return { group: new Float64Array(answers.buffer, 0, 1)[0]! };
}

const loopback = '127.0.0.1';
const stateWord = 4;
const anywhere = [0, 0, 0, 0];

/** Asks for the socket that listens at this port of loopback. */
function questionFor(protocol: number, port: number): readonly number[] {
  const ports = (port >>> 8) | ((port & 0xff) << 8);
  const local = [0x01_0000_7f, 0, 0, 0];
  return [protocol | (4 << 8), ports, 0, 0, ...local, ...anywhere];
}

/** Whether other users' processes show their commands. A run as nobody needs that for nearly all of them. */
function commands(): Finding[] {
  try {
    readFileSync('/proc/1/comm');
    return [];
  } catch {
    return [
      warn(
        "commands and pids of other users' processes are hidden here; in a service, ProtectProc=default shows them, else a /proc without hidepid",
      ),
    ];
  }
}
