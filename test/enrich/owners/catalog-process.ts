/**
 * A catalog in a process of its own, for tests that start it as somebody else or in other namespaces: `FOLDER` is a cgroup2 mount that it is to take,
 * or "" for the one that it finds. Answers each line "GROUP USER" on its standard input with the owner, and "counts" with its counts, as JSON.
 * It ends with its input, though the catalog is still open then.
 */
import { createInterface } from 'node:readline';
import { openOwnerCatalog } from '../../../src/enrich/owners/open-catalog.js';

const folder = process.argv[2] ?? '';
const mount = { folder, root: '/', prefix: '', isWhole: false };
const catalog = await openOwnerCatalog({
  keepMs: 60_000,
  limits: { walkEveryMs: 20 },
  ...(folder === '' ? {} : { mount }),
});

for await (const line of createInterface(process.stdin)) {
  const [group, user] = line.split(' ');
  const answer = group === 'counts' ? catalog.counts : catalog.ownerOf(Number(group), Number(user));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
