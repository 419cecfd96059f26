/**
 * Whose turn it is where several captures are read into the same windows: the earliest window comes first, and in it one
 * file after the other, in their order. So files of the same hours share windows, and their records are those of one file
 * with all their packets.
 */

interface Reader {
  /** A pipe's writer may be one that nobody can hold back: it reads beside others that are in the same window. */
  readonly isPipe: boolean;
  /** Start of the window that it reads or waits for; -Infinity while its first one is not known, Infinity after its end. */
  startUs: number;
  waits: boolean;
  /** Called when its turn comes. */
  goOn: () => void;
}

export class Turns {
  readonly #readers: readonly Reader[];

  /** For each capture, in their order, whether it is a pipe. */
  constructor(pipes: readonly boolean[]) {
    this.#readers = pipes.map((isPipe) => ({
      isPipe,
      startUs: Number.NEGATIVE_INFINITY,
      waits: false,
      goOn: () => undefined,
    }));
  }

  /**
   * The capture at `position` has come to the window that starts at `startUs`. A promise means that others come first, and
   * resolves when it may read on.
   */
  enter(position: number, startUs: number): Promise<void> | undefined {
    const reader = this.#readers[position]!;
    if (reader.startUs === startUs && !reader.waits) return undefined;
    reader.startUs = startUs;
    reader.waits = true;
    this.#giveTurns();
    if (!reader.waits) return undefined;
    return new Promise((resolve) => {
      reader.goOn = resolve;
    });
  }

  /** The capture at `position` has no more packets. */
  end(position: number): void {
    const reader = this.#readers[position]!;
    reader.startUs = Number.POSITIVE_INFINITY;
    reader.waits = false;
    this.#giveTurns();
  }

  #giveTurns(): void {
    const earliestUs = this.#readers.reduce((least, { startUs }) => Math.min(least, startUs), Infinity);
    const reads = ({ waits, startUs }: Reader) => !waits && Number.isFinite(startUs);
    let fileReads = this.#readers.some((reader) => !reader.isPipe && reads(reader));
    for (const reader of this.#readers) {
      const mayRead = reader.isPipe || !fileReads;
      if (!(reader.waits && reader.startUs === earliestUs && mayRead)) continue;
      reader.waits = false;
      fileReads ||= !reader.isPipe;
      reader.goOn();
    }
  }
}
