/** Ports that an auditor knows by heart (IANA's registry, and what products use by default). */

export interface KnownService {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  readonly name: string;
}

const listed = (protocol: 'tcp' | 'udp', services: Readonly<Record<number, string>>): readonly KnownService[] =>
  Object.entries(services).map(([port, name]) => ({ port: Number(port), protocol, name }));

/** Whoever gets in there has the data, or the machine, often without a password. */
export const DATA: readonly KnownService[] = [
  ...listed('tcp', { 1433: 'SQL Server', 1521: 'Oracle', 2049: 'NFS', 2375: 'Docker', 2379: 'etcd', 3306: 'MySQL' }),
  ...listed('tcp', { 5432: 'PostgreSQL', 5984: 'CouchDB', 6379: 'Redis', 9042: 'Cassandra', 9200: 'Elasticsearch' }),
  ...listed('tcp', { 10_250: 'kubelet', 11_211: 'memcached', 16_509: 'libvirt', 27_017: 'MongoDB' }),
  ...listed('udp', { 11_211: 'memcached' }),
];

/** For those who run the machine. */
export const ADMIN: readonly KnownService[] = [
  ...listed('tcp', {
    22: 'SSH',
    445: 'SMB',
    3389: 'RDP',
    5900: 'VNC',
    5985: 'WinRM',
    8006: 'Proxmox',
    10_000: 'Webmin',
  }),
  ...listed('udp', { 161: 'SNMP', 623: 'IPMI' }),
];

/** Passwords and content are readable on the way. */
export const CLEAR_TEXT: readonly KnownService[] = [
  ...listed('tcp', {
    21: 'FTP',
    23: 'Telnet',
    110: 'POP3',
    143: 'IMAP',
    389: 'LDAP',
    512: 'rexec',
    513: 'rlogin',
    514: 'rsh',
  }),
  ...listed('udp', { 69: 'TFTP', 161: 'SNMP' }),
];

const NUMBERS = { tcp: 6n, udp: 17n } as const;

export function numberOf({ protocol }: KnownService): bigint {
  return NUMBERS[protocol];
}

/** `PostgreSQL (5432/tcp)` */
export function serviceText({ name, port, protocol }: KnownService): string {
  return `${name} (${String(port)}/${protocol})`;
}
