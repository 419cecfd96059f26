/** What settings say of owners of flows: whether, and when, the kernel is asked whose sockets they are. */
import { UsageError } from '../host/failure.js';
import type { Config, InputConfig } from './config.js';
import { rows } from './options.js';
import type { Settings } from './settings.js';

type InputKind = Pick<InputConfig, 'kind'>;

/** Throws a UsageError where a file, or stdin, is to have owners. */
export function ownersOf(settings: Settings, { kind }: InputKind): Config['owners'] {
  if (kind === 'live') return settings.one(rows.owners);
  // What stands beside or before the choice of a file is meant for this run; what the environment has, for others.
  const said = settings.firstWith(rows.read, rows.owners);
  const [written] = said.written(rows.owners);
  if (written !== undefined && said.one(rows.owners) !== 'off')
    throw new UsageError(`${written.place}: ${noSockets}; leave it out, or add -i NAME`);
  return 'off';
}

const noSockets = 'only live captures have owners, for the kernel is asked about sockets while they are open';

/** Why no flow can be told by its owner, with the remedy; undefined where some can. */
export function noOwners(settings: Settings, { kind }: InputKind): string | undefined {
  if (kind !== 'live') return `${noSockets}; leave owner out, or add -i NAME`;
  if (settings.one(rows.owners) !== 'off') return undefined;
  return `${settings.place(rows.owners)} asks for no owner; leave out one of the two`;
}
