/*
 * Every change to nftables in this network namespace, one line each: what it was, family and table.
 *
 *     add element inet shop-filter
 *
 * `nft monitor` renders the rules as well, and some of them bring it down: 1.0.6 ends with a segmentation fault at elements
 * of sets that join addresses with something else in intervals. Whoever asks which tables were touched needs none of that.
 * Ends with an error where the kernel had to leave something out.
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
#include <sys/socket.h>

enum { ROOM = 256 << 20 };

static const char *const EVENTS[NFT_MSG_MAX] = {
    [NFT_MSG_NEWTABLE] = "add table",         [NFT_MSG_DELTABLE] = "delete table",
    [NFT_MSG_NEWCHAIN] = "add chain",         [NFT_MSG_DELCHAIN] = "delete chain",
    [NFT_MSG_NEWRULE] = "add rule",           [NFT_MSG_DELRULE] = "delete rule",
    [NFT_MSG_NEWSET] = "add set",             [NFT_MSG_DELSET] = "delete set",
    [NFT_MSG_NEWSETELEM] = "add element",     [NFT_MSG_DELSETELEM] = "delete element",
    [NFT_MSG_NEWOBJ] = "add object",          [NFT_MSG_DELOBJ] = "delete object",
    [NFT_MSG_NEWFLOWTABLE] = "add flowtable", [NFT_MSG_DELFLOWTABLE] = "delete flowtable",
};

static const char *family(int number) {
  switch (number) {
  case NFPROTO_INET: return "inet";
  case NFPROTO_IPV4: return "ip";
  case NFPROTO_IPV6: return "ip6";
  case NFPROTO_ARP: return "arp";
  case NFPROTO_BRIDGE: return "bridge";
  case NFPROTO_NETDEV: return "netdev";
  default: return "other";
  }
}

/* Whatever it is about, the table is the first attribute's number: NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_TABLE, ... */
static void tell(struct nlmsghdr *message) {
  int type = message->nlmsg_type & 0xff;
  /* The number of a generation follows each transaction, and names no table. */
  if (message->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES || type == NFT_MSG_NEWGEN) return;
  struct nfgenmsg *head = NLMSG_DATA(message);
  int left = message->nlmsg_len - NLMSG_SPACE(sizeof *head);
  const char *table = "?";
  for (struct nlattr *at = (void *)(head + 1); left >= NLA_HDRLEN && at->nla_len >= NLA_HDRLEN && at->nla_len <= left;
       left -= NLA_ALIGN(at->nla_len), at = (void *)((char *)at + NLA_ALIGN(at->nla_len)))
    if ((at->nla_type & NLA_TYPE_MASK) == NFTA_TABLE_NAME) table = (char *)at + NLA_HDRLEN;
  const char *event = type < NFT_MSG_MAX ? EVENTS[type] : NULL;
  printf("%s %s %s\n", event ? event : "change something", family(head->nfgen_family), table);
}

int main(void) {
  int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
  int room = ROOM;
  struct sockaddr_nl here = {.nl_family = AF_NETLINK, .nl_groups = 1 << (NFNLGRP_NFTABLES - 1)};
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) || bind(fd, (void *)&here, sizeof here)) {
    perror("nft-events");
    return 1;
  }
  static char buffer[1 << 20];
  for (;;) {
    ssize_t size = recv(fd, buffer, sizeof buffer, MSG_TRUNC);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 || (size_t)size > sizeof buffer) {
      perror("nft-events: something was left out");
      return 1;
    }
    int left = size;
    for (struct nlmsghdr *each = (void *)buffer; NLMSG_OK(each, left); each = NLMSG_NEXT(each, left)) tell(each);
    fflush(stdout);
  }
}
