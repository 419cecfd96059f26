/** Settings of owners of flows: whether, and when, the kernel is asked for their sockets. */
import { UsageError } from '../host/failure.js';
import type { Config, InputConfig } from './config.js';
import { rows } from './options.js';
import type { Settings } from './settings.js';

type InputKind = Pick<InputConfig, 'kind'>;

/** Throws a UsageError where owners are asked for, and the input is a file or stdin. */
export function ownersOf(settings: Settings, { kind }: InputKind): Config['owners'] {
  if (kind === 'live') return settings.one(rows.owners);
  // An option that is given with the choice of a file is meant for this run; the environment is also meant for other runs.
  const said = settings.firstWith(rows.read, rows.owners);
  const [written] = said.written(rows.owners);
  if (written !== undefined && said.one(rows.owners) !== 'off')
    throw new UsageError(`${written.place}: ${noSockets}; leave it out, or add -i NAME`);
  return 'off';
}

const noSockets = 'only live captures have owners, for the kernel is asked about sockets while they are open';

/** Why flows cannot be grouped by owner, with the remedy; undefined where they can. */
export function noOwners(settings: Settings, { kind }: InputKind): string | undefined {
  if (kind !== 'live') return `${noSockets}; leave owner out, or add -i NAME`;
  if (settings.one(rows.owners) !== 'off') return undefined;
  return `${settings.place(rows.owners)} asks for no owner; leave out one of the two`;
}
