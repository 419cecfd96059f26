/** What the doctor is given of each output: its secrets are read here, with all rights, as a run would do. */
import type { OutputSubject, Prepared } from '../doctor/outputs/output.js';
import type { OutputConfig } from '../settings/config.js';
import { outputRows } from '../settings/output-rows.js';
import { schemeRow } from '../settings/schemes.js';

export async function outputSubject(output: OutputConfig): Promise<OutputSubject> {
  const { target, scheme, address, spool, spoolBytes } = output;
  return { target, scheme, address, spool, spoolBytes, prepared: await prepared(output) };
}

async function prepared(output: OutputConfig): Promise<Prepared> {
  try {
    return { kind: 'ready', tls: await tlsOf(output) };
  } catch (error) {
    return { kind: 'problem', problem: (error as Error).message };
  }
}

async function tlsOf({ scheme, tls, option, target }: OutputConfig) {
  if (!schemeRow(scheme).rows.includes(outputRows.ca)) return undefined;
  const { readTls } = await import('../sink/secrets.js');
  return readTls(tls, `${option} ${target}`);
}
