/** `perl -e NEW_TABLE HEX`: a table with a name that `nft` itself does not take, sent as netlink, as any program of root's may. */
export const NEW_TABLE = `
my $name = pack('H*', $ARGV[0]);
socket(my $kernel, 16, 3, 12) or die;
sub attribute { my ($type, $value) = @_; my $length = 4 + length $value; return pack('SS', $length, $type) . $value . ("\\0" x (-$length & 3)); }
sub message { my ($type, $flags, $number, $family, $id, $body) = @_; return pack('LSSLLCCn', 20 + length $body, $type, $flags, $number, 0, $family, 0, $id) . $body; }
syswrite($kernel, message(16, 1, 0, 0, 10, '') . message(0xA00, 0x405, 1, $ARGV[2] || 2, 0, attribute(1, $name . "\\0")) . message(17, 1, 2, 0, 10, '')) or die;
sysread($kernel, my $answer, 65536);
my ($length, $type) = unpack('LS', $answer);
die "refused\n" unless $type == 2 && unpack('l', substr($answer, 16, 4)) == 0;
`;
