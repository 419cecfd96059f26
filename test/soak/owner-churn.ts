/** Control groups that come and go as those of jobs and containers do, each with a process that makes connections while it lives. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { buildTool } from '../../bench/tools.js';
import { type Cgroups, inCgroup, openCgroups, removeTree } from '../support/owners/cgroups.js';
import type { Ground } from './ground.js';

/** In the namespace, where connections are taken. */
const port = 21_000;
/** So many kinds of groups: names come back, as those of services do that are started again. */
const kinds = 50;
const connectionsPerSecond = 100;
const lifeMs = 20;
const jobSeconds = 1.5;

/** The fields that a soak's collector reads, what is known of owners, and how well it went. Records are those of `legacy` else. */
export function writeSoakSchema(path: string): void {
  const fields = {
    source_IP: 'source_address',
    source_PORT: 'source_port',
    target_IP: 'target_address',
    target_PORT: 'target_port',
    type: 'protocol_name',
    count: 'packets',
    source_HOST: 'source_host_or_address',
    target_HOST: 'target_host_or_address',
    time: 'window_end_text',
    source_owner: 'source_owner',
    source_owner_from: 'source_owner_from',
    source_owner_command: 'source_owner_command',
    target_owner: 'target_owner',
    state: 'conn_state',
    outcome: 'outcome',
    handshake: 'handshake_rtt_us',
    response: 'appl_latency_us',
    error: 'icmp_error',
    again: 'source_retransmitted_packets',
    late: 'source_out_of_order_packets',
    agent: 'agent',
    seq: 'sequence',
  };
  writeFileSync(path, JSON.stringify(Object.entries(fields).map(([name, value]) => ({ name, value }))));
}

/** What the owners of this churn are called. */
export const churnOwner = /"(?:source|target)_owner":"job-\d+\.service"/;

export class OwnerChurn {
  /** Groups that were made, and removed again. */
  jobs = 0;
  readonly #ground: Ground;
  readonly #tool: string;
  readonly #cgroups: Cgroups;
  readonly #server: ChildProcess;

  constructor(ground: Ground) {
    this.#ground = ground;
    this.#tool = buildTool('connections', ground.folder);
    this.#cgroups = openCgroups(ground);
    const { namespace } = ground.veth;
    this.#server = spawn('ip', ['netns', 'exec', namespace, this.#tool, '-l', '0.0.0.0', String(port)], {
      stdio: 'ignore',
    });
    ground.atEnd(() => this.#server.kill());
  }

  /** Goes before a program that is to see these groups alone. */
  get prefix(): readonly string[] {
    return this.#cgroups.prefix;
  }

  /** To be called each second: a job begins, which lives longer than that. */
  async at(second: number): Promise<void> {
    const group = this.#cgroups.open(`/system.slice/job-${second % kinds}.service`);
    const words = ['-r', String(connectionsPerSecond), '-t', String(jobSeconds), '-m', String(lifeMs)];
    const [program, ...more] = [
      ...inCgroup(group),
      this.#tool,
      ...words,
      this.#ground.veth.peerIPv4,
      String(port),
    ];
    // Fails while the interface is away.
    const job = spawn(program!, more, { stdio: 'ignore' });
    await once(job, 'close');
    await removeTree(group.folder);
    this.jobs++;
  }

  /** What is left of its groups. */
  async end(): Promise<void> {
    this.#server.kill();
    await removeTree(this.#cgroups.open('').folder);
  }
}
