/** Where records go: each --to with its settings, which its query may hold under the names of the options. */
import { UsageError } from '../host/failure.js';
import type { OutputConfig } from './config.js';
import { nearest } from './nearest.js';
import type { OptionRow } from './option-row.js';
import { rows } from './options.js';
import { recordsOf } from './records.js';
import type { Place, Settings, Written } from './settings.js';

const stdoutTarget = '-';

/** What an output's query may set. */
const rowsOfRecords = [rows.schema, rows.biflow, rows.top, rows.group, rows.minBytes, rows.minPackets];
const rowsOfOutputs: readonly OptionRow[] = [rows.rate, rows.queue, rows.pack, ...rowsOfRecords];
const rowsOfStdout: readonly OptionRow[] = [rows.queue, ...rowsOfRecords];

/** Without --to, stdout. Throws a UsageError, also where two go to the same place. */
export function outputsOf(settings: Settings): readonly OutputConfig[] {
  const written = settings.written(rows.to);
  const targets = written.map(({ text }) => splitQuery(text).target.replace(/^udp:\/\//i, ''));
  const twice = written.find((_, position) => targets.indexOf(targets[position]!) !== position);
  if (twice !== undefined) throw new UsageError(`${twice.place}: given twice; give it once`);
  if (written.length > 0) return written.map((output) => outputOf(output, settings));
  return [outputOf({ text: stdoutTarget, option: '--to', place: `--to ${stdoutTarget}` }, settings)];
}

function outputOf({ text, option, place }: Written, settings: Settings): OutputConfig {
  const { target, query } = splitQuery(text);
  const own = settings.under(
    queryPlace(query, place, target === stdoutTarget ? rowsOfStdout : rowsOfOutputs),
  );
  const schema = own.one(rows.schema);
  return {
    target,
    option,
    ratePerSecond: own.one(rows.rate),
    queueBytes: own.one(rows.queue),
    packBytes: own.one(rows.pack),
    schema,
    records: recordsOf(own, schema),
  };
}

function splitQuery(text: string): { readonly target: string; readonly query: string } {
  const start = text.indexOf('?');
  return start < 0
    ? { target: text, query: '' }
    : { target: text.slice(0, start), query: text.slice(start + 1) };
}

/** "rate=1000&queue=16", as URLs have it. Throws a UsageError where `known` has no such setting. */
function queryPlace(query: string, place: string, known: readonly OptionRow[]): Place {
  const written = [...new URLSearchParams(query)].map(([name, text]) => {
    const row = known.find((candidate) => candidate.name === name);
    if (row === undefined)
      throw new UsageError(`${place}: ${name}: there is no such setting here; ${remedy(name, known)}`);
    if (text === '')
      throw new UsageError(`${place}: ${name}: a value is missing; write ${name}=${row.argument ?? '1'}`);
    return { row, text, option: `${place}: ${name}`, place: `${place}: ${name}=${text}` };
  });
  return (row) => written.filter((setting) => setting.row === row);
}

function remedy(name: string, known: readonly OptionRow[]): string {
  const names = known.map((row) => row.name);
  const meant = nearest(name, names);
  return meant === undefined ? `it takes ${names.join(', ')}` : `did you mean ${meant}?`;
}
