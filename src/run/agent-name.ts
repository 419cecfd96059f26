/** What a run of this program is called in its records. */
import { hostname } from 'node:os';
import { randomWords } from '../host/random.js';

/** The longest host name in characters (RFC 1035, 2.3.4, without the root's dot). */
const longestAgentName = 253;

/**
 * A stable name of this process: numbers start anew with each start, so each start has a name of its own. Linux lets a host
 * be called anything; what no host's name may have (RFC 1123, 2.1) becomes '-', for verify and others print the name.
 */
export function agentName(host: string = hostname()): string {
  const ending = `-${process.pid}-${randomWords(1)[0]!.toString(16)}`;
  const name = host.replace(/[^A-Za-z0-9.-]/gu, '-');
  return name.slice(0, longestAgentName - ending.length) + ending;
}
