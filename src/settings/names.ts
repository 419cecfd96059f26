/** What settings say of names: where they come from, and how they are asked for. */
import { UsageError } from '../host/failure.js';
import type { InputConfig, NamesConfig } from './config.js';
import { type NameOrigin, nameOrigins, trafficOrigins } from './name-origins.js';
import { rows } from './options.js';
import type { Settings } from './settings.js';

/** Throws a UsageError, also where a setting of reverse DNS would have no effect. */
export function namesOf(settings: Settings, { kind }: Pick<InputConfig, 'kind'>): NamesConfig {
  const resolvers = settings.all(rows.dns);
  const namesFor = settings.one(rows.namesFor);
  const chosen = chosenOrigins(settings);
  // Whoever reads a file may be without a network, and wants the same records each time.
  const usual = kind === 'files' && resolvers.length === 0 ? trafficOrigins : nameOrigins;
  const from = chosen ?? usual;
  // -n turns off what others have set, which stays as it is for other runs.
  if (from.length > 0 && !from.includes('ptr')) refuseIdle(settings);
  return { from, chosen: chosen !== undefined, resolvers, namesFor };
}

/** Undefined where the user leaves it to us. */
function chosenOrigins(settings: Settings): readonly NameOrigin[] | undefined {
  const said = settings.firstWith(rows.names, rows.noNames);
  const chosen = said.maybe(rows.names);
  if (!said.flag(rows.noNames)) return chosen;
  if (chosen === undefined || chosen.length === 0) return [];
  const [names, off] = [rows.names, rows.noNames].map((row) => said.written(row)[0]!.place);
  throw new UsageError(`${names} and ${off}: one undoes the other; leave one of them out`);
}

/** What stands beside or before the choice of another place, the environment for one, is meant for this run. */
function refuseIdle(settings: Settings): void {
  for (const row of [rows.dns, rows.namesFor]) {
    const [idle] = settings.firstWith(rows.names, rows.read, row).written(row);
    if (idle === undefined) continue;
    const [names] = settings.written(rows.names);
    const remedy = names === undefined ? 'add --names ptr,traffic' : `add ptr to ${names.option}`;
    throw new UsageError(
      `${idle.place}: it is for reverse DNS, which is not asked; ${remedy}, or leave it out`,
    );
  }
}
