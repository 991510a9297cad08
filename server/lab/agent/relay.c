/*
 * Transparent proxies: connections that were meant for somebody else are accepted in his name, and opened to him in the name of who
 * began them (IP_TRANSPARENT, see Documentation/networking/tproxy.rst of the kernel), and what each says is told to the other.
 * Who connects to the proxy itself is answered as by any listener.
 */
#define _GNU_SOURCE
#include "agent.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BUFFER_SIZE 4096

struct relay {
  struct source source;
  struct relay *next;
  uint16_t port;
  char name[NAME_SIZE];
};

struct relayed;

/* One of the two connections, with what was heard on it and not yet told on the other. */
struct side {
  struct source source;
  struct relayed *both;
  struct side *other;
  bool connected, ended, told_end;
  size_t held;
  char bytes[BUFFER_SIZE];
};

struct relayed {
  struct side client, server;
};

static struct relay *relays;

static void end_both(struct relayed *both, bool reset) {
  const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  if (reset) setsockopt(both->client.source.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  loop_close(&both->client.source);
  loop_close(&both->server.source);
  free(both);
}

static void await(struct side *side) {
  uint32_t events = side->connected && !side->ended && side->held == 0 ? EPOLLIN : 0;
  if (!side->connected || side->other->held > 0) events |= EPOLLOUT;
  loop_change(&side->source, events);
}

/* False where the connection is broken. */
static bool tell(struct side *from) {
  struct side *to = from->other;
  if (!to->connected) return true;
  while (from->held > 0) {
    ssize_t sent = send(to->source.fd, from->bytes, from->held, MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    from->held -= (size_t)sent;
    memmove(from->bytes, from->bytes + sent, from->held);
  }
  if (from->ended && !from->told_end) {
    shutdown(to->source.fd, SHUT_WR);
    from->told_end = true;
  }
  return true;
}

static bool hear(struct side *side) {
  if (side->ended || side->held > 0) return true;
  ssize_t count = recv(side->source.fd, side->bytes, sizeof side->bytes, 0);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  if (count == 0) side->ended = true;
  side->held = (size_t)count;
  return true;
}

static void side_ready(struct source *source, uint32_t events) {
  struct side *side = (struct side *)source;
  struct relayed *both = side->both;
  int reason = 0;
  socklen_t length = sizeof reason;
  bool whole = true;
  if (!side->connected) {
    getsockopt(source->fd, SOL_SOCKET, SO_ERROR, &reason, &length);
    whole = reason == 0 && (events & EPOLLERR) == 0;
    side->connected = whole && (events & EPOLLOUT) != 0;
  } else if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) whole = hear(side);
  whole = whole && tell(&both->client) && tell(&both->server);
  if (!whole || (both->client.told_end && both->server.told_end)) {
    end_both(both, !whole);
    return;
  }
  await(&both->client);
  await(&both->server);
}

/* In the client's name, to where the client wanted. */
static int open_onward(const union address *client, const union address *wanted) {
  const int on = 1;
  union address from = *client;
  from.v6.sin6_port = 0;
  int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
  if (fd < 0) return -1;
  bool good = setsockopt(fd, IPPROTO_IPV6, IPV6_TRANSPARENT, &on, sizeof on) == 0 && bind(fd, &from.any, sizeof from.v6) == 0;
  if (good && (connect(fd, &wanted->any, sizeof wanted->v6) == 0 || errno == EINPROGRESS)) return fd;
  close(fd);
  return -1;
}

/* Only an address of this node can be bound without further rights. */
static bool is_own(const union address *wanted) {
  union address address = *wanted;
  address.v6.sin6_port = 0;
  int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
  bool own = fd >= 0 && bind(fd, &address.any, sizeof address.v6) == 0;
  if (fd >= 0) close(fd);
  return own;
}

static void answer_itself(const struct relay *relay, int fd, const union address *client) {
  char address[INET6_ADDRSTRLEN], text[512];
  format_address(client, address);
  int size = snprintf(text, sizeof text, "{\"node\":\"%s\",\"from\":\"%s\",\"fromPort\":%u,\"port\":%u}\n", relay->name, address,
                      address_port(client), relay->port);
  ssize_t sent = send(fd, text, (size_t)size, MSG_NOSIGNAL);
  (void)sent;
  close(fd);
}

static void add_side(struct relayed *both, struct side *side, int fd, bool connected) {
  side->source = (struct source){.fd = fd, .ready = side_ready};
  side->both = both;
  side->other = side == &both->client ? &both->server : &both->client;
  side->connected = connected;
  loop_add(&side->source, connected ? EPOLLIN : EPOLLOUT);
}

static void relay_ready(struct source *source, uint32_t events) {
  struct relay *relay = (struct relay *)source;
  union address client = {0}, wanted = {0};
  socklen_t length = sizeof client.v6;
  (void)events;
  int fd = accept4(source->fd, &client.any, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  length = sizeof wanted.v6;
  if (getsockname(fd, &wanted.any, &length) != 0) {
    close(fd);
    return;
  }
  if (is_own(&wanted)) {
    answer_itself(relay, fd, &client);
    return;
  }
  struct relayed *both = calloc(1, sizeof *both);
  int onward = both == NULL ? -1 : open_onward(&client, &wanted);
  if (onward < 0) {
    free(both);
    close(fd);
    return;
  }
  add_side(both, &both->client, fd, true);
  add_side(both, &both->server, onward, false);
}

static int open_relay(uint16_t port) {
  const int on = 1, off = 0;
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = in6addr_any};
  int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
  if (fd < 0) return -1;
  bool good = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
              setsockopt(fd, IPPROTO_IPV6, IPV6_TRANSPARENT, &on, sizeof on) == 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
              listen(fd, 128) == 0;
  if (good) return fd;
  int reason = errno;
  close(fd);
  errno = reason;
  return -1;
}

void relay_on(const struct asker *asker, const char *name, int port) {
  for (struct relay *each = relays; each != NULL; each = each->next)
    if (each->port == port) {
      answer(asker, "\"ok\":true,\"opened\":0");
      return;
    }
  struct relay *relay = calloc(1, sizeof *relay);
  int fd = relay == NULL ? -1 : open_relay((uint16_t)port);
  if (fd < 0) {
    answer(asker, "\"error\":\"port %d: %s\"", port, strerror(errno));
    free(relay);
    return;
  }
  relay->source = (struct source){.fd = fd, .ready = relay_ready};
  relay->port = (uint16_t)port;
  relay->next = relays;
  escape_json(name, strlen(name), relay->name, sizeof relay->name);
  relays = relay;
  loop_add(&relay->source, EPOLLIN);
  answer(asker, "\"ok\":true,\"opened\":1");
}
