/**
 * Two hosts, a network namespace each, joined by a link that loses, doubles, delays and reorders packets, and tells of each packet what
 * is true of it (link.c). A kernel may lack netem, and netem would not say what it did. Root only.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Host, inNamespace } from '../owners/hosts.js';
import type { Undoing } from '../readers/process.js';
import { until } from '../until.js';
import { ip, untilItCarries } from '../veth.js';
import { type Label, readLabels } from './labels.js';
import { compiledProgram } from './program.js';
import { type LinkDirection, settingWords } from './settings.js';

export interface LinkOptions extends LinkDirection {
  readonly seed?: number;
  /** Of one direction only: from `here` to `elsewhere`, and back. */
  readonly there?: LinkDirection;
  readonly back?: LinkDirection;
  /** `veth`: each host has one end of a veth pair, and the link joins the other ends. Default: a TUN device each. */
  readonly device?: 'tun' | 'veth';
  /** The kernel hands over up to 64 KiB as one segment, as network cards take it. */
  readonly offloading?: boolean;
}

/** Of a link between namespaces that are there. */
export interface LinkEnd {
  readonly namespace: string;
  /** The name that the interface gets. */
  readonly device: string;
  /** "198.18.0.1/24"; those of IPv6 are there at once. */
  readonly addresses: readonly string[];
}

export interface LinkCounts {
  readonly in: number;
  readonly doubled: number;
  readonly out: number;
  readonly dropped: number;
  /** On the link. */
  readonly waiting: number;
}

export interface Link {
  /** What has happened so far. */
  counts(): Promise<LinkCounts>;
  /** Takes the link away; packets that are on it are dropped. Once. */
  stop(): Promise<LinkCounts>;
  /** In the order in which packets came out or were dropped, until `counts` or `stop` was last called. */
  labels(): readonly Label[];
}

export interface LinkedHosts extends Link {
  /** 198.18.0.1 and 198.18.0.2, fd6a:7063:6f::1 and ::2; each has `lo` and `device`. */
  readonly here: Host;
  readonly elsewhere: Host;
  readonly device: string;
}

const device = 'link0';

/** Makes both hosts. The link passes packets when it resolves. */
export async function openLink(undoing: Undoing, options: LinkOptions = {}): Promise<LinkedHosts> {
  const name = `pl${randomInt(0x1000_0000).toString(36)}`;
  const [here, elsewhere] = [hostOf(name, 'h', 1), hostOf(name, 'e', 2)];
  for (const { namespace } of [here, elsewhere]) addNamespace(undoing, namespace);
  const link = await joinNamespaces(undoing, [endOf(here), endOf(elsewhere)], options);
  return { ...link, here, elsewhere, device };
}

/** Joins two that are there. The link passes packets when it resolves. */
export async function joinNamespaces(
  undoing: Undoing,
  ends: readonly [here: LinkEnd, elsewhere: LinkEnd],
  options: LinkOptions = {},
): Promise<Link> {
  const folder = mkdtempSync(join(tmpdir(), 'pcap-agg-link-'));
  undoing.atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'labels');
  const isVeth = options.device === 'veth';
  const devices = isVeth ? openPairs(undoing, ends, options) : tuns(ends, options);
  const child = spawn(compiledProgram('link'), [file, ...devices, ...settingWords(options)], {
    stdio: 'pipe',
  });
  undoing.atEnd(() => child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const ended = new Promise((resolve) => child.on('close', resolve));
  await until(
    'the link is there',
    () => child.exitCode !== null || said.startsWith('ready\n'),
    () => said,
  );
  if (child.exitCode !== null) throw new Error(`the link ended with ${child.exitCode}: ${said}`);
  // A TUN device is there as long as the program is.
  if (!isVeth) for (const end of ends) setUp(end);
  const told = () => [...said.matchAll(/^\{.*\}$/gm)].map(([line]) => JSON.parse(line) as LinkCounts);
  return {
    async counts() {
      const before = told().length;
      child.kill('SIGUSR1');
      await until('the link tells its counts', () => told().length > before);
      return told().at(-1)!;
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
      if (child.exitCode !== 0) throw new Error(`the link ended with ${child.exitCode}: ${said}`);
      return told().at(-1)!;
    },
    labels: () => readLabels(readFileSync(file, 'latin1')),
  };
}

function hostOf(name: string, end: string, number: number): Host {
  return {
    namespace: name + end,
    ipv4: `198.18.0.${number}`,
    ipv6: `fd6a:7063:6f::${number}`,
    linkLocal: `fe80::${number}`,
    prefix: inNamespace(name + end),
  };
}

const endOf = ({ namespace, ipv4, ipv6, linkLocal }: Host): LinkEnd => ({
  ...{ namespace, device, addresses: [`${ipv4}/24`, `${ipv6}/64`, `${linkLocal}/64`] },
});

function addNamespace(undoing: Undoing, namespace: string): void {
  ip('netns', 'add', namespace);
  undoing.atEnd(() => ip('netns', 'del', namespace));
  ip('-n', namespace, 'link', 'set', 'lo', 'up');
}

const tuns = (ends: readonly LinkEnd[], { offloading = false }: LinkOptions): readonly string[] =>
  ends.map((end) => `${offloading ? 'offloading-' : ''}tun:${end.namespace}:${end.device}`);

/** The other ends are in a namespace between both. */
function openPairs(
  undoing: Undoing,
  ends: readonly LinkEnd[],
  { offloading = false }: LinkOptions,
): readonly string[] {
  const between = `pb${randomInt(0x1000_0000).toString(36)}`;
  addNamespace(undoing, between);
  return ends.map((end, index) => {
    const other = `end${index}`;
    ip(
      ...['-n', between, 'link', 'add', other, 'type', 'veth'],
      ...['peer', 'name', end.device, 'netns', end.namespace],
    );
    ip('-n', between, 'link', 'set', other, 'addrgenmode', 'none', 'up');
    if (!offloading) ip('-n', end.namespace, 'link', 'set', end.device, 'gso_max_segs', '1');
    setUp(end);
    untilItCarries(['ip', '-n', end.namespace], end.device);
    untilItCarries(['ip', '-n', between], other);
    return `interface:${between}:${other}`;
  });
}

/** Its queue loses nothing: what is lost the link loses. */
function setUp({ namespace, device: name, addresses }: LinkEnd): void {
  ip('-n', namespace, 'link', 'set', name, 'addrgenmode', 'none', 'txqueuelen', '10000');
  for (const address of addresses) {
    const atOnce = address.includes(':') ? ['nodad'] : [];
    ip('-n', namespace, 'addr', 'add', address, 'dev', name, ...atOnce);
  }
  ip('-n', namespace, 'link', 'set', name, 'up');
}
