import { interfaceState } from './interfaces/interfaces.js';
import type { LiveOptions } from './live.js';

/** Each network namespace has its loopback interface first. */
const loopbackIndex = 1;

/**
 * The user's filter and what else decides which frames count, all for the kernel, so that it counts nothing that is not
 * delivered: the direction; and on loopback, where the kernel shows every frame on its way out and again on its way in,
 * the latter only. (libpcap leaves the former out by itself, but after the kernel has counted it.)
 */
export function kernelFilter({ interface: name, filter, direction }: LiveOptions): string {
  const loopback = interfaceState(name)?.loopback === true;
  const clauses = [
    filter === '' ? [] : [`(${filter})`],
    direction === 'in' || loopback ? ['inbound'] : [],
    direction === 'out' && !loopback ? ['outbound'] : [],
    name === 'any' && direction !== 'in' ? [`not (outbound and ifindex ${loopbackIndex})`] : [],
  ];
  return clauses.flat().join(' and ');
}
