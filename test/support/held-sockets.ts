/** Sockets that another process holds until it is told otherwise: of another control group, another user, or bound to a device. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import type { End } from './socket-questions.js';

export interface SocketWish {
  readonly protocol: 'tcp' | 'udp';
  /** Without an interface, unless `device` is given: its own then. */
  readonly local?: End;
  /** Whom it is connected to; a TCP socket without one listens. */
  readonly remote?: End;
  /** SO_BINDTODEVICE. */
  readonly device?: string;
  /** Whom the process becomes before it opens it, for good. */
  readonly user?: number;
}

export interface HeldSocket {
  readonly local: End;
  readonly inode: number;
}

export interface Holder {
  readonly pid: number;
  open(wish: SocketWish): Promise<HeldSocket>;
  /** Ends the process, also one that still waits for a connection. */
  close(): Promise<void>;
}

const script = `
import encodings.idna, json, os, socket, sys
kept = []
for line in sys.stdin:
    wish = json.loads(line)
    ends = wish.get('local'), wish.get('remote')
    device = wish.get('device')
    address = next(end['address'] for end in ends if end)
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    kind = socket.SOCK_STREAM if wish['protocol'] == 'tcp' else socket.SOCK_DGRAM
    def place(end):
        scope = '%' + device if device and end['address'].startswith('fe80') else ''
        return socket.getaddrinfo(end['address'] + scope, end['port'], family, kind)[0][4]
    if 'user' in wish: os.setuid(wish['user'])
    one = socket.socket(family, kind)
    kept.append(one)
    if device: one.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    if ends[0]: one.bind(place(ends[0]))
    if ends[1]: one.connect(place(ends[1]))
    elif kind == socket.SOCK_STREAM: one.listen()
    host, port = one.getsockname()[:2]
    local = {'address': host.split('%')[0], 'port': port}
    print(json.dumps({'local': local, 'inode': os.fstat(one.fileno()).st_ino}), flush=True)
`;

/** `prefix` goes before the command that opens them. It ends with the test. */
export function startHolder(context: TestContext, prefix: readonly string[] = []): Holder {
  const [program, ...words] = [...prefix, 'python3', '-c', script];
  const child: ChildProcessWithoutNullStreams = spawn(program!, words);
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const close = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  context.after(close);
  return {
    pid: child.pid!,
    async open(wish) {
      child.stdin.write(`${JSON.stringify(wish)}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`no socket for ${JSON.stringify(wish)}: ${complaint}`);
      return JSON.parse(value) as HeldSocket;
    },
    close,
  };
}
