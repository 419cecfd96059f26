/**
 * Datagrams that this host's own kernel drops on their way out, after it has taken them: its queueing discipline
 * (tc(8)) or its network card had no room. A UDP socket is not told (udp(7), IP_RECVERR); what is left is a counter of
 * the whole network namespace, SndbufErrors of Udp and Udp6 in /proc/net/snmp and snmp6 (linux/snmp.h). It also counts
 * the tries for which a socket's send buffer was full, which are repeated and lose nothing. Those of this sink are left out
 * where it knows of them, those of others are not: so it is a bound.
 */
import { readFileSync } from 'node:fs';

/** A look costs some 60 µs, so every other tick has to do. */
const lookEveryMs = 10;

/** With fewer than one in so many of a sink's own datagrams dropped, it is others' that are. */
const mostPerDrop = 4;

/** Sums up what was dropped while it looked. */
export class LocalDrops {
  /** Datagrams so far, of every program in this network namespace. 0 where the kernel does not tell. */
  datagrams = 0;
  #inVain = 0;
  /** The kernel's counter as it stood at the last look. */
  #last = 0;
  /** Own datagrams since the last look. */
  #own = 0;
  #lookedMs = Number.NEGATIVE_INFINITY;

  /** A datagram has gone out. */
  sent(): void {
    this.#own++;
  }

  /**
   * To be called while datagrams go out. Whether so many were dropped since the last look that they may well be among them.
   */
  look(nowMs: number): boolean {
    if (nowMs - this.#lookedMs < lookEveryMs) return false;
    this.#lookedMs = nowMs;
    const errors = this.#errors;
    const dropped = Math.max(0, errors - this.#last);
    const own = this.#own;
    this.#last = errors;
    this.#own = 0;
    this.datagrams += dropped;
    return dropped > 0 && own > 0 && dropped * mostPerDrop >= own;
  }

  /** Leaves out what was dropped until now, when nothing was sent from here: called before the first look. */
  skip(): void {
    this.#last = this.#errors;
    this.#own = 0;
  }

  /** The send buffer was full, which the kernel counts as well. */
  triedInVain(): void {
    this.#inVain++;
  }

  get #errors(): number {
    return sendBufferErrors() - this.#inVain;
  }
}

function sendBufferErrors(): number {
  const ofIPv6 = /^Udp6SndbufErrors\s+(\d+)$/m.exec(textOf('snmp6'))?.[1] ?? 0;
  return ofIPv4(textOf('snmp')) + Number(ofIPv6);
}

/** A line of names, then one of numbers, both begin with "Udp:". */
function ofIPv4(snmp: string): number {
  const [names = [], numbers = []] = snmp
    .split('\n')
    .filter((line) => line.startsWith('Udp:'))
    .map((line) => line.split(' '));
  return Number(numbers[names.indexOf('SndbufErrors')] ?? 0);
}

function textOf(name: string): string {
  try {
    return readFileSync(`/proc/self/net/${name}`, 'latin1');
  } catch {
    return '';
  }
}
