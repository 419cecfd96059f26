/** README and docs against the program: what they say of options, fields and files is what there is. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { options } from '../../src/settings/options.js';
import { schemes } from '../../src/settings/outputs/schemes.js';
import { datadog } from '../../src/sink/http/dialects/datadog.js';
import { elasticsearch } from '../../src/sink/http/dialects/elasticsearch.js';
import { loki } from '../../src/sink/http/dialects/loki.js';
import { ndjson } from '../../src/sink/http/dialects/ndjson.js';
import { otlp } from '../../src/sink/http/dialects/otlp.js';
import { splunk } from '../../src/sink/http/dialects/splunk.js';
import { targets } from '../fuzz/targets.js';
import { legacyFields } from '../support/formats.js';
import { withSettings } from '../support/outputs-page.js';
import { projectFiles, projectRoot, readProjectFile } from '../support/project.js';
import { withTable } from '../support/values-page.js';

const guides = ['README.md', ...projectFiles('docs', '.md')];
const guideTexts = guides.map(readProjectFile);

/** The cells of every row of a page's first table. */
function firstTable(page: string): string[][] {
  const [, table = ''] = /^((?:\|.*\n)+)/m.exec(readProjectFile(page)) ?? [];
  return table
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
    .map((line) =>
      line
        .slice(2, -2)
        .split(/ \| /)
        .map((cell) => cell.trim()),
    );
}

describe('README and docs', () => {
  test('state every option of --help with its argument, text and default, and no other', () => {
    const rows = options.map((row) => {
      const names = [...(row.short === undefined ? [] : [`-${row.short}`]), `--${row.name}`];
      const argument = row.argument === undefined ? '' : ` ${row.argument.replaceAll('|', '\\|')}`;
      const text = `${row.help}${row.repeatable ? ' (repeatable)' : ''}`;
      return [`\`${names.join(', ')}${argument}\``, row.default ?? '', text];
    });
    assert.deepEqual(firstTable('docs/options.md'), [['Option', 'Default', 'What it does'], ...rows]);
  });

  test('explain the fields of a record, in their order', () => {
    const named = firstTable('docs/records.md')
      .slice(1)
      .flatMap(([names]) => names!.split(', '));
    assert.deepEqual(
      named,
      legacyFields.map((field) => `\`${field}\``),
    );
  });

  test('show records as the program writes them', () => {
    const shown = guideTexts
      .flatMap((text) => text.split('\n'))
      .filter((line) => /^\s*\{"source_IP"/.test(line));
    assert.ok(shown.length > 0);
    for (const line of shown) assert.deepEqual(Object.keys(JSON.parse(line) as object), legacyFields);
  });

  test('use only options that exist in their examples', () => {
    const known = new Set<string>(options.map(({ name }) => name));
    const examples = guideTexts.flatMap((text) => text.match(/^.*\bpcap-agg .*$/gm) ?? []);
    const used = examples.flatMap((line) =>
      [...line.replace(/^.*?\bpcap-agg /, '').matchAll(/(?<=\s|^)--([a-z][a-z-]+)/g)].map(
        (match) => match[1]!,
      ),
    );
    assert.deepEqual(
      used.filter((name) => !known.has(name)),
      [],
    );
  });
});

test('docs/values.md lists what a schema can name, as npm run docs writes it', () => {
  const page = readProjectFile('docs/values.md');
  assert.equal(page, withTable(page));
});

describe('docs/outputs.md', () => {
  const page = readProjectFile('docs/outputs.md');

  test('lists the settings of all outputs, as npm run docs writes them', () => {
    assert.equal(page, withSettings(page));
  });

  test('says of each kind of output what sent means', () => {
    const kinds = firstTable('docs/outputs.md').flatMap(([outputs]) =>
      [...outputs!.matchAll(/`([a-z+-]+)(?::[^`]*)?`/g)].map(([, scheme]) => scheme!),
    );
    assert.deepEqual(kinds.sort(), Object.keys(schemes).sort());
  });

  test('names the variables of keys', () => {
    const facts = {
      url: new URL('http://reader.example/stream'),
      host: 'here',
      version: '1',
      schema: 'otel',
    };
    const variables = [datadog, elasticsearch, loki, ndjson, otlp, splunk].map(
      (open) => open(facts).key?.variable,
    );
    const [, table = ''] = page.split('| Output | Variable | Needed |');
    const named = [...table.split('\n\n')[0]!.matchAll(/\| `([A-Z_]+)`/g)].map(([, name]) => name);
    assert.deepEqual(named.sort(), variables.sort());
  });
});

test('links in the documents lead to files that exist', () => {
  const documents = [
    ...guides,
    'CHANGELOG.md',
    'SECURITY.md',
    ...projectFiles('native-notes', '.md'),
    ...projectFiles('fixtures', '.md'),
  ];
  const broken = documents.flatMap((document) =>
    [...readProjectFile(document).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)]
      .filter(([, target]) => !existsSync(join(projectRoot, document, '..', target!)))
      .map(([, target]) => `${document}: ${target}`),
  );
  assert.deepEqual(broken, []);
});

test('the notes on fuzzing have a row for every target, and no other', () => {
  const table = readProjectFile('native-notes/fuzzing.md').split('\n## ')[0]!;
  const rows = table.match(/^\| `.*?\|/gm) ?? [];
  assert.deepEqual(
    rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, name]) => name)),
    targets.map(({ name }) => name),
  );
});
