/** The one format of the pipeline that this program replaces; the default. Client and server are not told apart. */
import type { Schema } from './schema.js';

export const legacy: Schema = {
  name: 'legacy',
  fields: [
    { name: 'source_IP', value: 'source_address' },
    { name: 'source_PORT', value: 'source_port', absent: '' },
    { name: 'target_IP', value: 'target_address' },
    { name: 'target_PORT', value: 'target_port', absent: '' },
    { name: 'type', value: 'protocol_name' },
    { name: 'count', value: 'packets' },
    { name: 'length', value: 'payload_bytes' },
    { name: 'source_HOST', value: 'source_host_or_address' },
    { name: 'target_HOST', value: 'target_host_or_address' },
    { name: 'time', value: 'window_end_text' },
    { name: 'datadog_service', value: 'services_text', absent: 'none' },
    { name: 'packet_flow', value: 'packet_flow', absent: 'none' },
  ],
  numbered: [
    { name: 'agent', value: 'agent' },
    { name: 'seq', value: 'sequence' },
  ],
};
