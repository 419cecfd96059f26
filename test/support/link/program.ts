/** The C programs of this folder, each compiled once a process. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../project.js';
import { noNetwork } from '../veth.js';

/** Why there can be no link, or false. */
export const noLink: string | false = whyNoLink();

function whyNoLink(): string | false {
  if (noNetwork !== false) return noNetwork;
  if (!existsSync('/dev/net/tun')) return 'this kernel has no TUN devices';
  const hasCompiler = spawnSync('cc', ['--version']).error === undefined;
  return hasCompiler ? false : 'no C compiler is installed (Debian: apt-get install gcc libc6-dev)';
}

const sources = {
  link: ['link.c', 'devices.c', 'packet.c', 'settings.c', 'truth.c', 'waiting.c'],
  talks: ['talks.c'],
} as const;

const compiled = new Map<keyof typeof sources, string>();

export function compiledProgram(name: keyof typeof sources): string {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const folder = mkdtempSync(join(tmpdir(), 'pcap-agg-link-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, name);
  const paths = sources[name].map((source) => join(projectRoot, 'test/support/link', source));
  execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-pthread', '-o', program, ...paths]);
  compiled.set(name, program);
  return program;
}
