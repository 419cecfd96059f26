/** How flows become records: both directions as one, some of them as one, or only the largest. */
import { UsageError } from '../../host/failure.js';
import type { RecordsConfig } from '../config.js';
import { rows } from '../options.js';
import type { Settings } from '../settings.js';

/** Throws a UsageError. `noOwners`: why flows cannot be grouped by owner, with the remedy; undefined where they can. */
export function recordsOf(settings: Settings, schema: string, noOwners: string | undefined): RecordsConfig {
  return {
    biflow: biflowOf(settings) ?? schema !== 'legacy',
    top: settings.one(rows.top),
    groups: groupsOf(settings, noOwners),
    minBytes: settings.one(rows.minBytes),
    minPackets: settings.one(rows.minPackets),
  };
}

/** Undefined where nobody says it. PCAP_AGG_BIFLOW=0 and an output's biflow=0 are --no-biflow. */
function biflowOf(settings: Settings): boolean | undefined {
  const said = settings.firstWith(rows.biflow, rows.noBiflow);
  const [on] = said.written(rows.biflow);
  const [off] = said.written(rows.noBiflow);
  const isOff = said.flag(rows.noBiflow);
  if (on === undefined) return isOff ? false : undefined;
  const isOn = said.flag(rows.biflow);
  if (off !== undefined && isOn && isOff)
    throw new UsageError(`${on.place} and ${off.place}: one undoes the other; leave one of them out`);
  return isOn && !isOff;
}

function groupsOf(settings: Settings, noOwners: string | undefined): RecordsConfig['groups'] {
  const groups = settings.all(rows.group).flat();
  const placeOf = (group: string) =>
    settings.written(rows.group).find(({ text }) => text.includes(group))!.place;
  if (groups.includes('networks') && settings.written(rows.network).length === 0)
    throw new UsageError(
      `${placeOf('networks')}: no network has a name; add --network NAME=NET, such as office=10.0.0.0/8`,
    );
  if (groups.includes('owner') && noOwners !== undefined)
    throw new UsageError(`${placeOf('owner')}: ${noOwners}`);
  return [...new Set(groups)].sort();
}
