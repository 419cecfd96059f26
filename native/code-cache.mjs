/**
 * dist/bundle/program-….cache: the bytecode of all functions that a short replay calls, as V8 keeps it after one. It is for
 * the Node that runs this, and made anew wherever the program is built or its bindings are.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { project, run, say } from './run.mjs';

const program = join(project, 'dist/bundle/main.cjs');

/** A capture of one UDP datagram, whole: file header, packet header, Ethernet, IPv4, UDP. */
const capture = Buffer.from(
  ['d4c3b2a1020004000000000000000000ffff000001000000', '00000000000000002a0000002a000000']
    .concat([
      '020000000002020000000001' + '0800',
      '4500001c00010000401100000a0000010a000002',
      '9c400035' + '00080000',
    ])
    .join(''),
  'hex',
);

export function makeCodeCache() {
  if (!existsSync(program)) return;
  rmSync(cacheFile(), { force: true });
  const folder = mkdtempSync(join(tmpdir(), 'pcap-agg-'));
  try {
    writeFileSync(join(folder, 'one.pcap'), capture);
    const command = [process.execPath, fileURLToPath(import.meta.url), join(folder, 'one.pcap')];
    const { succeeded, output } = run(command);
    if (!succeeded) say(`without bytecode the program starts more slowly; making it failed: ${output}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Where main.cjs looks for it. */
function cacheFile() {
  return join(dirname(program), /program-\w+\.cache/.exec(readFileSync(program, 'utf8'))[0]);
}

/** In a process of its own: replays `path`, and writes V8's bytecode down when the process ends. */
function replay(path) {
  const require = createRequire(import.meta.url);
  const vm = require('node:vm');
  const { Script } = vm;
  vm.Script = class extends Script {
    constructor(...args) {
      super(...args);
      process.once('exit', (code) => code === 0 && writeFileSync(cacheFile(), this.createCachedData()));
    }
  };
  // Root would become another user, who may not be allowed to write the cache.
  const staysRoot = process.getuid?.() === 0 ? ['-Z', 'root'] : [];
  const options = ['-n', '--datadog-ranges', 'off', '--interval', '0', '--to', '-', ...staysRoot];
  process.argv = [process.execPath, program, ...options, '-r', path];
  require(program);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) replay(process.argv[2]);
