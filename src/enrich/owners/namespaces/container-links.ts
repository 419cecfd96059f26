/**
 * Which interfaces of this host lead into its other network namespaces: pairs of interfaces (veth(4), netkit) with one end here and the
 * other in a container, and bridges whose ports are all such ends. A bridge with any other port may reach other hosts as well.
 *
 * This is read from /sys/class/net, where each end of a pair names the number of the other one, in whichever namespace that is. A veth
 * has no kind there. Its speed tells it from tunnels, which name the interface below them in the same file.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** It shows the network namespace that it was mounted in. */
const usualFolder = '/sys/class/net';

/** With more than these, none is known. */
const mostInterfaces = 16_384;

interface Link {
  readonly name: string;
  readonly index: number;
  /** The number of the interface below it, or of its other end; its own number where it has neither. */
  readonly linked: number;
  /** "" where the kernel gives none. */
  readonly kind: string;
  /** Whether it is known to be a veth. While it is down, that cannot be told. */
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

  /** Looks at new interfaces, for `longestMs` at most. True where all are known now. Throws where there is no such folder. */
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

  /** Whether everything that this interface reaches is in another network namespace of this host. */
  leadsIntoOthers(name: string): boolean {
    const link = this.#links.get(name);
    if (link?.kind !== 'bridge') return this.#isEndOfOther(link);
    const ports = this.#entriesOf(`${name}/brif`);
    return ports.length > 0 && ports.every((port) => this.#isEndOfOther(this.#links.get(port)));
  }

  /**
   * Two ends that are both here name each other. The number of an end elsewhere may by chance be that of any interface here, even
   * this one's.
   */
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

  /** Of the interfaces that have a speed, only a veth is no device, lies on no other interface, and belongs to no program. */
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

  /** Undefined where this is no interface, or one that has gone. */
  #look(name: string): Link | undefined {
    const about = this.#read(name, 'uevent');
    const index = Number(/^IFINDEX=(\d+)$/m.exec(about)?.[1] ?? 0);
    if (index === 0) return undefined;
    const kind = /^DEVTYPE=(.+)$/m.exec(about)?.[1] ?? '';
    const link = { name, index, linked: Number(this.#read(name, 'iflink')), kind, isVeth: false };
    this.#isEnd(link);
    return link;
  }

  /** "" where it cannot be read. */
  #read(name: string, file: string): string {
    try {
      return readFileSync(`${this.#folder}/${name}/${file}`, 'latin1').trim();
    } catch {
      return '';
    }
  }
}
