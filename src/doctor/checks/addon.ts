/** The project's own addon: the engine `batch`, and what `cap` alone cannot tell or do. */
import { loadNative } from '../../host/native.js';
import { bindingsCommand } from '../commands.js';
import { type Check, type Finding, fail, ok, type Subject, warn } from '../finding.js';

export const addon: Check = { name: 'addon', run };

async function run({ engine }: Subject): Promise<Finding[]> {
  const loaded = loadNative();
  if (loaded.native !== undefined) return [ok('it loads')];
  const { reason } = loaded;
  if (engine === 'batch') return [fail(`${reason}: the engine batch cannot be had`, bindingsCommand())];
  const loss =
    "without it the kernel's drops are unknown, nothing takes over where cap cannot keep up, and an interface that is " +
    'deleted and made anew is lost';
  return [warn(`${reason}; ${loss}`, bindingsCommand())];
}
