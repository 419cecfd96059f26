/** Records of every kind, for property tests: each field random, absent and present. */
import fc from 'fast-check';
import { connectionStates, outcomes } from '../../src/flow/health/connection-state.js';
import { ConversationHealth } from '../../src/flow/health/conversation-health.js';
import { FlowHealth, HEALTH_TOLD, OFFLOADED, UNSPLIT } from '../../src/flow/health/flow-health.js';
import { roleReasons } from '../../src/flow/reading.js';
import { Tally } from '../../src/flow/tally.js';
import { icmpErrors } from '../../src/packet/quoted.js';
import { type KnownOwner, noOwnerReasons, ownerKinds } from '../../src/record/owner.js';
import { FlowRecord } from '../../src/record/record.js';

const flowDirections = ['ingress', 'egress', 'internal', 'passing'] as const;
const word = fc.oneof(fc.constant(0), fc.integer());
/** Half of what a number holds exactly, so that two of them are added without a loss. */
const wholeNumber = fc.oneof(
  fc.nat(12_000),
  fc.integer({ min: 0, max: 52 }).map((power) => 2 ** power),
  fc.integer({ min: 1, max: 15 }).map((power) => 10 ** power),
  fc.integer({ min: 1, max: 15 }).map((power) => 10 ** power - 1),
);
const known = (most: number) => fc.oneof(fc.constant(-1), fc.constant(0), fc.nat(most));
const sum = fc.oneof(fc.constant(Number.NaN), wholeNumber);
const time = fc.oneof(
  fc.constantFrom(Number.NaN, 0, -1, 1, 999_999, 1_000_000, 1e18),
  fc.integer({ min: 1, max: 2 ** 51 }),
);

const anyText = fc.oneof(
  fc.domain(),
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.string({
    unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    maxLength: 60,
  }),
  fc.string({ unit: 'grapheme', minLength: 200, maxLength: 300 }),
  fc.constantFrom('NXDOMAIN', '', '\u007f"\\\n', 'é.example', '\ud800', '\u0001'.repeat(300)),
);
const name = fc.option(anyText);
/** Null every other time: much is told only where it is. */
const fold = fc.option(anyText, { freq: 1 });
const service = fc.oneof(
  fc.constantFrom('none', 'agents', 'agents,api,apm', '\u0001'.repeat(600), 'service,'.repeat(100)),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
);

const owned = fc
  .record({
    from: fc.constantFrom('socket' as const, 'listener' as const, 'earlier' as const),
    owner: fc.record({
      number: fc.integer({ min: 1, max: 9 }),
      kind: fc.constantFrom(...ownerKinds),
      name: anyText,
      unit: name,
      container: name,
      pod: name,
      cgroup: name,
      userId: known(0xffff_ffff),
      pid: known(2 ** 22),
      command: name,
    }),
  })
  .map(({ from, owner }): KnownOwner => {
    return { number: owner.number, name: owner.name, owner, from, reason: null };
  });
const unowned = fc.constantFrom(...noOwnerReasons).map((reason): KnownOwner => {
  return { number: 0, name: '', owner: null, from: 'none', reason };
});
const knownOwner = fc.oneof(fc.constant(null), owned, unowned);

const most16 = fc.nat(0xffff);
const flowHealth = fc
  .record({
    marks: fc.constantFrom(
      0,
      HEALTH_TOLD,
      HEALTH_TOLD | UNSPLIT,
      HEALTH_TOLD | OFFLOADED,
      HEALTH_TOLD | UNSPLIT | OFFLOADED,
    ),
    retransmitted: most16,
    outOfOrder: most16,
    doubled: fc.nat(255),
    retransmittedBytes: fc.nat(0xffff_ffff),
    zeroWindows: fc.nat(255),
    syns: fc.nat(63),
    fins: fc.nat(63),
    rsts: fc.nat(63),
  })
  .map((counts) => Object.assign(new FlowHealth(), counts));

/** Of one conversation, of several that went the same way or not, and of nothing. */
const conversationHealth = fc
  .record({
    states: fc.array(fc.nat(connectionStates.length - 1), { maxLength: 3 }),
    outcomes: fc.array(fc.nat(outcomes.length - 1), { maxLength: 3 }),
    sums: fc.record({
      isPart: fc.boolean(),
      icmpError: fc.nat(icmpErrors.length - 1),
      handshakes: fc.nat(3),
      clientNetworkUs: wholeNumber,
      serverNetworkUs: wholeNumber,
      longestHandshakeUs: wholeNumber,
      responses: fc.nat(3),
      responseUs: wholeNumber,
      longestResponseUs: wholeNumber,
    }),
  })
  .map(({ states, outcomes, sums }) => {
    const health = new ConversationHealth();
    health.conversations = Math.max(states.length, outcomes.length);
    if (health.conversations === 0) return health;
    for (const state of states) health.states[state]!++;
    for (const outcome of outcomes) health.outcomes[outcome]!++;
    return Object.assign(health, sums);
  });

const tally = fc
  .record({
    packets: fc.oneof(fc.constant(0), wholeNumber),
    payloadBytes: wholeNumber,
    ipBytes: sum,
    wireBytes: sum,
    firstUs: time,
    lastUs: time,
    tcpFlags: known(0x3ff),
    trafficClass: known(255),
    lowestTtl: known(255),
    highestTtl: known(255),
    outerVlan: known(4095),
    innerVlan: known(4095),
    vlanMixed: fc.boolean(),
    tunnel: known(9),
    tunnelId: known(0xffff_ffff),
    mplsLabel: known(0xf_ffff),
    interface: known(7),
    interfaceMixed: fc.boolean(),
    sourceMac: known(0xffff_ffff_ffff),
    targetMac: known(0xffff_ffff_ffff),
    icmpType: known(255),
    icmpCode: known(255),
    health: flowHealth,
  })
  .map((figures) => Object.assign(new Tally(), figures));

export const flowRecord = fc
  .record({
    key: fc.record({
      family: fc.constantFrom(4 as const, 6 as const),
      source0: word,
      source1: word,
      source2: word,
      source3: word,
      target0: word,
      target1: word,
      target2: word,
      target3: word,
      ports: fc.integer(),
      hasPorts: fc.constantFrom(0 as const, 1 as const),
      protocol: fc.oneof(fc.constant(6), fc.nat(255)),
    }),
    tallies: fc.record({ forward: tally, reverse: tally }),
    own: fc.record({
      rest: fc.boolean(),
      flows: fc.nat(3),
      health: conversationHealth,
      client: fc.constantFrom('source' as const, 'target' as const),
      decidedBy: fc.constantFrom(...roleReasons),
      idHigh: word,
      idLow: word,
      sourcePortFolded: fc.boolean(),
      targetPortFolded: fc.boolean(),
      sourceFold: fold,
      targetFold: fold,
      sourcePtr: name,
      targetPtr: name,
      sourceDns: name,
      targetDns: name,
      serverName: name,
      serverNameOf: fc.constantFrom('source' as const, 'target' as const),
      sourceNetwork: name,
      targetNetwork: name,
      direction: fc.constantFrom(undefined, ...flowDirections),
      interfaceName: name,
      interfaceIndex: fc.nat(3),
      sourceOwner: knownOwner,
      targetOwner: knownOwner,
      service,
      packetFlow: fc.constantFrom('none' as const, 'incoming' as const, 'outgoing' as const),
    }),
  })
  .map(({ key, tallies, own }) => {
    const record = Object.assign(new FlowRecord(), tallies, own);
    Object.assign(record.key, key);
    return record;
  });
