/** The host's interfaces: which there are, how each is, and what it had no room for. */
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { loadNative } from '../../../host/native.js';
import { loadCap } from '../cap-module.js';

export interface Interface {
  readonly name: string;
  /** "" where libpcap has none or was not asked. */
  readonly description: string;
  /** IPv4 and IPv6 addresses as text. */
  readonly addresses: readonly string[];
  /** 'up', 'running' (it has a carrier), 'loopback'. */
  readonly flags: readonly string[];
}

/** The interfaces that can be captured on or, without the bindings to libpcap, those that are up and have an address. */
export async function listInterfaces(): Promise<Interface[]> {
  const { native } = loadNative();
  if (native === undefined) return (await capInterfaces()) ?? addressedInterfaces();
  return native
    .listDevices()
    .filter(({ name }) => !isNetfilter(name) && interfaceState(name) !== undefined)
    .map(({ name, description, addresses, ...has }) => ({
      name,
      description,
      addresses,
      flags: (['up', 'running', 'loopback'] as const).filter((flag) => has[flag]),
    }));
}

async function capInterfaces(): Promise<Interface[] | undefined> {
  const { cap } = loadCap();
  return cap?.Cap.deviceList()
    .filter(({ name }) => !isNetfilter(name) && interfaceState(name) !== undefined)
    .map(({ name, description = '', addresses, flags }) => ({
      name,
      description,
      addresses: addresses.flatMap(({ addr }) => addr ?? []),
      flags: [interfaceState(name)?.up ? 'up' : [], flags === 'PCAP_IF_LOOPBACK' ? 'loopback' : []].flat(),
    }));
}

function addressedInterfaces(): Interface[] {
  return Object.entries(networkInterfaces()).map(([name, addresses = []]) => ({
    name,
    description: '',
    addresses: addresses.map(({ address }) => address),
    flags: addresses.some(({ internal }) => internal) ? ['up', 'running', 'loopback'] : ['up', 'running'],
  }));
}

export interface InterfaceState {
  readonly up: boolean;
  readonly loopback: boolean;
  /** An ARPHRD_ number of the kernel's: what kind of frames it has. */
  readonly hardwareType: number;
}

/** The kernel's IFNAMSIZ, less the final NUL. */
const longestNameBytes = 15;

/**
 * Whether libpcap captures what netfilter logs or queues under this name (nflog, nflog:5): no interface, but a socket of
 * netlink, for which libpcap has no filters.
 */
export const isNetfilter = (name: string): boolean => /^nf(log|queue)(:|$)/.test(name);

/**
 * Undefined where there is no such interface. "any" and netfilter are always up, and so is everything where this is not
 * Linux.
 */
export function interfaceState(name: string): InterfaceState | undefined {
  if (name === 'any' || isNetfilter(name) || process.platform !== 'linux')
    return { up: true, loopback: false, hardwareType: 0 };
  if (Buffer.byteLength(name) > longestNameBytes) return undefined;
  const { native } = loadNative();
  return native === undefined ? stateInSysfs(name) : native.interfaceState(name);
}

/** Undefined also where it cannot be told now, because the process may open no more files. */
export function interfaceStateIfKnown(name: string): InterfaceState | undefined {
  try {
    return interfaceState(name);
  } catch {
    return undefined;
  }
}

/** IFF_ flags of netdevice(7). */
const upFlag = 0x1;
const loopbackFlag = 0x8;

function stateInSysfs(name: string): InterfaceState | undefined {
  const flags = readNumber(name, 'flags');
  const hardwareType = readNumber(name, 'type');
  if (flags === undefined || hardwareType === undefined) return undefined;
  return { up: (flags & upFlag) !== 0, loopback: (flags & loopbackFlag) !== 0, hardwareType };
}

/**
 * Frames that the interface had no room for, since it exists: what libpcap calls ps_ifdrop. Undefined where the kernel
 * does not say.
 */
export function interfaceDrops(name: string): number | undefined {
  const missed = readNumber(name, 'statistics/rx_missed_errors');
  const overrun = readNumber(name, 'statistics/rx_fifo_errors');
  return missed === undefined || overrun === undefined ? undefined : missed + overrun;
}

/** The kernel's number of an interface; undefined where there is none of this name. */
export const interfaceIndex = (name: string): number | undefined => readNumber(name, 'ifindex');

function readNumber(interfaceName: string, attribute: string): number | undefined {
  const text = readIfThere(`/sys/class/net/${interfaceName}/${attribute}`);
  return text === undefined || text === '' ? undefined : Number(text);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
