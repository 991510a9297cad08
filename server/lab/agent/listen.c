/*
 * Listeners that tell who answers and which source they saw, a JSON line each. One socket a port, for both families; all
 * of one node in one process, whatever the number of ports.
 */
#define _GNU_SOURCE
#include "agent.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BUCKETS 4096
#define ANSWER_SIZE 512

struct listener {
  struct source source;
  struct listener *next;
  int protocol;
  uint16_t port;
  char scope[SCOPE_SIZE];
  char name[NAME_SIZE];
};

static struct listener *buckets[BUCKETS];

static struct listener **find(const char *scope, int protocol, uint16_t port) {
  struct listener **place = &buckets[(port * 2u + (protocol == IPPROTO_UDP)) % BUCKETS];
  while (*place != NULL && ((*place)->port != port || (*place)->protocol != protocol || strcmp((*place)->scope, scope) != 0))
    place = &(*place)->next;
  return place;
}

static int format_answer(const struct listener *listener, const union address *from, char text[ANSWER_SIZE]) {
  char address[INET6_ADDRSTRLEN];
  format_address(from, address);
  return snprintf(text, ANSWER_SIZE, "{\"node\":\"%s\",\"from\":\"%s\",\"fromPort\":%u,\"port\":%u}\n", listener->name, address,
                  address_port(from), listener->port);
}

static void tcp_ready(struct source *source, uint32_t events) {
  struct listener *listener = (struct listener *)source;
  union address from = {0};
  socklen_t length = sizeof from;
  char text[ANSWER_SIZE];
  (void)events;
  int fd = accept4(source->fd, &from.any, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  int size = format_answer(listener, &from, text);
  /* It fits the empty send buffer of a new connection; a client that is gone already needs no answer. */
  ssize_t sent = send(fd, text, (size_t)size, MSG_NOSIGNAL);
  (void)sent;
  close(fd);
}

/* The answer leaves from the address that was asked: a node may have several, and the asker's NAT knows just one. */
static void udp_ready(struct source *source, uint32_t events) {
  struct listener *listener = (struct listener *)source;
  union address from = {0};
  char question[64], text[ANSWER_SIZE];
  union {
    char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    struct cmsghdr align;
  } control;
  struct iovec part = {.iov_base = question, .iov_len = sizeof question};
  struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
  (void)events;
  if (recvmsg(source->fd, &message, 0) < 0) return;
  for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head != NULL; head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != IPPROTO_IPV6 || head->cmsg_type != IPV6_PKTINFO) continue;
    /* The interface is for the routing table to choose, as for any answer. */
    ((struct in6_pktinfo *)CMSG_DATA(head))->ipi6_ifindex = 0;
  }
  part.iov_base = text;
  part.iov_len = (size_t)format_answer(listener, &from, text);
  message.msg_flags = 0;
  ssize_t sent = sendmsg(source->fd, &message, MSG_NOSIGNAL);
  (void)sent;
}

static int open_listener(const char *scope, int protocol, uint16_t port) {
  const int on = 1, off = 0;
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = in6addr_any};
  int fd = socket_in(scope, AF_INET6, protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM, protocol);
  if (fd < 0) return -1;
  bool good = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0;
  if (good && protocol == IPPROTO_UDP) good = setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) == 0;
  good = good && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
  if (good && protocol == IPPROTO_TCP) good = listen(fd, 128) == 0;
  if (good) return fd;
  int reason = errno;
  close(fd);
  errno = reason;
  return -1;
}

static int protocol_of(const char *text) {
  if (strcmp(text, "tcp") == 0) return IPPROTO_TCP;
  return strcmp(text, "udp") == 0 ? IPPROTO_UDP : -1;
}

void listen_on(const struct asker *asker, const char *scope, const char *name, const char *protocol_text, int first, int last) {
  int protocol = protocol_of(protocol_text);
  int opened = 0;
  if (protocol < 0 || strlen(scope) >= SCOPE_SIZE || strlen(name) >= NAME_SIZE) {
    answer(asker, "\"error\":\"not a listener\"");
    return;
  }
  for (int port = first; port <= last; port++) {
    struct listener **place = find(scope, protocol, (uint16_t)port);
    if (*place != NULL) continue;
    struct listener *listener = calloc(1, sizeof *listener);
    int fd = listener == NULL ? -1 : open_listener(scope, protocol, (uint16_t)port);
    if (fd < 0) {
      answer(asker, "\"error\":\"port %d: %s\"", port, strerror(errno));
      free(listener);
      return;
    }
    listener->source = (struct source){.fd = fd, .ready = protocol == IPPROTO_TCP ? tcp_ready : udp_ready};
    listener->protocol = protocol;
    listener->port = (uint16_t)port;
    memcpy(listener->scope, scope, strlen(scope) + 1);
    escape_json(name, strlen(name), listener->name, sizeof listener->name);
    *place = listener;
    loop_add(&listener->source, EPOLLIN);
    opened++;
  }
  answer(asker, "\"ok\":true,\"opened\":%d", opened);
}

void listen_end(const struct asker *asker, const char *scope, const char *protocol_text, int first, int last) {
  int protocol = protocol_of(protocol_text);
  for (int port = first; port <= last; port++) {
    struct listener **place = find(scope, protocol, (uint16_t)port);
    struct listener *listener = *place;
    if (listener == NULL) continue;
    *place = listener->next;
    loop_close(&listener->source);
    free(listener);
  }
  answer(asker, "\"ok\":true");
}
