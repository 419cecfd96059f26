/** All of it again as where the addon is missing: Node sends. */
import { sender } from './udp-rig.js';

sender.calls = undefined;
for (const part of ['udp', 'udp-absence', 'udp-pace']) await import(`./${part}.test.js`);
