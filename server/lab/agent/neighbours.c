/*
 * Forgetting neighbours. All network namespaces of a kernel share one table of them for each family (gc_thresh3 of the machine:
 * 1024 unless somebody set it), so that a test of many nodes has to make room for the next ones. What was looked for is looked
 * for again when it is needed; entries that somebody set by hand stay.
 */
#define _GNU_SOURCE
#include "agent.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

struct request {
  struct nlmsghdr head;
  struct ndmsg entry;
  char rest[64];
};

struct doomed {
  struct ndmsg entry;
  size_t length;
  unsigned char address[16];
};

static bool is_found_out(const struct ndmsg *entry) {
  return (entry->ndm_state & (NUD_PERMANENT | NUD_NOARP)) == 0 && (entry->ndm_flags & (NTF_PROXY | NTF_EXT_LEARNED)) == 0;
}

static bool read_entry(const struct nlmsghdr *head, struct doomed *doomed) {
  doomed->entry = *(const struct ndmsg *)NLMSG_DATA(head);
  doomed->length = 0;
  int left = (int)NLMSG_PAYLOAD(head, sizeof doomed->entry);
  for (const struct rtattr *part = (const struct rtattr *)((const char *)NLMSG_DATA(head) + NLMSG_ALIGN(sizeof doomed->entry)); RTA_OK(part, left);
       part = RTA_NEXT(part, left)) {
    if (part->rta_type != NDA_DST || RTA_PAYLOAD(part) > sizeof doomed->address) continue;
    doomed->length = RTA_PAYLOAD(part);
    memcpy(doomed->address, RTA_DATA(part), doomed->length);
  }
  return doomed->length > 0 && is_found_out(&doomed->entry);
}

/* One message of answers, within a second: the kernel answers at once. */
static ssize_t receive(int fd, char *bytes, size_t size) {
  struct pollfd wait = {.fd = fd, .events = POLLIN};
  if (poll(&wait, 1, 1000) == 1) return recv(fd, bytes, size, 0);
  errno = ETIMEDOUT;
  return -1;
}

/* Without an acknowledgement: an entry may go by itself meanwhile, which is as good. */
static bool delete_entry(int fd, const struct doomed *doomed) {
  struct request request = {.head = {.nlmsg_type = RTM_DELNEIGH, .nlmsg_flags = NLM_F_REQUEST}, .entry = doomed->entry};
  struct rtattr *part = (struct rtattr *)request.rest;
  part->rta_type = NDA_DST;
  part->rta_len = (unsigned short)RTA_LENGTH(doomed->length);
  memcpy(RTA_DATA(part), doomed->address, doomed->length);
  request.head.nlmsg_len = (unsigned)(NLMSG_LENGTH(sizeof request.entry) + RTA_ALIGN(part->rta_len));
  return send(fd, &request, request.head.nlmsg_len, 0) == (ssize_t)request.head.nlmsg_len;
}

/* Reads the family's whole table, and deletes what it can of it. Returns how many, or -1 with errno. */
static int forget_family(int fd, unsigned char family) {
  static char bytes[32768] __attribute__((aligned(8)));
  static struct doomed doomed[4096];
  struct request dump = {.head = {.nlmsg_type = RTM_GETNEIGH, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP}, .entry = {.ndm_family = family}};
  dump.head.nlmsg_len = NLMSG_LENGTH(sizeof dump.entry);
  if (send(fd, &dump, dump.head.nlmsg_len, 0) < 0) return -1;
  size_t count = 0;
  for (bool more = true; more;) {
    ssize_t got = receive(fd, bytes, sizeof bytes);
    if (got <= 0) return -1;
    for (const struct nlmsghdr *head = (const struct nlmsghdr *)bytes; NLMSG_OK(head, (size_t)got); head = NLMSG_NEXT(head, got)) {
      if (head->nlmsg_type == NLMSG_DONE) more = false;
      /* An error that belongs to an earlier deletion is none of the reading. */
      if (head->nlmsg_type == RTM_NEWNEIGH && count < sizeof doomed / sizeof *doomed && read_entry(head, &doomed[count])) count++;
    }
  }
  for (size_t index = 0; index < count; index++)
    if (!delete_entry(fd, &doomed[index])) return -1;
  return (int)count;
}

void neighbours_forget(const struct asker *asker, const char *scope) {
  int fd = socket_in(scope, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  int four = fd < 0 ? -1 : forget_family(fd, AF_INET);
  int six = four < 0 ? -1 : forget_family(fd, AF_INET6);
  if (six < 0) answer(asker, "\"error\":\"neighbours: %s\"", strerror(errno));
  else answer(asker, "\"ok\":true,\"forgotten\":%d", four + six);
  if (fd >= 0) close(fd);
}
