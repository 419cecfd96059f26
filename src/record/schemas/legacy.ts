/**
 * The one format of the pipeline that this program replaces; the default. Client and server are not told apart, and hosts' names
 * are those of reverse DNS, unless the user chooses others.
 */
import type { ValueName } from '../values.js';
import type { Schema } from './schema.js';

export const legacy = withHosts('source_ptr_or_address', 'target_ptr_or_address');

/** Its hosts have the names that every other schema shows. */
export const legacyWithAnyName = withHosts('source_host_or_address', 'target_host_or_address');

function withHosts(source: ValueName, target: ValueName): Schema {
  return {
    name: 'legacy',
    fields: [
      { name: 'source_IP', value: 'source_address' },
      { name: 'source_PORT', value: 'source_port', absent: '' },
      { name: 'target_IP', value: 'target_address' },
      { name: 'target_PORT', value: 'target_port', absent: '' },
      { name: 'type', value: 'protocol_name' },
      { name: 'count', value: 'packets' },
      { name: 'length', value: 'payload_bytes' },
      { name: 'source_HOST', value: source },
      { name: 'target_HOST', value: target },
      { name: 'time', value: 'window_end_text' },
      { name: 'datadog_service', value: 'services_text', absent: 'none' },
      { name: 'packet_flow', value: 'packet_flow', absent: 'none' },
    ],
    numbered: [
      { name: 'agent', value: 'agent' },
      { name: 'seq', value: 'sequence' },
    ],
  };
}
