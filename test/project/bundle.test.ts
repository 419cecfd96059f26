/** The bundled program, as esbuild has written it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readProjectFile } from '../support/project.js';

/** Their constants are used for every packet. Names of a single word stand in texts, too. */
const modules = ['packet/header-bytes', 'packet/numbers', 'flow/table/row-layout'];

test('has the numbers of packets and rows in the place of their names', () => {
  const names = modules.flatMap((module) => {
    const source = readProjectFile(`src/${module}.ts`);
    return [...source.matchAll(/^export const ([A-Z\d]+_[A-Z\d_]+) = /gm)].map(([, name]) => name!);
  });
  assert.ok(names.length > 30);
  const bundle = new Set(readProjectFile('dist/bundle/program.cjs').match(/[\w$]+/g));
  assert.deepEqual(
    [...names, 'NOT_IP'].filter((name) => bundle.has(name)),
    [],
  );
});
