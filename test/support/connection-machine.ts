/**
 * A second reading of how a TCP connection stands: a machine that keeps a state for each end and changes it with each segment, as Zeek
 * does (TCPSessionAdapter.cc and protocols/conn/main.zeek tell how). It needs all segments in their order; what is tested only has what
 * each direction sent. Histories are those of connections.ts. A connection begins with its first letter, whoever sends it.
 */
import type { ConnectionState } from '../../src/flow/health/connection-state.js';

type State = 'inactive' | 'partial' | 'syn' | 'established' | 'closed' | 'reset';

class End {
  state: State = 'inactive';
  before: State = 'inactive';
  hasData = false;

  become(state: State): void {
    if (state === this.state) return;
    this.before = this.state;
    this.state = state;
  }

  get isQuiet(): boolean {
    return this.state === 'inactive' || this.state === 'partial';
  }
}

export function machineState(history: string): ConnectionState {
  const client = new End();
  const server = new End();
  for (const letter of history) {
    const kind = letter.toLowerCase();
    const isClient = letter !== kind;
    const [end, peer] = isClient ? [client, server] : [server, client];
    if (kind === 'd') end.hasData = true;
    advance(end, peer, kind, isClient);
  }
  return wordOf(client, server, history);
}

function advance(end: End, peer: End, kind: string, isClient: boolean): void {
  switch (end.state) {
    case 'inactive':
      begin(end, peer, kind, isClient);
      break;
    case 'syn':
      if (kind === 'f') end.become('closed');
      if (kind === 'r') end.become('reset');
      break;
    case 'partial':
    case 'established':
      if (kind === 's' && end.state === 'partial' && peer.state === 'inactive') end.become('syn');
      if (kind === 'r') end.become('reset');
      if (kind !== 'f') break;
      end.become('closed');
      if (peer.state === 'reset' && peer.before === 'closed') peer.become('closed');
      break;
    case 'closed':
      if (kind === 'r' && peer.state !== 'closed') end.become('reset');
      break;
    case 'reset':
      break;
  }
}

/** The first segment of an end. */
function begin(end: End, peer: End, kind: string, isClient: boolean): void {
  if (kind === 'f') end.become('closed');
  else if (kind === 'r') end.become('reset');
  else if (kind === 's' || kind === 'h') open(end, peer, isClient);
  else if (!isClient && kind === 'a' && peer.state === 'syn') return;
  else end.become(peer.state === 'established' ? 'established' : 'partial');
}

function open(end: End, peer: End, isClient: boolean): void {
  if (isClient) {
    end.become('syn');
    return;
  }
  if (peer.state === 'syn') peer.become('established');
  end.become('established');
}

function wordOf(client: End, server: End, history: string): ConnectionState {
  const from = client.state;
  const to = server.state;
  if (to === 'reset') {
    const isEmpty = !client.hasData && !server.hasData;
    if (from === 'syn' || (from === 'reset' && isEmpty)) return 'REJ';
    return client.isQuiet ? 'RSTRH' : 'RSTR';
  }
  if (from === 'reset') {
    if (!server.isQuiet) return 'RSTO';
    return /^S[^HAF]*R/.test(history) ? 'RSTOS0' : 'OTH';
  }
  if (from === 'closed') {
    if (to === 'closed') return 'SF';
    return server.isQuiet ? 'SH' : 'S2';
  }
  if (to === 'closed') return client.isQuiet ? 'SHR' : 'S3';
  if (from === 'syn' && to === 'inactive') return 'S0';
  return from === 'established' && to === 'established' ? 'S1' : 'OTH';
}
