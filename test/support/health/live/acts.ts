/** What a peer can be told to do: see peer.ts. */
import type { Act } from './act.js';
import { askDatagram, askTwice, sendDatagram } from './datagram-acts.js';
import { serve } from './servers.js';
import {
  ask,
  askAndBeReset,
  askAndEnd,
  askAndLeaveOpen,
  askAndReset,
  askUntilItEnds,
  askWhileItPauses,
  beRefused,
  callInVain,
  keepAsking,
} from './stream-acts.js';

export const acts = {
  ask,
  askAndBeReset,
  askAndEnd,
  askAndLeaveOpen,
  askAndReset,
  askDatagram,
  askTwice,
  askUntilItEnds,
  askWhileItPauses,
  beRefused,
  callInVain,
  keepAsking,
  sendDatagram,
  serve,
} as const satisfies Readonly<Record<string, Act>>;

export type ActName = keyof typeof acts;
