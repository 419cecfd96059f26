/** Address ranges from a server on loopback, with a directory for copies and a clock that a test sets. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type IpRanges, openIpRanges } from '../../../src/enrich/labels/ip-ranges.js';
import type { RangesLimits } from '../../../src/enrich/labels/ranges-source.js';
import { steadyMs } from '../../../src/host/clock.js';
import { projectRoot, readProjectFile } from '../../support/project.js';

export const fixturePath = join(projectRoot, 'fixtures/ip-ranges.json');
export const fixture = readProjectFile('fixtures/ip-ranges.json');
/** An address that is in no range of the fixture. */
export const host = '10.0.0.1';
/** One that is in 3.233.144.0/20, and its label. */
export const agents = '3.233.144.9';
export const agentsLabel = 'agents,api,apm,global,logs,process';
/** Other ranges for the same address. */
export const renewed = JSON.stringify({ renewed: { prefixes_ipv4: ['3.233.144.0/20'] } });

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface RangesRig {
  /** Where copies are kept. */
  readonly directory: string;
  /** What was logged; limited lines after their subject. */
  lines: string[];
  /** What time it is, on the wall and on the steady clock. */
  wallMs: number;
  nowMs: () => number;
  open(
    source: string | undefined,
    limits?: Partial<RangesLimits>,
    other?: { site?: string; cacheDirectory?: string },
  ): Promise<IpRanges>;
  /** Answers on loopback as `handler` says; returns its URL. */
  serve(handler: Handler): Promise<string>;
}

/** All that it opens is closed after the test. */
export async function createRangesRig(context: TestContext): Promise<RangesRig> {
  const directory = await mkdtemp(join(tmpdir(), 'pcap-agg-'));
  const opened: IpRanges[] = [];
  let server: Server | undefined;
  const rig: RangesRig = {
    directory,
    lines: [],
    wallMs: Date.UTC(2016, 8, 8, 12),
    nowMs: steadyMs,
    async open(source, limits = {}, { site = 'datadoghq.com', cacheDirectory = directory } = {}) {
      const log = {
        line: (text: string) => void rig.lines.push(text),
        limited: (subject: string, text: string) => void rig.lines.push(`${subject}: ${text}`),
      };
      const clocks = { nowMs: () => rig.nowMs(), wallMs: () => rig.wallMs };
      const ranges = await openIpRanges({
        source,
        site,
        cacheDirectory,
        log,
        ...clocks,
        limits,
      });
      opened.push(ranges);
      return ranges;
    },
    async serve(handler) {
      server = createServer(handler).listen(0, '127.0.0.1');
      await once(server, 'listening');
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    },
  };
  context.after(async () => {
    for (const ranges of opened) ranges.close();
    server?.close();
    server?.closeAllConnections();
    // A copy that is just being written may get in the way once.
    await rm(directory, { recursive: true, maxRetries: 5 });
  });
  return rig;
}
