/** The clock: windows and the records' times come from it. Records of several hosts fit together only where their clocks agree. */
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { asRoot, output } from '../commands.js';
import { type Check, type Finding, fail, ok, warn } from '../finding.js';

export const clock: Check = { name: 'clock', run };

const synchronise = 'timedatectl set-ntp true';

async function run(): Promise<Finding[]> {
  const now = new Date();
  const text = `${now.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  if (now.getTime() < statSync(fileURLToPath(import.meta.url)).mtimeMs)
    return [fail(`it is set to ${text}, before this program was installed`, asRoot(synchronise))];
  const told = await output('timedatectl', 'show', '--property=NTPSynchronized', '--value');
  if (told.kind !== 'text') return [ok(`${text}; whether it is synchronised cannot be told without systemd`)];
  if (told.text.trim() === 'yes') return [ok(`${text}, synchronised`)];
  return [
    warn(`${text}, not synchronised: windows begin and end by this host's own time`, asRoot(synchronise)),
  ];
}
