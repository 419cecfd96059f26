/** Frames of every sort by which native/src/near-bytes.h may tell how much of one decoding looks at. */
import { uint8 } from './bytes.js';
import { type FrameBuilder, frame } from './frames.js';
import { senderAddress } from './name-frames.js';

const ethernet = frame().ethernet({ source: senderAddress });
const options = (bytes: number) => new Uint8Array(bytes).fill(1);
const port = { type: 3, code: 3 };
const ip4 = frame().ipv4({ source: '10.0.0.2', target: '10.0.0.1' });
const ip6 = frame().ipv6({ source: '2001:db8::2', target: '2001:db8::1' });

export const nearFrames: readonly FrameBuilder[] = [
  ethernet.ipv4().tcp().payload(1400),
  ethernet.ipv4().tcp().payload(3),
  ethernet.ipv4().udp().payload(500),
  ethernet
    .ipv4({ options: options(40) })
    .tcp()
    .payload(200),
  ethernet
    .ipv4({ options: options(4) })
    .udp()
    .payload(30),
  ethernet.ipv6().tcp().payload(1000),
  ethernet.ipv6().udp().payload(100),
  ethernet
    .ipv6()
    .extension(60, { body: new Uint8Array(238) })
    .udp()
    .payload(10),
  ethernet.vlan(5).ipv4().tcp().payload(300),
  ethernet.vlan(5).vlan(6).ipv6().udp().payload(300),
  ethernet
    .mpls(16, 17)
    .ipv4({ options: options(40) })
    .udp()
    .payload(90),
  ethernet.ipv4().udpLite().payload(40),
  ethernet.ipv4().sctp().payload(60),
  ethernet.ipv4().dccp().payload(60),
  ethernet.ipv4({ typeOfService: 0xb8, ttl: 3 }).icmp({ type: 11, code: 1 }).payload(60),
  ethernet
    .ipv4({ options: options(40) })
    .icmp({ type: 3, code: 13 })
    .payload(60),
  ethernet.ipv4({ moreFragments: true }).icmp().payload(400),
  ethernet.ipv4().protocol(47).payload(100),
  ethernet.ipv4({ moreFragments: true }).udp().payload(400),
  ethernet.ipv4({ protocol: 17, fragmentOffsetBytes: 800 }).payload(400),
  ethernet.ipv4({ totalBytes: 0 }).tcp().payload(700),
  ethernet.ipv6({ payloadBytes: 0 }).tcp().payload(700),
  ethernet.ipv6({ payloadBytes: 0 }).jumboPayload(70_000).udp().payload(500),
  ethernet.ipv6().ipv6Fragment().udp().payload(300),
  ethernet.ipv6().authentication().tcp().payload(300),
  ethernet.ipv6().sctp().payload(100),
  ethernet.ipv6().icmpv6().payload(100),
  ethernet.pppoe().ppp().ipv4().tcp().payload(200),
  frame().ethernetSnap().ipv4().udp().payload(200),
  ethernet.ipv4({ identification: 0xabcd }).tcp({ sequence: 0xfedcba98, window: 0x1234 }).payload(90),
  ethernet.ipv6().tcp({ sequence: 0xfedcba98, window: 0 }),
  ethernet
    .ipv4()
    .udp({ sourcePort: 53 })
    .payload(uint8(0xbe, 0xef, 1, 2, 3)),
  ethernet.ipv4().udp().payload(uint8(7)),
  ethernet.ipv4().dccp({ headerWords: 9 }).payload(60),
  // Errors, whose quoted packet begins with the message's ninth byte.
  ethernet.ipv4().icmp(port).payload(ip4.udp().payload(20).bytes()),
  ethernet.ipv4().icmp(port).payload(ip4.tcp().payload(900).bytes()),
  ethernet
    .ipv4()
    .icmp(port)
    .payload(ip4.dccp({ headerWords: 9 }).payload(90).bytes()),
  ethernet
    .ipv4({ options: options(40) })
    .icmp({ type: 11 })
    .payload(
      frame()
        .ipv4({ options: options(40) })
        .tcp({ headerWords: 2 })
        .payload(90)
        .bytes(),
    ),
  ethernet.vlan(9).ipv4().icmp(port).payload(ip4.icmp().payload(90).bytes()),
  ethernet.ipv4().icmpv6({ type: 1, code: 4 }).payload(ip6.udp().payload(90).bytes()),
  ethernet.ipv4({ moreFragments: true }).icmp(port).payload(ip4.udp().payload(90).bytes()),
  ethernet.ipv6().icmpv6({ type: 1, code: 4 }).payload(ip6.udp().payload(200).bytes()),
  ethernet.ipv6().icmp(port).payload(ip4.udp().payload(20).bytes()),
  ethernet.ipv6().icmpv6({ type: 3 }).payload(ip6.extension(0).ipv6Fragment().tcp().payload(90).bytes()),
];
