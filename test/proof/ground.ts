/** What a proof stands on: a folder, ports, certificates and networks of its own, all of which goes when it is over. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/ports.js';
import { type Certificates, makeCertificates } from '../support/readers/certificates.js';
import type { Undoing } from '../support/readers/process.js';
import { openVeth, type Veth } from '../support/veth.js';

export interface Ground extends Undoing {
  /** Anybody may go through it. */
  readonly folder: string;
  /** Free for TCP and UDP. */
  port(): Promise<number>;
  certificates(): Certificates;
  /** A veth pair whose far end is in a namespace of its own. */
  veth(): Veth;
}

export interface OpenGround extends Ground {
  /** Undoes everything; rejects with the first that could not be undone. */
  close(): Promise<void>;
}

export function openGround(): OpenGround {
  const undoing: (() => unknown)[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'pcap-agg-proof-'));
  chmodSync(folder, 0o755);
  undoing.push(() => rmSync(folder, { recursive: true, force: true }));
  let certificates: Certificates | undefined;
  return {
    folder,
    port: freePort,
    certificates() {
      certificates ??= makeCertificates(join(folder, 'certificates'));
      return certificates;
    },
    veth() {
      const veth = openVeth();
      undoing.push(() => veth.close());
      return veth;
    },
    atEnd: (undo) => undoing.push(undo),
    async close() {
      let failure: unknown;
      for (const undo of undoing.splice(0).reverse()) {
        try {
          await undo();
        } catch (error) {
          failure ??= error;
        }
      }
      if (failure !== undefined) throw failure;
    },
  };
}
