/** How soon `batch` takes frames, against how often it is woken up for them. */
export interface Pace {
  /** How long the kernel gathers frames before it hands over a block that is not full. */
  readonly gatherMs: number;
  /** No rest after frames that came at a lower rate. */
  readonly restFramesPerMs: number;
}

/** For the least work. */
export const thrifty: Pace = { gatherMs: 100, restFramesPerMs: 0 };

/** For whoever has to see a flow while its socket is open. It is thrifty at rates at which `cap` hands over to batch. */
export const prompt: Pace = { gatherMs: 4, restFramesPerMs: 50 };

/**
 * How long after it was captured a frame may be delivered. A block may be opened just after one look at the
 * clock, so that only the second look after it hands it over.
 */
export const lagMsOf = ({ gatherMs }: Pace): number => 2 * gatherMs + 50;
