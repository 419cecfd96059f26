/** Writes what docs/ says of tables in the source: `npm run docs`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './support/project.js';
import { withTable } from './support/values-page.js';

const page = join(projectRoot, 'docs', 'values.md');
writeFileSync(page, withTable(readFileSync(page, 'utf8')));
