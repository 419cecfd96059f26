/** What names are kept and shown, by plain means. */
import type { NameLimits } from '../../../../src/enrich/names/traffic/kept-names.js';

interface Kept {
  readonly name: string;
  readonly lifeMs: number;
  readonly expiresMs: number;
}

/** KeptNames as a plain Map, which has its keys in the order in which they were set. */
export class KeptModel<Key> {
  evicted = 0;
  readonly names = new Map<Key, Kept>();
  readonly #limits: NameLimits;

  constructor(limits: NameLimits) {
    this.#limits = limits;
  }

  show(key: Key, nowMs: number): string | null {
    const kept = this.names.get(key);
    if (kept === undefined || nowMs >= kept.expiresMs) return null;
    this.#set(key, { ...kept, expiresMs: Math.max(kept.expiresMs, nowMs + kept.lifeMs) });
    return kept.name;
  }

  keep(key: Key, name: string, lifeSeconds: number, nowMs: number): void {
    const { shortestLifeMs, longestLifeMs, mostNames, mostTextBytes } = this.#limits;
    const lifeMs = Math.max(shortestLifeMs, Math.min(lifeSeconds * 1_000, longestLifeMs));
    if (!this.names.has(key) && this.names.size === mostNames) this.#evict(nowMs);
    this.#set(key, { name, lifeMs, expiresMs: nowMs + lifeMs });
    while (this.#textBytes > mostTextBytes && this.names.size > 1) this.#evict(nowMs);
  }

  /** Its key counts as used. */
  use(key: Key): void {
    this.#set(key, this.names.get(key)!);
  }

  held(nowMs: number): number {
    return [...this.names.values()].filter(({ expiresMs }) => nowMs < expiresMs).length;
  }

  get #textBytes(): number {
    return [...this.names.values()].reduce((sum, { name }) => sum + 16 + 8 * Math.ceil(name.length / 8), 0);
  }

  #set(key: Key, kept: Kept): void {
    this.names.delete(key);
    this.names.set(key, kept);
  }

  #evict(nowMs: number): void {
    const [key, { expiresMs }] = this.names.entries().next().value!;
    if (nowMs < expiresMs) this.evicted++;
    this.names.delete(key);
  }
}
