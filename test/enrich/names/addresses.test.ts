import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scopeOfIPv4, scopeOfIPv6 } from '../../../src/enrich/names/address-scope.js';
import { reverseNameIPv4, reverseNameIPv6 } from '../../../src/enrich/names/reverse-name.js';
import { parseAddress } from '../../../src/packet/address.js';

test('names of addresses in the reverse tree (the examples of RFC 1035 and RFC 3596)', () => {
  assert.equal(reverseNameIPv4(parseAddress('10.2.0.52')!.words[0]!), '52.0.2.10.in-addr.arpa');
  assert.equal(reverseNameIPv4(parseAddress('255.254.253.252')!.words[0]!), '252.253.254.255.in-addr.arpa');
  const [word0, word1, word2, word3] = parseAddress('4321:0:1:2:3:4:567:89ab')!.words;
  assert.equal(
    reverseNameIPv6(word0!, word1!, word2!, word3!),
    'b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa',
  );
});

test('the scope of addresses, at the edges of the blocks', () => {
  const scopes = {
    none: '0.0.0.0 0.255.255.255 224.0.0.251 239.255.255.255 240.0.0.1 255.255.255.255 :: ff02::1 ffff:: ::ffff:8.8.8.8',
    local:
      '10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 169.254.1.1 172.16.0.0 172.31.255.255 192.0.0.1 192.0.2.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 ::1 64:ff9b:1::1 100::1 2001:db8::1 3fff:fff::1 fc00::1 fdff::1 fe80::1 febf::1 fec0::1',
    public:
      '1.0.0.0 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 172.15.255.255 172.32.0.0 192.167.0.1 192.169.0.1 223.255.255.255 ::2 64:ff9b::1 2001:db7::1 2001:db9::1 2600::1 3fff:1000::1 fbff::1',
  };
  for (const [scope, texts] of Object.entries(scopes)) {
    for (const text of texts.split(' ')) {
      const { family, words } = parseAddress(text)!;
      const found =
        family === 4 ? scopeOfIPv4(words[0]!) : scopeOfIPv6(words[0]!, words[1]!, words[2]!, words[3]!);
      assert.equal(found, scope, text);
    }
  }
});
