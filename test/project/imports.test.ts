/** Which way imports go. The design's rules, held on the import lines of src. */
import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { describe, test } from 'node:test';
import { projectFiles, readProjectFile } from '../support/project.js';

/** By stage (a folder of src, or main.ts): the other stages that it may see. Itself it always may. */
const maySee: Readonly<Record<string, readonly string[] | 'everything'>> = {
  packet: [],
  flow: ['packet'],
  record: ['flow', 'packet'],
  source: ['packet', 'host'],
  observe: ['packet'],
  enrich: ['record', 'packet', 'host'],
  sink: ['host', 'record'],
  view: ['record'],
  settings: ['host'],
  host: [],
  doctor: ['source', 'enrich', 'sink', 'host'],
  verify: ['host'],
  run: 'everything',
  'main.ts': ['run', 'settings', 'source', 'host'],
};

/** What each stage may use of Node and of npm: the stages in the middle compute, and nothing else. */
const mayUse: Readonly<Record<string, RegExp>> = {
  packet: /^never$/,
  flow: /^never$/,
  record: /^never$/,
  source: /^(node:.*|cap)$/,
  observe: /^node:crypto$/,
  enrich: /^(node:.*|dns-packet)$/,
  sink: /^node:/,
  settings: /^(node:.*|yargs)$/,
  host: /^node:/,
  doctor: /^node:/,
  verify: /^node:/,
};

interface Import {
  readonly from: string;
  /** A path from the root for the project's own files, else the module's name. */
  readonly to: string;
}

const specifiers = [
  /^(?:import|export)\b[^;'"]*?\bfrom\s+'([^']+)';/gm,
  /^import '([^']+)';/gm,
  /\bimport\(\s*'([^']+)'\s*\)/g,
  /\bnew URL\('([^']+\.js)', import\.meta\.url\)/g,
];

function importsOf(file: string): Import[] {
  const text = readProjectFile(file);
  return specifiers
    .flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1]!))
    .map((name) => ({
      from: file,
      to: name.startsWith('.') ? posix.join(posix.dirname(file), name).replace(/\.js$/, '.ts') : name,
    }));
}

/** "src/flow/window.ts" is of "flow", "src/main.ts" is of "main.ts". */
function stageOf(file: string): string {
  return file.split('/')[1]!;
}

const files = projectFiles('src', '.ts');
const imports = files.flatMap(importsOf);
const ownImports = imports.filter(({ to }) => to.startsWith('src/'));

describe('imports of src', () => {
  test('are read from its lines', () => {
    assert.ok(ownImports.some(({ from, to }) => from === 'src/run/app.ts' && to === 'src/run/ledger.ts'));
    assert.deepEqual(
      ownImports.filter(({ to }) => !files.includes(to)),
      [],
      'imports of files that do not exist',
    );
  });

  test('go the way of the data only', () => {
    const wrong = ownImports.filter(({ from, to }) => {
      const allowed = maySee[stageOf(from)];
      return stageOf(from) !== stageOf(to) && allowed !== 'everything' && !allowed?.includes(stageOf(to));
    });
    assert.deepEqual(wrong, [], 'a new stage needs a row in maySee');
  });

  test('let a sink know of records no more than the shape of their bytes', () => {
    const known = ownImports.filter(({ from, to }) => stageOf(from) === 'sink' && stageOf(to) === 'record');
    assert.deepEqual([...new Set(known.map(({ to }) => to))], ['src/record/encoded-records.ts']);
  });

  test('take from Node and npm what their stage is there for', () => {
    const wrong = imports.filter(({ from, to }) => {
      const allowed = mayUse[stageOf(from)];
      return !to.startsWith('src/') && allowed !== undefined && !allowed.test(to);
    });
    assert.deepEqual(wrong, []);
  });

  test('read one steady clock', () => {
    const others = files.filter((file) => /\bperformance\.|\bhrtime\b/.test(readProjectFile(file)));
    assert.deepEqual(others, []);
  });

  test('form no cycle', () => assert.deepEqual(findCycle(files), []));

  test('come straight from where a thing is made', () => {
    const barrels = files.filter((file) => /^export\b[^;'"]*\bfrom\s+'/m.test(readProjectFile(file)));
    assert.deepEqual(barrels, []);
  });
});

/** The files of one cycle, or none. Each file is looked into once. */
function findCycle(starts: readonly string[]): string[] {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    path.push(file);
    for (const { to } of ownImports.filter(({ from }) => from === file)) {
      const cycle = visit(to);
      if (cycle.length > 0) return cycle;
    }
    path.pop();
    done.add(file);
    return [];
  };
  for (const start of starts) {
    const cycle = visit(start);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
