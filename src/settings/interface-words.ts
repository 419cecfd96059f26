/** What -i may say together: names, or patterns of names. */
import { UsageError } from '../host/failure.js';

/** "eth*", "eth?", "!veth*". One of them makes patterns of all that stand beside it. */
export const isPattern = (text: string): boolean => text.startsWith('!') || /[*?]/.test(text);

/** Refuses what names nothing, what would count a packet twice, and what patterns cannot do. */
export function checkInterfaces(given: readonly string[], exitOnInterfaceLoss: boolean): void {
  if (given.length > 1 && given.includes('any'))
    throw new UsageError('-i any: has the packets of every interface; leave it out, or the others');
  if (given.includes('!')) throw new UsageError("-i !: a pattern is missing after it; write -i '!NAME'");
  const pattern = given.find(isPattern);
  if (pattern === undefined) return;
  if (given.includes('auto'))
    throw new UsageError(
      `-i auto: does not go together with patterns like ${pattern}; leave one of them out`,
    );
  if (exitOnInterfaceLoss)
    throw new UsageError(
      `--exit-on-interface-loss: with -i '${pattern}' interfaces come and go; leave it out, or name the interface`,
    );
}
