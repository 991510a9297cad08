/**
 * What a member finds out before it says its first word: whether somebody else on the wire has one of its addresses (RFC 5227, 2.1.1;
 * RFC 4862, 5.4), or is a router that goes by the same number (RFC 9568, 5.2.3). Such a router would give way to us, and whoever
 * uses it would be cut off.
 *
 * The script, constant text, reads a line for each interface and says what it found, a line each; then it ends with 3.
 *
 *     perl listen FOLDER <wire
 *     wan 11 b0.0 02:00:5e:01:00:01 02:00:5e:01:00:02 192.0.2.10,2001:db8::10
 */
import { addressPart } from '../../core/address.ts';
import type { Gateway, GatewayMember, Host } from '../../flow/model.ts';
import { speakersOf } from '../link-failover.ts';

export const LISTEN_NAME = 'listen';
export const WIRE_NAME = 'wire';

/**
 * Interface, number, wire, own MAC, those of the other members, addresses. Routers of others are waited for on external networks
 * alone, and once for all gateways there; `-` elsewhere, and where adverts go to nobody but the other members.
 */
export function wireText(
  gateway: Gateway,
  member: GatewayMember,
  host: Host,
  isExternal: (network: string) => boolean,
): string {
  return speakersOf(gateway, member)
    .map(({ network, device, routerId, addresses }) => {
      const macs = gateway.members.flatMap((each) =>
        each.nics.filter((nic) => nic.network === network).map(({ mac }) => ({ mac, own: each === member })),
      );
      const heard = isExternal(network) && gateway.failover.adverts === 'multicast';
      return [
        device,
        heard ? String(routerId) : '-',
        wireOf(host, gateway.name, network),
        macs.find(({ own }) => own)?.mac ?? '-',
        macs
          .filter(({ own }) => !own)
          .map(({ mac }) => mac)
          .join(','),
        addresses.map(addressPart).join(','),
      ].join(' ');
    })
    .map((line) => `${line}\n`)
    .join('');
}

function wireOf(host: Host, gateway: string, network: string): string {
  const found = host.attachments.find(
    ({ owner, network: on }) => owner.type === 'gateway' && owner.name === gateway && on === network,
  );
  return found === undefined ? '-' : `${found.bridge}.${String(found.vid ?? 0)}`;
}

