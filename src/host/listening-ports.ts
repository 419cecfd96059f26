/**
 * The ports at which programs of this host wait for connections and datagrams, from /proc/net (proc_net(5)), which anybody may
 * read. Knows nothing where there is none, and of other network namespaces.
 *
 * A line's second field is the local end, its third the remote, each "ADDRESS:PORT" in hexadecimal; the fourth is the state
 * (linux/tcp_states.h). TCP's sockets that listen stand before all others, so however many connections there are, they are not read.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

interface SocketList {
  readonly protocol: number;
  readonly name: string;
  /** State of the sockets that are meant: LISTEN for TCP, and for UDP what is not connected. */
  readonly state: string;
  /** All of them come first. */
  readonly areFirst: boolean;
}

const TCP = 6;
const UDP = 17;
const LISTEN = '0A';
const NOT_CONNECTED = '07';

const lists: readonly SocketList[] = [
  { protocol: TCP, name: 'tcp', state: LISTEN, areFirst: true },
  { protocol: TCP, name: 'tcp6', state: LISTEN, areFirst: true },
  { protocol: UDP, name: 'udp', state: NOT_CONNECTED, areFirst: false },
  { protocol: UDP, name: 'udp6', state: NOT_CONNECTED, areFirst: false },
];

/** Of each list: some 3,500 sockets. */
const mostBytes = 524_288;
const ports = 65_536;

export class ListeningPorts {
  /** Where /proc is. */
  readonly #proc: string;
  readonly #tcp = new Uint8Array(ports);
  readonly #udp = new Uint8Array(ports);
  #isRead = false;

  constructor(proc = '/proc') {
    this.#proc = proc;
  }

  /** Whether a program listens there. `protocol` is IANA's number. Reads the lists, where that was not done since `forget`. */
  listens(protocol: number, port: number): boolean {
    if (protocol !== TCP && protocol !== UDP) return false;
    if (!this.#isRead) this.#read();
    return (protocol === TCP ? this.#tcp : this.#udp)[port] === 1;
  }

  /** What is asked next is asked of the lists as they are then. */
  forget(): void {
    this.#isRead = false;
  }

  #read(): void {
    this.#isRead = true;
    this.#tcp.fill(0);
    this.#udp.fill(0);
    for (const list of lists) {
      const found = list.protocol === TCP ? this.#tcp : this.#udp;
      readPorts(`${this.#proc}/self/net/${list.name}`, list, found);
    }
    // A client that sends to several servers from one socket is not connected either, and the kernel gave it its port.
    const { first, last } = ephemeralPorts(`${this.#proc}/sys/net/ipv4/ip_local_port_range`);
    this.#udp.fill(0, first, last + 1);
  }
}

const chunk = Buffer.allocUnsafe(16_384);

/** Notes the local ports of a list's sockets; of as many as it could read. */
function readPorts(path: string, list: SocketList, found: Uint8Array): void {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    let rest = '';
    for (let total = 0; total < mostBytes; ) {
      const bytes = readSync(descriptor, chunk, 0, chunk.length, null);
      if (bytes === 0) return;
      total += bytes;
      const lines = (rest + chunk.toString('latin1', 0, bytes)).split('\n');
      rest = lines.pop()!;
      for (const line of lines) if (!notePort(line, list, found)) return;
    }
  } catch {
    // No such file on this system, or no right to read it.
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** False where no more of the sockets that are meant can follow. The heading is no socket. */
function notePort(line: string, { state, areFirst }: SocketList, found: Uint8Array): boolean {
  const [, port, socketState] =
    /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) /.exec(line) ?? [];
  if (port === undefined) return true;
  if (socketState !== state) return !areFirst;
  found[Number.parseInt(port, 16)] = 1;
  return true;
}

/** Both inclusive; what Linux has by default where nobody tells. */
function ephemeralPorts(path: string): { readonly first: number; readonly last: number } {
  try {
    const [first = Number.NaN, last = Number.NaN] = readFileSync(path, 'latin1').split(/\s+/).map(Number);
    if (first > 0 && last >= first) return { first, last };
  } catch {
    // As below.
  }
  return { first: 32_768, last: 60_999 };
}
