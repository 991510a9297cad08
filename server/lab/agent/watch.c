/*
 * Watching for the packets of probes. `packet` sees what comes in at any interface for this node, before its own filter: for
 * nodes that filter nothing, so that a packet that should have been dropped on the way is seen. `delivered` sees what a
 * node's own filter let through to it: for hosts and gateways, whose filter is what is being tested.
 */
#define _GNU_SOURCE
#include "agent.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define WATCHES 256
#define SEEN 32768
#define PAGE 400
#define SNAP 256
#define RECEIVE_BUFFER (4 * 1024 * 1024)

struct watch {
  struct source source;
  bool used, tapped;
  int family, protocol;
  char scope[SCOPE_SIZE];
};

struct sighting {
  uint64_t key;
  uint32_t next;
  uint8_t protocol;
  uint16_t from_port, to_port;
  union address from;
  uint16_t scope;
};

static struct watch watches[WATCHES];
static struct sighting *seen;
static uint32_t *index_of;
static unsigned seen_count, lost;

static void note(const struct watch *watch, uint8_t protocol, uint64_t key, const union address *from, uint16_t from_port, uint16_t to_port) {
  uint32_t *head = &index_of[key % SEEN];
  for (uint32_t next = *head; next != 0; next = seen[next - 1].next)
    if (seen[next - 1].key == key && seen[next - 1].protocol == protocol && seen[next - 1].to_port == to_port &&
        seen[next - 1].scope == (uint16_t)(watch - watches))
      return;
  if (seen_count == SEEN) {
    lost++;
    return;
  }
  seen[seen_count] = (struct sighting){key, *head, protocol, from_port, to_port, *from, (uint16_t)(watch - watches)};
  *head = ++seen_count;
}

