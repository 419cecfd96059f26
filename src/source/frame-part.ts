/** How much of each frame the addon is to pack for whoever decodes it. */
import { type FramePart, frameParts } from '../host/native.js';
import type { Tunnels } from './frame-decoder.js';

/** What is made of frames. */
export interface FrameWishes {
  /** Which IP packet of a frame counts. */
  readonly tunnels: Tunnels;
  /** Whether somebody looks for names in what packets carry. */
  readonly namesToo: boolean;
  /** Whether somebody asks how well flows go: see packet/segment.ts. */
  readonly healthToo: boolean;
}

/** Of inner packets, anything in the frame may be a header. */
export function partFor({ tunnels, namesToo, healthToo }: FrameWishes): FramePart {
  if (tunnels === 'inner') return frameParts.whole;
  if (namesToo) return healthToo ? frameParts.all : frameParts.headersAndNames;
  return healthToo ? frameParts.headersAndHealth : frameParts.headers;
}
