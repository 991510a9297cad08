import { controlScript } from '../service-control.ts';

export const CONTROL_SCRIPT = controlScript({
  program: 'dnsmasq',
  debian: 'dnsmasq-base',
  check: '$inside dnsmasq --test --conf-file="$new/dnsmasq.conf"',
  run: '$inside dnsmasq --keep-in-foreground --log-facility=- --conf-file="$dir/dnsmasq.conf" --pid-file="$dir/dnsmasq.pid"',
});
