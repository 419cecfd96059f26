/** Writes what docs/ says of tables in the source: `npm run docs`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withSettings } from './support/outputs-page.js';
import { projectRoot } from './support/project.js';
import { withTable } from './support/values-page.js';

write('values.md', withTable);
write('outputs.md', withSettings);

function write(name: string, complete: (page: string) => string): void {
  const path = join(projectRoot, 'docs', name);
  writeFileSync(path, complete(readFileSync(path, 'utf8')));
}
