/**
 * FlowRows whose packets bring figures along. A class of its own, so that without figures nothing stands in a packet's way: a
 * process has either this one or that.
 */

import type { HashSeed } from '../../packet/hash.js';
import type { Packet } from '../../packet/packet.js';
import type { FigureName } from '../tally.js';
import { FlowFigures } from './flow-figures.js';
import { FlowRows, type Spill, stagedRows } from './flow-rows.js';

export class FiguredRows extends FlowRows {
  readonly #figures: FlowFigures;

  constructor(family: 4 | 6, maxFlows: number, seed: HashSeed, spill: Spill, asked: ReadonlySet<FigureName>) {
    const figures = new FlowFigures(asked, maxFlows, stagedRows);
    super(family, maxFlows, seed, spill, figures);
    this.#figures = figures;
  }

  override add4(packet: Packet): number {
    const unit = super.add4(packet);
    if (unit >= 0) this.#figures.add(unit >> this.layout.unitShift, packet);
    return unit;
  }
}
