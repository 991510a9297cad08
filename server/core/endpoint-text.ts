/** `192.0.2.10:443`, `[2001:db8::1]:443` (RFC 3986). */
export function endpointText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${String(port)}` : `${address}:${String(port)}`;
}
