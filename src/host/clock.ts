/** Clocks. The wall clock may be set at any time; the steady one only ever goes forward. */

/** Milliseconds since the process started; never goes back. Deadlines are on it everywhere. */
export function steadyMs(): number {
  // `performance` has the same to say, but loads two dozen modules of Node's first: see native-notes/start-up.md.
  return process.uptime() * 1e3;
}

/** The same clock, read once in each turn of the event loop: for who asks at each of many records or packets. */
export function readOncePerTurn(nowMs: () => number): () => number {
  let turnMs: number | undefined;
  const forget = () => {
    turnMs = undefined;
  };
  return () => {
    if (turnMs === undefined) {
      turnMs = nowMs();
      queueMicrotask(forget);
    }
    return turnMs;
  };
}

/** The steady clock gives the wall clock's microseconds as long as the two agree to within so many milliseconds. */
const agreementMs = 2;

/**
 * The wall clock in whole microseconds since the epoch. Date counts milliseconds only, so the rest comes from the steady
 * clock, which is set anew whenever the wall clock was.
 */
export function createWallClock(dateMs: () => number, steady: () => number): () => number {
  let offsetMs = dateMs() - steady();
  return () => {
    const wallMs = dateMs();
    const reckonedMs = offsetMs + steady();
    if (Math.abs(wallMs - reckonedMs) <= agreementMs) return Math.floor(reckonedMs * 1000);
    offsetMs += wallMs - reckonedMs;
    return wallMs * 1000;
  };
}
