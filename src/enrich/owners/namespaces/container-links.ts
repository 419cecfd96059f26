/**
 * Which interfaces of this host lead into network namespaces of its own: the pairs of interfaces (veth(4), netkit) of which one
 * end is here and the other in a container, and bridges between such pairs alone. A bridge with any other port may reach
 * other hosts, too.
 *
 * From the kernel's folder of interfaces, where a pair's end names the other's number, wherever that is. veth has no kind there; by
 * its speed it is told from tunnels, which name the interface below them in the same place.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** Of the network namespace that it was mounted in. */
const usualFolder = '/sys/class/net';

/** Where there are more, none is known. */
const mostInterfaces = 16_384;

interface Link {
  readonly name: string;
  readonly index: number;
  /** The number of the interface that it is on, or the other end's; its own where there is none. */
  readonly linked: number;
  /** "" where the kernel tells none. */
  readonly kind: string;
  /** Whether it is known to be veth: while it is down, nobody can tell. */
  isVeth: boolean;
}

export class ContainerLinks {
  /** A steady clock. */
  readonly #nowMs: () => number;
  readonly #folder: string;
  #links = new Map<string, Link | undefined>();
  #byIndex = new Map<number, Link>();

  constructor(nowMs: () => number, folder = usualFolder) {
    this.#nowMs = nowMs;
    this.#folder = folder;
  }

  /** Learns of interfaces that are new, for so long. True where all are known now. Throws where there is no such folder. */
  update(longestMs: number): boolean {
    const names = readdirSync(this.#folder);
    if (names.length > mostInterfaces) return false;
    const deadlineMs = this.#nowMs() + longestMs;
    const links = new Map<string, Link | undefined>();
    for (const name of names) {
      if (this.#links.has(name)) links.set(name, this.#links.get(name));
      else if (this.#nowMs() < deadlineMs) links.set(name, this.#look(name));
    }
    this.#links = links;
    this.#byIndex = new Map();
    for (const link of links.values()) if (link !== undefined) this.#byIndex.set(link.index, link);
    return links.size === names.length;
  }

  /** Whether all that is reached by it is in another network namespace of this host. */
  leadsIntoOthers(name: string): boolean {
    const link = this.#links.get(name);
    if (link?.kind !== 'bridge') return this.#isEndOfOther(link);
    const ports = this.#entriesOf(`${name}/brif`);
    return ports.length > 0 && ports.every((port) => this.#isEndOfOther(this.#links.get(port)));
  }

  /** Two ends that are here name each other, and cannot have one number; the other end's may be that of any interface here. */
  #isEndOfOther(link: Link | undefined): boolean {
    if (link === undefined || !this.#isEnd(link)) return false;
    const { index, linked } = link;
    return linked === index || this.#byIndex.get(linked)?.linked !== index;
  }

  #isEnd(link: Link): boolean {
    if (link.linked === 0) return false;
    if (link.kind === '') link.isVeth ||= this.#isVeth(link.name);
    return link.isVeth || link.kind === 'netkit';
  }

  /** Of what has a speed, it alone is neither a device, nor on others, nor a program's. */
  #isVeth(name: string): boolean {
    if (!(Number(this.#read(name, 'speed')) > 0)) return false;
    const entries = this.#entriesOf(name);
    return !entries.some((entry) => /^(device|tun_flags|lower_.*)$/.test(entry));
  }

  #entriesOf(path: string): string[] {
    try {
      return readdirSync(`${this.#folder}/${path}`);
    } catch {
      return [];
    }
  }

  /** Undefined where it is none, or has gone. */
  #look(name: string): Link | undefined {
    const about = this.#read(name, 'uevent');
    const index = Number(/^IFINDEX=(\d+)$/m.exec(about)?.[1] ?? 0);
    if (index === 0) return undefined;
    const kind = /^DEVTYPE=(.+)$/m.exec(about)?.[1] ?? '';
    const link = { name, index, linked: Number(this.#read(name, 'iflink')), kind, isVeth: false };
    this.#isEnd(link);
    return link;
  }

  /** "" where it is not told. */
  #read(name: string, file: string): string {
    try {
      return readFileSync(`${this.#folder}/${name}/${file}`, 'latin1').trim();
    } catch {
      return '';
    }
  }
}
