/** libpcap: the library that captures, and the headers that what uses it is compiled with. */
import { existsSync, readFileSync } from 'node:fs';
import { loadNative } from '../../host/native.js';
import { loadCap } from '../../source/live/cap-module.js';
import { bindingsCommand, installCommand } from '../commands.js';
import { type Check, type Finding, fail, ok } from '../finding.js';

export const libpcap: Check = { name: 'libpcap', run };

const includeFolders = ['/usr/include', '/usr/local/include', '/opt/homebrew/include'];

async function run(): Promise<Finding[]> {
  const version = await loadedVersion();
  const headers = includeFolders.find((folder) => existsSync(`${folder}/pcap/pcap.h`));
  if (version !== undefined)
    return [
      ok(
        `${version}; ${headers === undefined ? 'no headers, which only building needs' : `headers in ${headers}`}`,
      ),
    ];
  if (headers === undefined)
    return [fail('neither the library nor its headers are here', installCommand('compiler', 'libpcap'))];
  return [
    fail(`headers in ${headers}, but neither cap nor the addon was built with them`, bindingsCommand()),
  ];
}

/** By its own word, else by the name of the file that `cap` has loaded. */
async function loadedVersion(): Promise<string | undefined> {
  const { native } = loadNative();
  if (native !== undefined) return native.libpcapVersion.replace(/^libpcap version /, '');
  return loadCap().cap === undefined ? undefined : (mappedVersion() ?? 'loaded, of an unknown version');
}

function mappedVersion(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  return /\/libpcap\.so\.([\d.]+)$/m.exec(readFileSync('/proc/self/maps', 'utf8'))?.[1];
}
