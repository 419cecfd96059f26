/** Where records go: each --to with its settings, which its query may hold under the names of the options. */
import { resolve } from 'node:path';
import { UsageError } from '../../host/failure.js';
import type { OutputConfig } from '../config.js';
import { nearest } from '../nearest.js';
import type { OptionRow } from '../option-row.js';
import { rows } from '../options.js';
import type { Place, Settings, Written } from '../settings.js';
import { outputRows } from './output-rows.js';
import { recordsOf } from './records.js';
import { type SchemeName, schemeRow, schemes } from './schemes.js';

const stdoutTarget = '-';
const { keyFile } = outputRows;

const rowsOfRecords = [rows.schema, rows.biflow, rows.top, rows.group, rows.minBytes, rows.minPackets];

/** Without --to, stdout. `noOwners`: see recordsOf. Throws a UsageError, also where two go to the same place. */
export function outputsOf(settings: Settings, noOwners?: string): readonly OutputConfig[] {
  const written = settings.written(rows.to);
  if (written.length === 0)
    return [
      outputOf({ text: stdoutTarget, option: '--to', place: `--to ${stdoutTarget}` }, settings, noOwners),
    ];
  const outputs = written.map((output) => outputOf(output, settings, noOwners));
  const places = outputs.map(placeOf);
  const twice = written.find((_, position) => places.indexOf(places[position]!) !== position);
  if (twice !== undefined) throw new UsageError(`${twice.place}: given twice; give it once`);
  return outputs;
}

function outputOf(
  { text, option, place }: Written,
  settings: Settings,
  noOwners: string | undefined,
): OutputConfig {
  const { target, query } = splitQuery(text);
  // The text may contain a secret, which must not be shown: as a user, or in the query.
  if (/^[a-z+-]+:\/\/[^/]*@/i.test(target)) throw secretProblem(target.replace(/\/\/[^/]*@/, '//…@'), option);
  const { scheme, address } = splitScheme(target, place);
  const { rows: own, schema: usual, format } = schemeRow(scheme);
  const known = [...own, ...rowsOfRecords.filter((row) => format === undefined || row !== rows.schema)];
  const said = settings.under(queryPlace(query, target, { option, place }, known));
  const chosen = said.written(rows.schema).length > 0 || usual === undefined ? said.one(rows.schema) : usual;
  const schema = format === undefined ? chosen : 'legacy';
  return {
    target,
    scheme,
    address,
    option,
    format: format ?? 'json',
    ratePerSecond: said.one(rows.rate),
    queueBytes: said.one(rows.queue),
    packBytes: said.one(rows.pack),
    schema,
    records: recordsOf(said, schema, noOwners),
    multicastHops: said.one(outputRows.ttl),
    framing: said.maybe(outputRows.framing) ?? (scheme.startsWith('syslog') ? 'octet-counted' : 'newline'),
    tls: {
      ca: said.maybe(outputRows.ca),
      cert: said.maybe(outputRows.cert),
      key: said.maybe(outputRows.key),
      servername: said.maybe(outputRows.servername),
      verifies: said.one(outputRows.verify) === 'on',
    },
    keyFile: said.maybe(keyFile),
    compress: said.one(outputRows.compress),
    rotate: said.maybe(outputRows.rotate),
    keep: said.one(outputRows.keep),
    observationDomain: said.one(outputRows.domain),
    spool: said.maybe(outputRows.spool),
    spoolBytes: said.one(outputRows.spoolSize),
  };
}

/** Equal for outputs to the same place, as far as the text tells: host names have no capitals. */
function placeOf({ scheme, address }: OutputConfig): string {
  if (schemeRow(scheme).isPath) return `${scheme}:${resolve(address)}`;
  const [, host = '', path = ''] = /^([^/]*)\/?(.*)$/s.exec(address) ?? [];
  return `${scheme}:${host.toLowerCase()}/${path}`;
}

function splitQuery(text: string): { readonly target: string; readonly query: string } {
  const start = text.indexOf('?');
  return start < 0
    ? { target: text, query: '' }
    : { target: text.slice(0, start), query: text.slice(start + 1) };
}

/** HOST:PORT is udp; what follows another scheme is its address. */
function splitScheme(
  target: string,
  place: string,
): { readonly scheme: SchemeName; readonly address: string } {
  if (target === stdoutTarget) return { scheme: '-', address: '' };
  const [start = '', name = '', slashes = ''] = /^([a-z][a-z0-9+.-]*):(\/\/)?/i.exec(target) ?? [];
  const scheme = (Object.keys(schemes) as SchemeName[]).find((one) => one === name.toLowerCase());
  const isPath = scheme !== undefined && schemeRow(scheme).isPath === true;
  const address = target.slice(start.length);
  if (slashes === '' && !isPath) {
    // A host may be called like a scheme: "udp:10518".
    if (scheme !== undefined && !/^[0-9]+$/.test(address))
      throw new UsageError(`${place}: two slashes are missing; write ${scheme}://${address}`);
    return { scheme: 'udp', address: target };
  }
  if (scheme === undefined)
    throw new UsageError(`${place}: there is no such kind of output; ${schemeRemedy(name.toLowerCase())}`);
  if (isPath && address === '') throw new UsageError(`${place}: a path is missing; write ${scheme}:/PATH`);
  // In a URL, it would be the name of a host.
  if (isPath && slashes !== '' && !address.startsWith('/'))
    throw new UsageError(
      `${place}: its path does not begin with '/'; write ${scheme}:/${address}, or ${scheme}:${address} for a path from this folder`,
    );
  return { scheme, address };
}

/** "otlp" is half of otlp+http and otlp+https. */
function schemeRemedy(name: string): string {
  const names = Object.keys(schemes);
  const whole = names.filter((scheme) => scheme.startsWith(`${name}+`)).map((scheme) => `${scheme}://`);
  if (whole.length > 0) return `write ${whole.join(' or ')}`;
  const meant = nearest(name, names);
  if (meant !== undefined) return `did you mean ${meant}://?`;
  return 'choose udp, tcp, tls, https, file, or another one that docs/outputs.md lists';
}

/** "rate=1000&queue=16", as URLs have it. Throws a UsageError where `known` has no such setting. */
function queryPlace(
  query: string,
  target: string,
  { option, place }: Pick<Written, 'option' | 'place'>,
  known: readonly OptionRow[],
): Place {
  const written = [...new URLSearchParams(query)].map(([name, text]) => {
    const row = known.find((candidate) => candidate.name === name);
    if (row === undefined && name !== keyFile.name && /key|token|secret|passw|auth/i.test(name))
      throw secretProblem(target, option);
    if (row === undefined)
      throw new UsageError(`${place}: ${name}: there is no such setting here; ${remedy(name, known)}`);
    if (text === '')
      throw new UsageError(`${place}: ${name}: a value is missing; write ${name}=${row.argument ?? '1'}`);
    return { row, text, option: `${place}: ${name}`, place: `${place}: ${name}=${text}` };
  });
  return (row) => written.filter((setting) => setting.row === row);
}

/** Every user of the host sees what stands on a command line. */
function secretProblem(target: string, option: string): UsageError {
  return new UsageError(
    `${option} ${target}: a secret does not belong here, where every user of the host can see it; put it into a file and add key-file=FILE, or into the environment (docs/outputs.md names the variables)`,
  );
}

function remedy(name: string, known: readonly OptionRow[]): string {
  const names = known.map((row) => row.name);
  const meant = nearest(name, names);
  return meant === undefined ? `it takes ${names.join(', ')}` : `did you mean ${meant}?`;
}
