/** Where packets come from: interfaces, files or stdin, with the settings of captures. */
import { UsageError } from '../host/failure.js';
import type { InputConfig, LiveInputConfig, StdinKind } from './config.js';
import { refuseMisread } from './first-word.js';
import { checkInterfaces, isPattern } from './interface-words.js';
import { rows } from './options.js';
import type { Settings } from './settings.js';

/** `filter` is the user's own words. Throws a UsageError. */
export function inputOf(settings: Settings, filter: string, stdin: StdinKind): InputConfig {
  // A file on the command line replaces the interfaces that the environment names.
  const named = settings.firstWith(rows.interface, rows.read);
  const interfaces = named.all(rows.interface);
  const files = named.all(rows.read);
  refuseMisread(filter, interfaces.length > 0);
  refuseTwice(interfaces);
  checkInterfaces(interfaces, settings.flag(rows.exitOnInterfaceLoss));
  if (interfaces.length > 0 && files.length > 0) {
    throw new UsageError('-i and -r: a capture and files cannot be read together; leave one of them out');
  }
  const live = liveInputOf(settings, interfaces, filter);
  if (interfaces.length > 0 || (files.length === 0 && stdin === 'nothing')) {
    // The engine refuses what else it cannot do, but cannot tell a default from what was asked for.
    if (live.engine === 'cap' && settings.written(rows.snapshotLength).length > 0) {
      throw new UsageError(
        `${settings.place(rows.snapshotLength)}: --engine cap cannot do that; add --engine batch`,
      );
    }
    return live;
  }
  refuseForFiles(live, files, settings);
  return files.length === 0 ? { kind: 'stdin' } : { kind: 'files', files };
}

function liveInputOf(settings: Settings, interfaces: readonly string[], filter: string): LiveInputConfig {
  return {
    kind: 'live',
    interfaces: interfaces.length > 0 ? interfaces : ['auto'],
    engine: engineOf(settings, interfaces),
    filter,
    bufferBytes: settings.one(rows.buffer),
    snapshotBytes: snapshotBytesOf(settings),
    promiscuous: !settings.flag(rows.noPromiscuous),
    direction: settings.one(rows.direction),
    exitOnInterfaceLoss: settings.flag(rows.exitOnInterfaceLoss),
  };
}

/** Enough for two IPv6 headers, tags, a tunnel with options and TCP's header. */
const tunnelSnapshotBytes = 256;

function snapshotBytesOf(settings: Settings): number {
  const isChosen = settings.written(rows.snapshotLength).length > 0;
  return !isChosen && settings.one(rows.tunnels) === 'inner'
    ? tunnelSnapshotBytes
    : settings.one(rows.snapshotLength);
}

/** What only `batch` can do makes it the engine, unless another was asked for. */
function engineOf(settings: Settings, interfaces: readonly string[]): LiveInputConfig['engine'] {
  const engine = settings.one(rows.engine);
  const needsBatch =
    interfaces.some(isPattern) ||
    settings.written(rows.snapshotLength).length > 0 ||
    settings.flag(rows.noPromiscuous) ||
    settings.one(rows.direction) !== 'inout';
  return engine === 'auto' && needsBatch ? 'batch' : engine;
}

/** What only a capture can do, where files or stdin are read. */
function refuseForFiles(
  { filter, direction }: LiveInputConfig,
  files: readonly string[],
  settings: Settings,
): void {
  if (filter !== '') {
    throw new UsageError(`'${filter}': a filter works on interfaces only; ${filterRemedy(files)}`);
  }
  if (direction !== 'inout') {
    throw new UsageError(
      `${settings.place(rows.direction)}: only the kernel knows which way a packet goes; leave it out, or add -i NAME`,
    );
  }
  if (files.filter((name) => name === '-').length > 1) {
    throw new UsageError('-r -: stdin can be read only once; name it once');
  }
}

/** How the packets of files or, where there are none, of stdin are filtered. */
function filterRemedy([file]: readonly string[]): string {
  if (file === undefined) return 'add -i NAME, or give it to the program that writes to stdin';
  const read = /\.gz$/i.test(file) ? `zcat ${file} | tcpdump -r -` : `tcpdump -r ${file}`;
  return `let tcpdump do it: ${read} -w - FILTER | pcap-agg -r -`;
}

/** What would count each packet of an interface twice. */
function refuseTwice(interfaces: readonly string[]): void {
  const twice = interfaces.find((name, position) => interfaces.indexOf(name) !== position);
  if (twice !== undefined) throw new UsageError(`-i ${twice}: given twice; give it once`);
}
