/** What the doctor is given of each output: its secrets are read here, with all rights, as a run would do. */
import { hostname } from 'node:os';
import type { OutputSubject, Prepared } from '../../doctor/outputs/output.js';
import { steadyMs } from '../../host/clock.js';
import type { OutputConfig } from '../../settings/config.js';
import { outputRows } from '../../settings/outputs/output-rows.js';
import { schemeRow } from '../../settings/outputs/schemes.js';
import { type HttpOutput, isHttp, type OpeningEdges, openReader } from './transports.js';

export interface DoctorEdges {
  readonly environment: OpeningEdges['environment'];
  readonly version: string;
}

export async function outputSubject(output: OutputConfig, edges: DoctorEdges): Promise<OutputSubject> {
  const { target, scheme, address, rotate, spool, spoolBytes } = output;
  const rotates = rotate !== undefined;
  return { target, scheme, address, rotates, spool, spoolBytes, prepared: await prepare(output, edges) };
}

async function prepare(output: OutputConfig, edges: DoctorEdges): Promise<Prepared> {
  try {
    const { rows } = schemeRow(output.scheme);
    const tls = rows.includes(outputRows.ca) ? await tlsOf(output) : undefined;
    // Others would make files, or lock them.
    return { kind: 'ready', tls, ...(isHttp(output) ? await readerOf(output, edges) : {}) };
  } catch (error) {
    return { kind: 'problem', problem: (error as Error).message };
  }
}

async function tlsOf({ tls, option, target }: OutputConfig) {
  const { readTls } = await import('../../sink/secrets.js');
  return readTls(tls, `${option} ${target}`);
}

async function readerOf(output: HttpOutput, edges: DoctorEdges) {
  const reader = await openReader(output, {
    ...edges,
    name: output.target,
    host: hostname(),
    identity: undefined,
    nowMs: steadyMs,
    connects: () => undefined,
    checkLater: () => undefined,
    log: { line: () => undefined, limited: () => undefined },
  });
  return {
    url: reader.url,
    probe: async () => {
      const answer = await reader.probe();
      await reader.close(steadyMs());
      return answer;
    },
  };
}
