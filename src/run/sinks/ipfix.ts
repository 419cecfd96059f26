/** Joins the templates of IPFIX, which records are written by, to the messages that hold them. */
import { ipfixDeclarations } from '../../record/ipfix/templates.js';
import type { OutputConfig } from '../../settings/config.js';
import { IpfixFraming } from '../../sink/ipfix/framing.js';

/** Ethernet's datagrams, with room for a tunnel's headers; collectors have buffers of about this. */
export const ipfixDatagramBytes = 1400;
/** By TCP: as many records as one message holds, with the templates before it. */
export const ipfixRunBytes = 60_000;

/** For one output; `exporter` is this host's name. */
export function createIpfixFraming(
  { scheme, observationDomain: domain }: Pick<OutputConfig, 'scheme' | 'observationDomain'>,
  exporter: string,
): IpfixFraming {
  const over = scheme === 'ipfix+tcp' ? 'tcp' : 'udp';
  return new IpfixFraming({ over, domain, ...ipfixDeclarations(domain, exporter) });
}
