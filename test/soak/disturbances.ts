/** Traffic on a veth pair, and what goes wrong around it: every minute anew, at the same seconds. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildTool } from '../../bench/tools.js';
import { writeTraffic } from '../../bench/traffic.js';
import { startDnsmasq } from '../support/dnsmasq.js';
import { sendTraffic, type Veth } from '../support/veth.js';
import type { SoakCollector } from './collector.js';
import type { Ground } from './ground.js';
import { writeNameTraffic } from './name-traffic.js';

/** Frames a second, all the time; and for two seconds each minute. */
const steadyRate = 1_000;
/** Frames with names a second: all of them come once a minute. */
const namesRate = 100;
const burstRate = 10_000;
const burstSeconds = 2;
/** How long the interface, the resolver and a collector stay away. */
const awayMs = { interface: 2_000, resolver: 5_000, collector: 7_000 } as const;
/** After the interface is back, before the senders are started again. */
const settleMs = 300;

export class Disturbances {
  /** How often each of them took place. */
  readonly counts = new Map<string, number>();
  readonly #veth: Veth;
  readonly #collectors: readonly SoakCollector[];
  readonly #dnsPort: number;
  readonly #sender: string;
  readonly #files: Readonly<Record<'steady' | 'names' | 'burst', string>>;
  readonly #children = new Set<ChildProcess>();
  readonly #echo: Server;
  #dnsmasq: ChildProcess | undefined;
  #ended = false;

  constructor({ folder, veth }: Ground, dnsPort: number, collectors: readonly SoakCollector[]) {
    this.#veth = veth;
    this.#dnsPort = dnsPort;
    this.#collectors = collectors;
    this.#sender = buildTool('sender', folder);
    this.#files = {
      steady: join(folder, 'steady.pcap'),
      names: join(folder, 'names.pcap'),
      burst: join(folder, 'burst.pcap'),
    };
    writeNameTraffic(this.#files.names);
    writeTraffic(this.#files.steady, { mix: 'vlan', flows: 30_000, packets: 120_000 });
    writeTraffic(this.#files.burst, { mix: 'average', flows: 10_000, packets: 20_000 });
    this.#echo = createServer((socket) => socket.pipe(socket).on('error', () => socket.destroy()));
  }

  async start(): Promise<void> {
    this.#echo.listen(0, '::');
    await once(this.#echo, 'listening');
    await this.#startResolver();
    this.#startSenders();
  }

  /** Does what this second of the run brings. Rejects where the test's own tools fail. */
  async at(second: number): Promise<void> {
    const minute = Math.floor(second / 60);
    const [first, last] = [this.#collectors[0]!, this.#collectors.at(-1)!];
    switch (second % 60) {
      case 5:
      case 35:
        return this.#count('rounds of TCP and UDP', () => this.#talk());
      case 10:
        return this.#count('restarts of the first collector', () => restart(first));
      case 20:
        return this.#count('bursts', () => this.#burst());
      case 25:
        return minute % 2 === 0
          ? this.#count('restarts of the resolver', () => this.#restartResolver())
          : undefined;
      case 40:
        return this.#count('restarts of the last collector', () => restart(last));
      case 50:
        return minute % 2 === 0
          ? this.#count('times the interface went down', () =>
              this.#flap(
                () => this.#setDown(),
                () => this.#setUp(),
              ),
            )
          : this.#count('times the interface was deleted', () =>
              this.#flap(
                () => this.#veth.remove(),
                () => this.#veth.recreate(),
              ),
            );
    }
  }

  end(): void {
    this.#ended = true;
    for (const child of this.#children) child.kill();
    this.#dnsmasq?.kill();
    this.#echo.close();
  }

  async #count(name: string, disturb: () => Promise<void>): Promise<void> {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    await disturb();
  }

  #startSenders(): void {
    if (this.#ended) return;
    this.#spawn('-p', String(steadyRate), '-t', '86400', this.#files.steady);
    this.#spawn('-p', String(namesRate), '-t', '86400', this.#files.names);
  }

  /** One of bench/sender.c in the namespace; it ends with its interface. */
  #spawn(...words: readonly string[]): ChildProcess {
    const { namespace, peer } = this.#veth;
    const child = spawn('ip', ['netns', 'exec', namespace, this.#sender, ...words, peer], {
      stdio: 'ignore',
    });
    this.#children.add(child);
    child.once('close', () => this.#children.delete(child));
    return child;
  }

  async #burst(): Promise<void> {
    await once(this.#spawn('-p', String(burstRate), '-t', String(burstSeconds), this.#files.burst), 'close');
  }

  /** Real sockets: a stream that is echoed, and datagrams that nobody takes, which ICMP answers. */
  async #talk(): Promise<void> {
    const { port } = this.#echo.address() as { port: number };
    const targets = [this.#veth.hostIPv4, this.#veth.hostIPv6];
    await sendTraffic(this.#veth, {
      streams: targets.map((target) => ({ target, targetPort: port, bytes: 200_000 })),
      datagrams: targets.map((target) => ({
        target,
        targetPort: 9,
        count: 50,
        payloadBytes: 100,
        perSecond: 100,
      })),
    });
  }

  async #flap(lose: () => void, bringBack: () => void): Promise<void> {
    lose();
    await sleep(awayMs.interface);
    bringBack();
    await sleep(settleMs);
    this.#startSenders();
  }

  #setDown(): void {
    this.#veth.down();
    // A sender notices nothing of the other end's state.
    for (const child of this.#children) child.kill();
  }

  #setUp(): void {
    this.#veth.up();
  }

  async #startResolver(): Promise<void> {
    const own = this.#veth.peerIPv4.split('.').reverse().join('.');
    this.#dnsmasq = await startDnsmasq(['127.0.0.1'], this.#dnsPort, [
      `ptr-record=${own}.in-addr.arpa,sender.example`,
      'local=/in-addr.arpa/',
      'local=/ip6.arpa/',
    ]);
  }

  async #restartResolver(): Promise<void> {
    const ended = once(this.#dnsmasq!, 'exit');
    this.#dnsmasq!.kill();
    await ended;
    await sleep(awayMs.resolver);
    if (!this.#ended) await this.#startResolver();
  }
}

async function restart(collector: SoakCollector): Promise<void> {
  collector.close();
  await sleep(awayMs.collector);
  await collector.open();
}
