/**
 * Interfaces by pattern: one cooked capture of all interfaces, of which those frames count whose interface is named. Each
 * frame has its interface's index, so one that comes later is there with its first frame, and takes no right to open.
 *
 *     LINUX_SLL2    protocol (2), reserved (2), interface index (4), … (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html)
 */
import type { Native } from '../../../host/native.js';
import { type LinkDecoder, outcomeNumber } from '../../../packet/packet.js';
import { SourceError } from '../../source.js';
import { InterfaceNames, type NamedInterface } from './interface-names.js';
import { type MatchesName, matchPatterns } from './interface-patterns.js';

const OTHER_INTERFACE = outcomeNumber('other-interface');
const LINUX_SLL2 = 276;
const indexOffset = 4;
const indexEnd = 8;

/** For how many interfaces verdicts are kept at once, a power of two; those with the same last bits take turns. */
const verdictSlots = 1_024;

/** How often new interfaces are looked for that have had no frame yet, to make them promiscuous. */
const lookMs = 250;
const mostNamesTold = 8;

export interface SelectionOptions {
  /** Never empty. */
  readonly patterns: readonly string[];
  /** Whether the named interfaces take frames for other hosts too. */
  readonly promiscuous: boolean;
  /** The capture's packet socket, and the DLT_ value of its frames. */
  readonly descriptor: number;
  readonly linkType: number;
}

export class InterfaceSelection {
  readonly #native: Native;
  readonly #options: SelectionOptions;
  readonly #names: InterfaceNames;
  readonly #matches: MatchesName;
  /** By the index's last bits: the index where its frames count, all of its bits inverted where not, 0 where unknown. */
  readonly #verdicts = new Int32Array(verdictSlots);
  #timer: NodeJS.Timeout | undefined;

  constructor(native: Native, options: SelectionOptions) {
    this.#native = native;
    this.#options = options;
    this.#names = new InterfaceNames(native);
    this.#matches = matchPatterns(options.patterns);
  }

  /** Returns what to tell the operator. Throws a SourceError or the addon's errors. */
  open(): string {
    const { patterns, linkType } = this.#options;
    const given = `-i ${patterns.join(',')}`;
    if (linkType !== LINUX_SLL2)
      throw new SourceError(
        'usage',
        `${given}: patterns take libpcap 1.10 or later; name the interfaces, each with -i`,
      );
    const found = this.#greet(this.#names.open()).map(({ name }) => name);
    this.#timer = setInterval(() => this.#update(), lookMs);
    this.#timer.unref();
    if (found.length === 0)
      return `${given}: names no interface that is there; waiting for one ("pcap-agg -D" lists those there are)`;
    const more = found.length > mostNamesTold ? ` and ${found.length - mostNamesTold} more` : '';
    return `${given}: names ${found.slice(0, mostNamesTold).join(', ')}${more} now, and others as they come`;
  }

  /** Decodes frames of named interfaces as `decode` does. */
  decoder(decode: LinkDecoder): LinkDecoder {
    const verdicts = this.#verdicts;
    return (view, offset, end, wireEnd, packet) => {
      const index = end - offset < indexEnd ? 0 : view.getInt32(offset + indexOffset);
      const verdict = verdicts[index & (verdictSlots - 1)]!;
      const counts = verdict === index || (verdict !== ~index && this.#judge(index));
      return counts ? decode(view, offset, end, wireEnd, packet) : OTHER_INTERFACE;
    };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#names.close();
  }

  /** The kernel tells of an interface before it takes the first frame of it. */
  #judge(index: number): boolean {
    this.#update();
    const counts = this.#matches(this.#names.nameOf(index) ?? '');
    this.#verdicts[index & (verdictSlots - 1)] = counts ? index : ~index;
    return counts;
  }

  #update(): void {
    const changed = this.#names.update();
    for (const { index } of changed) this.#verdicts[index & (verdictSlots - 1)] = 0;
    this.#greet(changed);
  }

  /** Returns those that are named. */
  #greet(interfaces: readonly NamedInterface[]): NamedInterface[] {
    const named = interfaces.filter(({ name }) => this.#matches(name));
    const { descriptor, promiscuous } = this.#options;
    if (promiscuous) for (const { index } of named) this.#native.makePromiscuous(descriptor, index);
    return named;
  }
}
