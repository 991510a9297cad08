/*
 * What the rules of this namespace do with packets that have `meta nftrace` set: which rule or policy ends each chain for which
 * packet. A packet is known by its number: the identification of IPv4 (bytes 4 and 5), the flow label of IPv6.
 *
 *   trace    prints `ready`; at each line on stdin all that was seen since, and then `.`; ends with stdin
 *
 *     NUMBER FAMILY TABLE CHAIN rule|policy|return HANDLE accept|drop|jump|goto|return|continue|other
 *
 * `nft monitor trace` renders the rules as well, and nft 1.0.6 ends with a segmentation fault at some of them. Ends with an
 * error where the kernel had to leave something out.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 256 << 20 };

/*
 * Of the packet at hand: each is taken to its end before the next one. The first chain of all, that of the harness on the way in,
 * says which it is; what later ones show as its header is not always where it begins (a tag on the way out).
 */
static unsigned long number;

static const char *family(int code) {
  switch (code) {
  case NFPROTO_INET: return "inet";
  case NFPROTO_IPV4: return "ip";
  case NFPROTO_IPV6: return "ip6";
  case NFPROTO_ARP: return "arp";
  case NFPROTO_BRIDGE: return "bridge";
  case NFPROTO_NETDEV: return "netdev";
  default: return "other";
  }
}

static const char *verdict(int code) {
  switch (code) {
  case NF_ACCEPT: return "accept";
  case NF_DROP: return "drop";
  case NFT_JUMP: return "jump";
  case NFT_GOTO: return "goto";
  case NFT_RETURN: return "return";
  case NFT_CONTINUE: return "continue";
  default: return "other";
  }
}

static const struct nlattr *find(const struct nlattr *at, int left, int type) {
  for (; left >= NLA_HDRLEN && at->nla_len >= NLA_HDRLEN && at->nla_len <= left;
       left -= NLA_ALIGN(at->nla_len), at = (const void *)((const char *)at + NLA_ALIGN(at->nla_len)))
    if ((at->nla_type & NLA_TYPE_MASK) == type) return at;
  return NULL;
}

static const void *value(const struct nlattr *at) { return (const char *)at + NLA_HDRLEN; }
static int length(const struct nlattr *at) { return at->nla_len - NLA_HDRLEN; }

static unsigned long be32(const struct nlattr *at) {
  unsigned int found;
  memcpy(&found, value(at), sizeof found);
  return ntohl(found);
}

static void tell(struct nlmsghdr *message) {
  if (message->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_TRACE)) return;
  struct nfgenmsg *head = NLMSG_DATA(message);
  const struct nlattr *first = (const void *)(head + 1);
  int left = (int)(message->nlmsg_len - NLMSG_SPACE(sizeof *head));
  const struct nlattr *table = find(first, left, NFTA_TRACE_TABLE), *chain = find(first, left, NFTA_TRACE_CHAIN);
  if (table == NULL || chain == NULL) return;
  const struct nlattr *network = find(first, left, NFTA_TRACE_NETWORK_HEADER);
  int begins = head->nfgen_family == NFPROTO_NETDEV && strcmp(value(table), "probe") == 0;
  if (begins && network != NULL && length(network) >= 20) {
    const unsigned char *ip = value(network);
    number = ip[0] >> 4 == 4 ? ip[4] * 256UL + ip[5] : (ip[1] & 15UL) << 16 | ip[2] << 8 | ip[3];
  }
  const struct nlattr *type = find(first, left, NFTA_TRACE_TYPE), *policy = find(first, left, NFTA_TRACE_POLICY);
  const struct nlattr *rule = find(first, left, NFTA_TRACE_RULE_HANDLE), *said = find(first, left, NFTA_TRACE_VERDICT);
  if (type == NULL) return;
  unsigned long handle = 0;
  if (rule != NULL) handle = be32((const void *)((const char *)rule + 4));
  int code = NFT_CONTINUE;
  if (policy != NULL) code = (int)be32(policy);
  if (said != NULL) {
    const struct nlattr *inner = find(value(said), length(said), NFTA_VERDICT_CODE);
    if (inner != NULL) code = (int)be32(inner);
  }
  unsigned long kind = be32(type);
  const char *word = kind == NFT_TRACETYPE_RULE ? "rule" : kind == NFT_TRACETYPE_POLICY ? "policy" : "return";
  printf("%lu %s %s %s %s %lu %s\n", number, family(head->nfgen_family), (const char *)value(table),
         (const char *)value(chain), word, handle, verdict(code));
}

int main(void) {
  int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER), room = ROOM, group = NFNLGRP_NFTRACE;
  struct sockaddr_nl here = {.nl_family = AF_NETLINK};
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) || bind(fd, (void *)&here, sizeof here) ||
      setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group)) {
    perror("trace");
    return 1;
  }
  puts("ready");
  fflush(stdout);
  static char buffer[1 << 18], line[64];
  while (read(0, line, sizeof line) > 0) {
    for (;;) {
      ssize_t size = recv(fd, buffer, sizeof buffer, MSG_TRUNC | MSG_DONTWAIT);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0 && errno == EAGAIN) break;
      if (size < 0 || (size_t)size > sizeof buffer) {
        perror("trace: something was left out");
        return 1;
      }
      int left = (int)size;
      for (struct nlmsghdr *each = (void *)buffer; NLMSG_OK(each, left); each = NLMSG_NEXT(each, left)) tell(each);
    }
    puts(".");
    fflush(stdout);
  }
  return 0;
}
