/** What `batch` captures of frames that may carry the name that somebody asked for. See native-notes/name-frames.md. */
import { inputName, type LiveOptions } from './live.js';

/** Captured bytes of each: a DNS answer by UDP has up to so many, a hello of TLS or QUIC half of it. */
const nameBytes = 4_096;

/** 0 where nobody looks for names. */
export const nameBytesFor = ({ namesToo }: LiveOptions): number => (namesToo ? nameBytes : 0);

export const namesDoNotPass = (options: LiveOptions): string =>
  `-i ${inputName(options)}: the kernel cannot tell frames with names from others here, for their link type or the filter's ` +
  `length; names are found in the first ${options.snapshotBytes} bytes of a frame only (-s)`;
