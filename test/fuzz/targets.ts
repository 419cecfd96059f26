/** Everything that reads what others wrote. */
import { gzip, pcap, pcapng, text } from './targets/captures.js';
import { clientHellos } from './targets/client-hello.js';
import { dns } from './targets/dns.js';
import { dnsAnswers } from './targets/dns-answers.js';
import { frames } from './targets/frames.js';
import { helloSegments } from './targets/hello-segments.js';
import { httpAnswers } from './targets/http-answers.js';
import { httpDialects } from './targets/http-dialects.js';
import { long } from './targets/long-captures.js';
import { networks } from './targets/networks.js';
import { options } from './targets/options.js';
import { ownerAnswers } from './targets/owner-answers.js';
import { ownerTexts } from './targets/owner-texts.js';
import { quicDatagrams } from './targets/quic-datagrams.js';
import { quicFrames } from './targets/quic-frames.js';
import { ranges } from './targets/ranges.js';
import { schemas } from './targets/schemas.js';
import { spool } from './targets/spool.js';
import type { Target } from './targets/target.js';
import { verify } from './targets/verify.js';

export const targets: readonly Target[] = [
  frames,
  pcap,
  pcapng,
  gzip,
  text,
  long,
  dns,
  ranges,
  networks,
  schemas,
  options,
  verify,
  httpDialects,
  httpAnswers,
  spool,
  dnsAnswers,
  clientHellos,
  helloSegments,
  quicFrames,
  quicDatagrams,
  ownerTexts,
  ownerAnswers,
];

export const targetNamed = (name: string): Target | undefined =>
  targets.find((target) => target.name === name);