export const LISTEN_SCRIPT = `use strict;
use warnings;
use Socket qw(:DEFAULT inet_pton inet_ntop);
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

my ($folder) = @ARGV;
# Most routers speak once a second. An answer to a question comes at once.
my ($adverts_s, $answers_s, $fresh_s) = (1.15, 0.1, 20);
my (@nics, %taken);

sub hex_of { return join(':', map { sprintf('%02x', $_) } unpack('C*', $_[0])) }
sub now { return clock_gettime(CLOCK_MONOTONIC) }

while (<STDIN>) {
  my ($device, $number, $wire, $own, $peers, $addresses) = split;
  my %of = map { (inet_pton(/:/ ? AF_INET6 : AF_INET, $_), $_) } split(/,/, $addresses);
  my %members = map { ($_, 1) } ($own, split(/,/, $peers));
  push @nics, { device => $device, number => $number, own => $own, of => \\%of, members => \\%members,
    file => "$folder/.heard-$wire", heard => undef };
}

for my $nic (@nics) {
  socket($nic->{socket}, 17, SOCK_RAW, 0) or die "no packet socket: $!\\n";
  my $request = pack('a16 x24', $nic->{device});
  ioctl($nic->{socket}, 0x8933, $request) or die "no interface $nic->{device}: $!\\n";
  # Everything (linux/if_packet.h): protocol 3.
  bind($nic->{socket}, pack('S n i S C C a8', 17, 3, unpack('x16 i', $request), 0, 0, 0, ''))
    or die "cannot listen on $nic->{device}: $!\\n";
  $nic->{heard} = heard_before($nic->{file}) if $nic->{number} ne '-';
  $nic->{listens} = $nic->{number} ne '-' && !$nic->{heard};
  $nic->{heard} ||= {};
  ask($nic, $_) for keys %{ $nic->{of} };
}

my $wait = (grep { $_->{listens} } @nics) ? $adverts_s : $answers_s;
my $end = now() + $wait;
while ((my $left = $end - now()) > 0) {
  my $ready = '';
  vec($ready, fileno($_->{socket}), 1) = 1 for @nics;
  next if select($ready, undef, undef, $left) <= 0;
  for my $nic (@nics) {
    next unless vec($ready, fileno($nic->{socket}), 1);
    recv($nic->{socket}, my $frame, 2048, 0);
    hear($nic, $frame) if length($frame) >= 42;
  }
}

my @said;
for my $nic (@nics) {
  remember($nic) if $nic->{listens};
  push @said, map { "$_ on $nic->{device} is taken by $taken{$nic->{device}}{$_}" } sort keys %{ $taken{$nic->{device}} };
  my ($from, $mac) = @{ $nic->{heard}{ $nic->{number} } || [] };
  next if !defined $mac || $nic->{members}{$mac};
  push @said, "$from ($mac) on $nic->{device} is a router with the VRRP number $nic->{number} too, and would give way to this"
    . ' gateway: give it another number, or say failover: { adverts: unicast } of the gateway';
}
print "$_\\n" for @said;
exit(@said ? 3 : 0);

sub ask {
  my ($nic, $address) = @_;
  my $mac = pack('C6', map { hex } split(/:/, $nic->{own}));
  my $frame;
  if (length($address) == 4) {
    $frame = "\\xff" x 6 . $mac . pack('n n n C C n', 0x0806, 1, 0x0800, 6, 4, 1) . $mac . "\\0" x 10 . $address;
  } else {
    my $group = "\\xff\\x02" . "\\0" x 9 . "\\1\\xff" . substr($address, 13);
    my $tail = "\\0" x 4 . $address;
    my $sum = 58 + 24;
    $sum += $_ for unpack('n*', $group . pack('C C n', 135, 0, 0) . $tail);
    $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
    $frame = "\\x33\\x33\\xff" . substr($address, 13) . $mac . pack('n N n C C', 0x86dd, 6 << 28, 24, 58, 255)
      . "\\0" x 16 . $group . pack('C C n', 135, 0, ~$sum & 0xffff) . $tail;
  }
  send($nic->{socket}, $frame, 0);
}

sub hear {
  my ($nic, $frame) = @_;
  my $mac = hex_of(substr($frame, 6, 6));
  return if $mac eq $nic->{own};
  my $type = unpack('x12 n', $frame);
  if ($type == 0x0806) {
    belongs($nic, substr($frame, 28, 4), hex_of(substr($frame, 22, 6)));
  } elsif ($type == 0x0800 && ord(substr($frame, 23, 1)) == 112) {
    advert($nic, substr($frame, 14 + 4 * (ord(substr($frame, 14, 1)) & 15)), inet_ntoa(substr($frame, 26, 4)), $mac);
  } elsif ($type == 0x86dd && length($frame) >= 62) {
    my $next = ord(substr($frame, 20, 1));
    advert($nic, substr($frame, 54), inet_ntop(AF_INET6, substr($frame, 22, 16)), $mac) if $next == 112;
    belongs($nic, substr($frame, 62, 16), $mac) if $next == 58 && ord(substr($frame, 54, 1)) == 136 && length($frame) >= 78;
  }
}

sub belongs {
  my ($nic, $address, $mac) = @_;
  my $name = $nic->{of}{$address};
  $taken{ $nic->{device} }{$name} = $mac if defined $name && !$nic->{members}{$mac};
}

sub advert {
  my ($nic, $message, $from, $mac) = @_;
  return if length($message) < 2 || (ord($message) & 15) != 1;
  my $number = ord(substr($message, 1, 1));
  my $known = $nic->{heard}{$number};
  $nic->{heard}{$number} = [$from, $mac] if !$known || $nic->{members}{ $known->[1] };
}

sub heard_before {
  my ($file) = @_;
  open(my $in, '<', $file) or return undef;
  my ($at, @lines) = <$in>;
  return undef if !defined $at || now() - $at > $fresh_s;
  return { map { my ($number, @who) = split; ($number, \\@who) } @lines };
}

sub remember {
  my ($nic) = @_;
  open(my $out, '>', $nic->{file}) or return;
  print $out now(), "\\n", map { "$_ @{ $nic->{heard}{$_} }\\n" } sort keys %{ $nic->{heard} };
}
`;
