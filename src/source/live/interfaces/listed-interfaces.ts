/** What -D lists: every interface or, with -i, those that it names. */
import { UsageError } from '../../../host/failure.js';
import { defaultInterface } from './default-route.js';
import { matchPatterns } from './interface-patterns.js';
import { type Interface, listInterfaces } from './interfaces.js';

/** `given` is what -i says, names and patterns; all interfaces where it is empty. Throws a UsageError where none is there. */
export async function namedInterfaces(given: readonly string[]): Promise<readonly Interface[]> {
  const listed = await listInterfaces();
  if (given.length === 0) return listed;
  const patterns = given.map((name) => (name === 'auto' ? (defaultInterface() ?? name) : name));
  const isNamed = matchPatterns(patterns);
  // Patterns are of real interfaces; "any" is none.
  const found = listed.filter(({ name }) => (name === 'any' ? given.includes('any') : isNamed(name)));
  if (found.length > 0) return found;
  throw new UsageError(
    `-i ${given.join(',')}: names no interface that is there; "pcap-agg -D" lists those there are`,
  );
}
