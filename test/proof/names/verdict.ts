/** Holds what was told of connections against what tshark reads of the same traffic. */

import { lastLedger } from '../../support/ledger-text.js';
import { judgeServerNames } from '../../support/names/named-records.js';
import { tsharkHellos } from '../../support/names/tshark-names.js';
import type { Watcher } from '../../support/names/watcher.js';
import type { NamesVerdict } from './case.js';
import type { Seen } from './scene.js';
import { count } from './tally.js';

export interface Expected {
  /** Of the table at the end. */
  readonly kind: string;
  /** Each of them was asked for. */
  readonly hosts: readonly string[];
  /** Ways that are known to lack some names, and say so. */
  readonly mayLack?: readonly string[];
  /** What else went wrong. */
  readonly wrong?: readonly string[];
}

/** A way that lost something, which its ledger says, may lack names; it may not mistake any. */
export function judge(seen: Seen, expected: Expected): NamesVerdict {
  const { kind, hosts, mayLack = [], wrong: more = [] } = expected;
  const asked = tsharkHellos(seen.file);
  const named = new Set([...asked.values()].map(({ name }) => name));
  const missing = hosts.filter((host) => !named.has(host));
  const wrong = [...seen.wrong, ...more];
  if (missing.length > 0) wrong.push(`tshark lacks ${missing.join(', ')}`);
  count(kind, 'tshark', asked.size, asked.size + missing.length);
  let right = asked.size;
  const told: string[] = [`tshark ${asked.size}`];
  for (const watcher of seen.watchers) {
    const { name } = watcher;
    const copies = name.startsWith('any') ? seen.copies : 1;
    const judged = judgeServerNames(asked, watcher.records(), copies);
    const lost = lostBy(watcher);
    count(kind, name, judged.right, asked.size);
    right = Math.min(right, judged.right);
    const loss = lost === 0 ? '' : `, ${lost} lost`;
    told.push(judged.right === asked.size ? name : `${name} ${judged.right}${loss}`);
    const mayLackSome = lost > 0 || mayLack.includes(name);
    const bad = [...judged.mistaken, ...(mayLackSome ? [] : judged.lacking)];
    if (bad.length > 0) wrong.push(`${name}: ${judged.right} right; ${bad[0]}\n${watcher.program.stderr()}`);
  }
  return { connections: asked.size, right, told: told.join('; '), wrong };
}

/** Frames that the kernel dropped, gaps, and records that were late, as on a machine with much else to do. */
function lostBy({ program }: Watcher): number {
  const { sources, sinks } = lastLedger(program.stderr());
  const frames = sources.reduce((sum, { droppedByKernel = 0, gaps }) => sum + droppedByKernel + gaps, 0);
  return frames + sinks.reduce((sum, { recordsUnsent }) => sum + recordsUnsent, 0);
}
