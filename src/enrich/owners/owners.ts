/**
 * On whose behalf the flows of this host go. Sockets are asked for soon after a flow began, while they are there; who has them is
 * kept by addresses and ports, and told when records are made.
 */
import type { Packet } from '../../packet/packet.js';
import type { KnownOwner } from '../../record/owner.js';
import type { FlowRecord } from '../../record/record.js';
import type { Enricher } from '../enricher.js';

export class Owners implements Enricher {
  readonly counts = { asked: 0, missed: 0 };

  get inWords(): string {
    return `owners: ${this.counts.asked} asked, ${this.counts.missed} missed`;
  }

  flow(_key: Packet, _interfaceIndex: number): void {
    this.counts.asked++;
  }

  told(): void {}

  missed(flows: number): void {
    this.counts.missed += flows;
  }

  sourceOwner(_key: Packet): KnownOwner {
    return unknown;
  }

  targetOwner(_key: Packet): KnownOwner {
    return unknown;
  }

  enrich(record: FlowRecord): void {
    record.sourceOwner = null;
    record.targetOwner = null;
  }

  close(): void {}
}

const unknown: KnownOwner = { number: 0, name: '', owner: null, from: 'none', reason: 'not-asked' };
