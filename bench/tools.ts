/** What the benchmarks need beside Node: four small C programs of ours, and the peers from Debian. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Tools {
  /** bench/run.c */
  readonly run: string;
  /** bench/sender.c */
  readonly sender: string;
  /** bench/collector.c */
  readonly collector: string;
  /** bench/connections.c */
  readonly connections: string;
}

/** The checkout: the directory above this file that holds the sources, wherever they were compiled to. */
export const projectRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

/** Compiles the C programs into `directory`. */
export function buildTools(directory: string): Tools {
  const compile = (name: keyof Tools) => buildTool(name, directory);
  return {
    run: compile('run'),
    sender: compile('sender'),
    collector: compile('collector'),
    connections: compile('connections'),
  };
}

/** Compiles one of them; returns its path. */
export function buildTool(name: keyof Tools, directory: string): string {
  const program = join(directory, name);
  const source = join(projectRoot, 'bench', `${name}.c`);
  execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', program, source], { stdio: 'inherit' });
  return program;
}

/** Debian packages by a program that they bring. */
const packages: Readonly<Record<string, string>> = {
  softflowd: 'softflowd',
  nfpcapd: 'nfdump',
  argus: 'argus-server',
  racount: 'argus-client',
  tcpdump: 'tcpdump',
  pmacctd: 'pmacct',
  cc: 'gcc libc6-dev',
  ip: 'iproute2',
  sysctl: 'procps',
  openssl: 'openssl',
};

/** Installs what is missing of the peers, where this is Debian and we are root. */
export function installPeers(say: (line: string) => void): void {
  const missing = Object.keys(packages).filter((program) => !hasProgram(program));
  if (missing.length === 0) return;
  const names = missing.flatMap((program) => packages[program]!.split(' '));
  say(`installing ${names.join(' ')}`);
  const apt = (words: string[]) =>
    spawnSync('apt-get', words, { stdio: ['ignore', 'ignore', 'inherit'], env: aptEnvironment() }).status ===
    0;
  if (!apt(['install', '-y', '-q', '--no-install-recommends', ...names])) {
    apt(['update', '-q']);
    apt(['install', '-y', '-q', '--no-install-recommends', ...names]);
  }
  // Debian starts what it installs; a daemon that captures beside the measured ones would cost all of them.
  for (const service of ['softflowd', 'pmacctd', 'argus-server', 'nfdump']) {
    spawnSync('service', [service, 'stop'], { stdio: 'ignore' });
  }
}

export function hasProgram(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((directory) => existsSync(join(directory, program)));
}

/** One line each about the machine, without names of hosts or users. */
export function describeMachine(): string[] {
  const cpu = /^model name\s*: (.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown CPU';
  const cores = (readFileSync('/proc/cpuinfo', 'utf8').match(/^processor/gm) ?? []).length;
  const kib = Number(/^MemTotal:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0);
  const system = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux';
  const kernel = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
  return [
    `${cpu}, ${cores} cores, ${Math.round(kib / 1024 / 1024)} GiB`,
    `${system}, Linux ${kernel}, Node ${process.version}`,
  ];
}

function aptEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
}

function findRoot(from: string): string {
  if (existsSync(join(from, 'bench', 'run.c'))) return from;
  const above = dirname(from);
  if (above === from) throw new Error('bench/run.c is nowhere above this file');
  return findRoot(above);
}
