/**
 * Meters that run all at once, each with a link of its own, while traffic goes to one of them at a time. What a program compiles
 * and fills at first is paid once, and a slow minute of the machine meets all of them.
 */
import type { Bench } from './bench.js';
import { outputOf, type Running, start } from './command.js';
import { closeLink, type Link, openLink } from './links.js';
import {
  createJob,
  end,
  listening,
  outputs,
  type Phase,
  type PhaseFigures,
  removeJob,
  sendPhase,
  totalsAfter,
} from './measure.js';
import type { Job, Meter } from './meters/meter.js';

export class Standing {
  readonly meter: Meter;
  readonly #link: Link;
  readonly #job: Job;
  readonly #running: Running;
  #sent = 0;

  /** Resolves when it listens. */
  static async start(bench: Bench, meter: Meter, flows: number): Promise<Standing> {
    const link = openLink();
    await addAddresses(link);
    const job = createJob(bench, flows);
    const running = await start(bench, meter.live!(job, link.interfaces), {
      ...outputs(job),
      namespace: link.receiverNamespace,
      keepsMounts: true,
      limitSeconds: 1_800,
    });
    await listening(running, 1, meter.name, job.stderr);
    return new Standing(meter, link, job, running);
  }

  private constructor(meter: Meter, link: Link, job: Job, running: Running) {
    this.meter = meter;
    this.#link = link;
    this.#job = job;
    this.#running = running;
  }

  async feed(bench: Bench, phase: Phase): Promise<PhaseFigures> {
    const figures = await sendPhase(bench, this.#running, this.#link, phase);
    this.#sent += figures.sent;
    return figures;
  }

  /** Ends it; resolves with the share of the packets that it did not process. */
  async stop(): Promise<number> {
    const early = await this.meter.liveTotalsBeforeEnd?.(this.#job);
    const cost = await end(this.#running, this.meter, this.#job);
    const { packets } = early ?? (await totalsAfter(this.meter, this.#job, cost));
    this.close();
    return Math.max(0, 1 - packets / this.#sent);
  }

  /** Whatever has happened. */
  close(): void {
    this.#running.signal('SIGTERM');
    removeJob(this.#job);
    closeLink(this.#link);
  }
}

/** The traffic's targets are addresses of the host that meters, as a server's are: so it is asked for owners of flows. */
async function addAddresses({ receiverNamespace }: Link): Promise<void> {
  const lines = Array.from({ length: 256 }, (_, last) => `address add 192.168.0.${last}/32 dev lo`);
  const script = `printf '${lines.join('\\n')}\\n' | ip -n ${receiverNamespace} -batch -`;
  await outputOf(['sh', '-c', script]);
}
