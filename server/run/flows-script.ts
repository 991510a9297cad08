/**
 * How the flows that conntrack knows are read and cut on a host: a pipe to the kernel's own interface (ctnetlink), constant
 * text for the perl that every Debian and Ubuntu has (`perl-base` is essential there). `conntrack -D` is no way: it looks
 * through the whole table for each line, 200 deletes in a table of 20,000 take a minute (conntrack 1.4.7), and has no word for
 * the id by which the kernel tells a flow from one that has taken its place.
 *
 *     list     what the kernel answers to a dump of both families, byte by byte
 *     delete   sends the messages on stdin, and prints how many it took, and how many had gone by themselves
 */
export const FLOWS_SCRIPT = String.raw`
use strict;
socket(my $kernel, 16, 3, 12) or die "netlink: $!\n";
setsockopt($kernel, 1, 33, pack('i', 32 << 20));
binmode STDIN;
binmode STDOUT;
my $most = 256 << 20;
sub hear {
  my ($each) = @_;
  while (1) {
    my $n = sysread($kernel, my $answer, 1 << 18);
    die "netlink: $!\n" unless $n;
    for (my $at = 0; $at + 16 <= $n;) {
      my ($length, $type) = unpack('LS', substr($answer, $at, 6));
      die "netlink: torn\n" if $length < 16;
      return $answer if $each->($type, $type == 2 ? -unpack('l', substr($answer, $at + 16, 4)) : 0, substr($answer, $at, $length));
      $at += ($length + 3) & ~3;
    }
  }
}
if ($ARGV[0] eq 'list') {
  my $total = 0;
  for my $family (2, 10) {
    syswrite($kernel, pack('LSSLLCCn', 20, 0x101, 0x301, 1, 0, $family, 0, 0)) or die "netlink: $!\n";
    hear(sub {
      my ($type, $error, $message) = @_;
      if ($type == 2) { $! = $error; die "conntrack: $!\n"; }
      return 1 if $type == 3;
      $total += length $message;
      die "more flows than can be judged\n" if $total > $most;
      print $message, "\0" x (-length($message) & 3);
      return 0;
    });
  }
} else {
  local $/;
  my $all = <STDIN>;
  my ($taken, $gone, $at) = (0, 0, 0);
  while ($at < length $all) {
    my ($end, $count) = ($at, 0);
    while ($end < length $all && $count < 100) {
      $end += (unpack('L', substr($all, $end, 4)) + 3) & ~3;
      $count++;
    }
    syswrite($kernel, substr($all, $at, $end - $at)) or die "netlink: $!\n";
    hear(sub {
      my ($type, $error) = @_;
      return 0 if $type != 2;
      if ($error == 2) { $gone++; } elsif ($error) { $! = $error; die "conntrack: $!\n"; } else { $taken++; }
      return --$count == 0;
    });
    $at = $end;
  }
  print "$taken $gone\n";
}
`
  // An argument is one line.
  .replaceAll('\n', ' ');
