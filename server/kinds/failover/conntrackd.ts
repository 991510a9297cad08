/**
 * What conntrackd is told (conntrackd.conf(5)): flows are told to the other member as they change, and stand in its kernel at
 * once (`DisableExternalCache`), so that nothing has to be put there while it becomes master. They are told over one network,
 * from address to address: nobody else there hears them.
 */
import type { Address } from '../../core/address.ts';
import { familyOf } from '../../core/address.ts';
import { shortTag } from '../../core/hash.ts';
import type { Scope } from '../../flow/resource.ts';
import { folderOf, SERVICES } from '../../flow/service.ts';
import type { SyncLink } from '../link-failover.ts';
import { SYNC_PORT } from '../link-failover.ts';

/** The path of a socket has 107 bytes at most (unix(7)). */
function socketOf(scope: Scope): string {
  return `${SERVICES}/.${shortTag(16, 'socket', scope)}`;
}

/** @param own addresses of the gateway: what goes to itself is of no use to another member. */
export function conntrackdText(scope: Scope, { device, source, peer }: SyncLink, own: readonly Address[]): string {
  return `Sync {
  Mode FTFW {
    DisableExternalCache yes
    StartupResync yes
  }
  UDP {
    IPv4_address ${source}
    IPv4_Destination_Address ${peer}
    Port ${String(SYNC_PORT)}
    Interface ${device}
    SndSocketBuffer 1249280
    RcvSocketBuffer 1249280
    Checksum yes
  }
}
General {
  HashSize 32768
  HashLimit 262144
  LogFile no
  Syslog no
  LockFile ${folderOf(scope)}/lock
  UNIX {
    Path ${socketOf(scope)}
  }
  NetlinkBufferSize 2097152
  NetlinkBufferSizeMaxGrowth 8388608
  NetlinkOverrunResync yes
  Filter From Userspace {
    Protocol Accept {
      TCP
      UDP
      ICMP
      IPv6-ICMP
      SCTP
      DCCP
    }
    Address Ignore {
${['127.0.0.1', '::1', ...own].map((each) => `      IPv${String(familyOf(each))}_address ${each}\n`).join('')}    }
  }
}
`;
}
