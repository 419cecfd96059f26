/** A tun interface: a program writes packets to it, and the kernel takes them as if they came from outside. For root only. */
import { execFileSync } from 'node:child_process';
import { ip } from './veth.js';

export interface Tun {
  readonly name: string;
  /** Writes the packets of a classic pcap file. The kernel takes those that have a version of IP. */
  write(file: string): void;
  close(): void;
}

const setLinkType = 0x400454cd;

/** `hardwareType` is an ARPHRD_ number, by which libpcap decides what frames begin with; they begin with IP all the same. */
export function openTun(name: string, hardwareType?: number): Tun {
  ip('tuntap', 'add', 'dev', name, 'mode', 'tun');
  if (hardwareType !== undefined) python(`fcntl.ioctl(tun, ${setLinkType}, ${hardwareType})`, name);
  ip('link', 'set', name, 'mtu', '9000', 'up');
  return { name, write: (file) => python(copying, name, file), close: () => ip('link', 'del', name) };
}

/** The request is TUNSETIFF with IFF_TUN and IFF_NO_PI. */
function python(script: string, ...words: string[]): void {
  const attach = `
import fcntl, os, struct, sys
tun = os.open('/dev/net/tun', os.O_RDWR)
fcntl.ioctl(tun, 0x400454ca, struct.pack('16sH22x', sys.argv[1].encode(), 0x1001))
`;
  execFileSync('python3', ['-c', attach + script, ...words]);
}

const copying = `
data = open(sys.argv[2], 'rb').read()
at = 24
while at < len(data):
  length = struct.unpack_from('<I', data, at + 8)[0]
  try: os.write(tun, data[at + 16 : at + 16 + length])
  except OSError: pass
  at += 16 + length
`;