static uint16_t read_u16(const unsigned char *bytes) {
  return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* Only SYNs without ACK, datagrams and echo requests that carry our magic are of interest. */
static void inspect(const struct watch *watch, int protocol, const unsigned char *bytes, size_t length, const union address *from) {
  uint64_t key;
  if (protocol == IPPROTO_TCP && length >= 14 && (bytes[13] & 0x12) == 0x02) {
    uint32_t sequence;
    memcpy(&sequence, bytes + 4, 4);
    note(watch, IPPROTO_TCP, ntohl(sequence), from, read_u16(bytes), read_u16(bytes + 2));
  } else if (protocol == IPPROTO_UDP && length >= 8 + PROBE_PAYLOAD && memcmp(bytes + 8, PROBE_MAGIC, 8) == 0) {
    memcpy(&key, bytes + 16, 8);
    note(watch, IPPROTO_UDP, key, from, read_u16(bytes), read_u16(bytes + 2));
  } else if ((protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6) && length >= 8 + PROBE_PAYLOAD &&
             bytes[0] == (protocol == IPPROTO_ICMP ? ICMP_ECHO : ICMP6_ECHO_REQUEST) && memcmp(bytes + 8, PROBE_MAGIC, 8) == 0) {
    memcpy(&key, bytes + 16, 8);
    note(watch, IPPROTO_ICMP, key, from, 0, 0);
  }
}

static void inspect_v4(const struct watch *watch, const unsigned char *bytes, size_t length) {
  struct iphdr head;
  union address from = {.v4 = {.sin_family = AF_INET}};
  if (length < sizeof head) return;
  memcpy(&head, bytes, sizeof head);
  size_t size = head.ihl * 4u;
  if (head.version != 4 || size < sizeof head || size > length || (ntohs(head.frag_off) & 0x1fff) != 0) return;
  from.v4.sin_addr.s_addr = head.saddr;
  inspect(watch, head.protocol, bytes + size, length - size, &from);
}

/* Probes carry no extension headers, and nothing on the way adds any. */
static void inspect_v6(const struct watch *watch, const unsigned char *bytes, size_t length) {
  struct ip6_hdr head;
  union address from = {.v6 = {.sin6_family = AF_INET6}};
  if (length < sizeof head) return;
  memcpy(&head, bytes, sizeof head);
  from.v6.sin6_addr = head.ip6_src;
  inspect(watch, head.ip6_nxt, bytes + sizeof head, length - sizeof head, &from);
}

static void tap_ready(struct source *source, uint32_t events) {
  unsigned char bytes[SNAP];
  struct sockaddr_ll link = {0};
  socklen_t size = sizeof link;
  (void)events;
  ssize_t length = recvfrom(source->fd, bytes, sizeof bytes, 0, (struct sockaddr *)&link, &size);
  /* Frames flooded to us that are for another, and what we sent ourselves, did not arrive. */
  if (length <= 0 || link.sll_pkttype != PACKET_HOST) return;
  if (link.sll_protocol == htons(ETH_P_IP)) inspect_v4((struct watch *)source, bytes, (size_t)length);
  else if (link.sll_protocol == htons(ETH_P_IPV6)) inspect_v6((struct watch *)source, bytes, (size_t)length);
}

static void delivered_ready(struct source *source, uint32_t events) {
  struct watch *watch = (struct watch *)source;
  unsigned char bytes[SNAP];
  union address from = {0};
  socklen_t size = sizeof from;
  (void)events;
  ssize_t length = recvfrom(source->fd, bytes, sizeof bytes, 0, &from.any, &size);
  if (length <= 0) return;
  /* A raw IPv4 socket delivers the IP header, an IPv6 one does not. */
  if (watch->family == AF_INET) inspect_v4(watch, bytes, (size_t)length);
  else inspect(watch, watch->protocol, bytes, (size_t)length, &from);
}

static bool open_watch(const char *scope, bool tapped, int family, int type, int protocol) {
  struct watch *watch = watches;
  const int size = RECEIVE_BUFFER;
  while (watch < watches + WATCHES && watch->used) watch++;
  if (watch == watches + WATCHES) {
    errno = ENFILE;
    return false;
  }
  int fd = socket_in(scope, family, type, protocol);
  if (fd < 0) return false;
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  *watch = (struct watch){.source = {.fd = fd, .ready = tapped ? tap_ready : delivered_ready}, .used = true, .tapped = tapped, .family = family,
                          .protocol = protocol};
  memcpy(watch->scope, scope, strlen(scope) + 1);
  loop_add(&watch->source, EPOLLIN);
  return true;
}

void watch_start(const struct asker *asker, const char *scope, const char *mode) {
  if (seen == NULL) seen = calloc(SEEN, sizeof *seen);
  if (index_of == NULL) index_of = calloc(SEEN, sizeof *index_of);
  bool good = seen != NULL && index_of != NULL && strlen(scope) < SCOPE_SIZE;
  for (const struct watch *watch = watches; good && watch < watches + WATCHES; watch++) {
    if (!watch->used || strcmp(watch->scope, scope) != 0) continue;
    answer(asker, "\"ok\":true");
    return;
  }
  if (good && strcmp(mode, "packet") == 0) good = open_watch(scope, true, AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));
  else if (good && strcmp(mode, "delivered") == 0)
    good = open_watch(scope, false, AF_INET, SOCK_RAW, IPPROTO_TCP) && open_watch(scope, false, AF_INET, SOCK_RAW, IPPROTO_UDP) &&
           open_watch(scope, false, AF_INET, SOCK_RAW, IPPROTO_ICMP) && open_watch(scope, false, AF_INET6, SOCK_RAW, IPPROTO_TCP) &&
           open_watch(scope, false, AF_INET6, SOCK_RAW, IPPROTO_UDP) && open_watch(scope, false, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
  else good = false;
  if (good) answer(asker, "\"ok\":true");
  else answer(asker, "\"error\":\"watch: %s\"", strerror(errno));
}

static const char *protocol_name(uint8_t protocol) {
  return protocol == IPPROTO_TCP ? "tcp" : protocol == IPPROTO_UDP ? "udp" : "icmp";
}

static unsigned count_drops(void) {
  unsigned drops = lost;
  for (const struct watch *watch = watches; watch < watches + WATCHES; watch++) {
    struct tpacket_stats statistics = {0};
    socklen_t size = sizeof statistics;
    if (!watch->used || !watch->tapped) continue;
    /* Reading resets them, so that they are added up. */
    if (getsockopt(watch->source.fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &size) == 0) lost += statistics.tp_drops;
    drops = lost;
  }
  return drops;
}

/* What has arrived by now counts as seen: a probe's answer may be known elsewhere before we came to look at the probe. */
static void drain(void) {
  for (struct watch *watch = watches; watch < watches + WATCHES; watch++) {
    struct pollfd waiting = {.fd = watch->source.fd, .events = POLLIN};
    if (!watch->used) continue;
    for (int count = 0; count < SEEN && poll(&waiting, 1, 0) == 1 && (waiting.revents & POLLIN) != 0; count++)
      watch->source.ready(&watch->source, EPOLLIN);
  }
}

/* A page of what was seen, from an offset on; the asker goes on until `total`. */
void watch_seen(const struct asker *asker, unsigned offset) {
  static char page[PAGE * 256];
  size_t used = 0;
  if (offset == 0) drain();
  page[0] = '\0';
  for (unsigned next = offset; next < seen_count && next < offset + PAGE; next++) {
    const struct sighting *one = &seen[next];
    char from[INET6_ADDRSTRLEN];
    format_address(&one->from, from);
    int length = snprintf(page + used, sizeof page - used,
                          "%s{\"scope\":\"%s\",\"protocol\":\"%s\",\"key\":\"%llu\",\"from\":\"%s\",\"fromPort\":%u,\"port\":%u}", used == 0 ? "" : ",",
                          watches[one->scope].scope, protocol_name(one->protocol), (unsigned long long)one->key, from, one->from_port, one->to_port);
    if (length < 0 || (size_t)length >= sizeof page - used) break;
    used += (size_t)length;
  }
  answer(asker, "\"total\":%u,\"lost\":%u,\"seen\":[%s]", seen_count, count_drops(), page);
}

void watch_end(const struct asker *asker) {
  for (struct watch *watch = watches; watch < watches + WATCHES; watch++) {
    if (!watch->used) continue;
    loop_close(&watch->source);
    watch->used = false;
  }
  free(seen);
  free(index_of);
  seen = NULL;
  index_of = NULL;
  seen_count = 0;
  lost = 0;
  answer(asker, "\"ok\":true");
}
