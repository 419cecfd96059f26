/** Why an interface cannot be captured on, and what to do about it. */

import type { NativeErrorCode } from '../../host/native.js';
import { SourceError } from '../source.js';
import { isNetfilter } from './interfaces/interfaces.js';
import { inputName, type LiveOptions } from './live.js';

/** How to give the right to anything but root is told in docs/: for Node itself, it would go to every script. */
export const permissionProblem =
  'no right to capture packets (CAP_NET_RAW); run it with sudo, or give the right to a service or to a copy of node, ' +
  'as docs/permissions.md shows';

/** Of netfilter's groups and queues, the highest number. */
const highestGroup = 65_535;

/** From what libpcap said (`text`), sorted by the addon (`code`). */
export function openError(
  options: Pick<LiveOptions, 'interface' | 'patterns' | 'filter'>,
  code: NativeErrorCode,
  text: string,
): SourceError {
  const name = inputName(options);
  switch (code) {
    case 'no-such-interface':
      return new SourceError(
        'usage',
        `-i ${name}: there is no such interface; "pcap-agg -D" lists those there are`,
      );
    case 'interface-down':
      return new SourceError(
        'input',
        `-i ${name}: the interface is down; bring it up with "ip link set ${name} up"`,
      );
    case 'permission':
      return new SourceError('permission', `-i ${name}: ${permissionProblem}`);
    case 'filter':
      return new SourceError(
        'usage',
        `filter "${options.filter}": ${text}; see "man pcap-filter" for what can be said`,
      );
    default:
      return isNetfilter(name) ? netfilterError(name, text) : new SourceError('input', `-i ${name}: ${text}`);
  }
}

/** libpcap has no status of its own for what goes wrong with netfilter. */
function netfilterError(name: string, text: string): SourceError {
  if (/not permitted/i.test(text))
    return new SourceError(
      'permission',
      `-i ${name}: no right to read from netfilter (CAP_NET_ADMIN); run it with sudo`,
    );
  const numbers = name.split(':')[1]?.split(',') ?? [];
  if (numbers.every((number) => /^\d{1,5}$/.test(number) && Number(number) <= highestGroup))
    return new SourceError('input', `-i ${name}: ${text}`);
  return new SourceError(
    'usage',
    `-i ${name}: not a group or queue of netfilter; write nflog:GROUP or nfqueue:QUEUE, a number from 0 to ${highestGroup}`,
  );
}

/** From an Error that the addon threw. */
export function nativeError(options: LiveOptions, error: unknown): SourceError {
  const { code, message } = error as Error & { readonly code?: NativeErrorCode };
  return openError(options, code ?? 'other', message);
}

/**
 * From an Error that `cap` threw: text alone. The filter is to blame where the interface opens without it, which
 * `opensWithoutFilter` tries; the addon, where it is there, has found the filter good before cap was asked.
 */
export function capError(
  options: Pick<LiveOptions, 'interface' | 'filter'>,
  error: Error,
  opensWithoutFilter: () => boolean,
): SourceError {
  return openError(options, capErrorCode(options, error, opensWithoutFilter), error.message);
}

function capErrorCode(
  { filter }: Pick<LiveOptions, 'filter'>,
  { message }: Error,
  opensWithoutFilter: () => boolean,
): NativeErrorCode {
  if (/not permitted|permission/i.test(message)) return 'permission';
  return filter !== '' && opensWithoutFilter() ? 'filter' : 'other';
}
