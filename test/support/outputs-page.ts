/** The table of settings in docs/outputs.md, made of what each kind of output takes in its query. */

import type { OptionRow } from '../../src/settings/option-row.js';
import { rows } from '../../src/settings/options.js';
import { outputRows } from '../../src/settings/outputs/output-rows.js';
import { type SchemeName, schemeRow, schemes } from '../../src/settings/outputs/schemes.js';

/** The page's text up to this line, and from the next heading on, is written by hand. */
const heading = '## All settings\n';

const schemeNames = Object.keys(schemes) as SchemeName[];
const settings: readonly OptionRow[] = [rows.rate, rows.queue, rows.pack, ...Object.values(outputRows)];

/** The page with its table as it has to be. */
export function withSettings(page: string): string {
  const start = page.indexOf(heading) + heading.length;
  const next = page.indexOf('\n## ', start);
  const [before, after] = [page.slice(0, start), next < 0 ? '' : page.slice(next)];
  const head = '| Setting | Default | What it does | Outputs |\n| --- | --- | --- | --- |\n';
  return `${before}\n${head}${settings.map(rowOf).join('\n')}\n${after}`;
}

function rowOf(row: OptionRow): string {
  const argument = row.argument === undefined ? '' : `=${row.argument.replaceAll('|', '\\|')}`;
  return `| \`${row.name}${argument}\` | ${row.default ?? ''} | ${row.help} | ${outputsOf(row)} |`;
}

/** Those that go together are listed as one. */
const groups: readonly (readonly [text: string, names: readonly SchemeName[]])[] = [
  ['all by HTTP and HTTPS', taking(outputRows.compress)],
  ['all by HTTPS', taking(outputRows.compress).filter((name) => taking(outputRows.ca).includes(name))],
];
const mostLeftOut = 3;

function outputsOf(row: OptionRow): string {
  const names = taking(row);
  const others = schemeNames.filter((name) => !names.includes(name));
  if (others.length === 0) return 'all';
  if (others.length <= mostLeftOut) return `all but ${listed(others)}`;
  const group = groups.find(([, members]) => members.every((name) => names.includes(name)));
  const single = names.filter((name) => !group?.[1].includes(name));
  return [...(single.length > 0 ? [listed(single)] : []), ...(group === undefined ? [] : [group[0]])].join(
    ', ',
  );
}

function taking(row: OptionRow): readonly SchemeName[] {
  return schemeNames.filter((name) => schemeRow(name).rows.includes(row));
}

const listed = (names: readonly SchemeName[]): string => names.map((name) => `\`${name}\``).join(', ');
