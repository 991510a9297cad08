/*
 * Carries one TCP connection into a node's network for whoever is outside of it: what comes in on stdin goes there, what
 * comes back is written to stdout. ssh(1) has it as its ProxyCommand.
 */
#define _GNU_SOURCE
#include "agent.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CHUNK 65536

/* One direction: what was read and not yet written. */
struct pipe_way {
  int from, to;
  size_t used, gone;
  bool ended;
  char bytes[CHUNK];
};

static int fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  return 1;
}

/* Without root the node's user namespace comes first, and with it the right to enter the others. */
static bool enter_network(int pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
  int user = open(path, O_RDONLY | O_CLOEXEC);
  snprintf(path, sizeof path, "/proc/%d/ns/net", pid);
  int network = open(path, O_RDONLY | O_CLOEXEC);
  if (user < 0 || network < 0) return false;
  if (geteuid() != 0 && setns(user, CLONE_NEWUSER) != 0) return false;
  return setns(network, CLONE_NEWNET) == 0;
}

/* Not for longer than the node is there: a network that nobody is in any more answers nothing. */
static bool finish_connecting(int fd, int node) {
  struct pollfd wait[] = {{.fd = fd, .events = POLLOUT}, {.fd = node, .events = POLLIN}};
  while (poll(wait, 2, -1) < 0)
    if (errno != EINTR) return false;
  int error = 0;
  socklen_t size = sizeof error;
  if (wait[1].revents != 0) error = EHOSTDOWN;
  else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return false;
  errno = error;
  return error == 0 && fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK) == 0;
}

static int connect_to(const char *address, const char *device, int port, int node) {
  struct sockaddr_in6 there = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port), .sin6_scope_id = if_nametoindex(device)};
  if (there.sin6_scope_id == 0 || inet_pton(AF_INET6, address, &there.sin6_addr) != 1) return -1;
  int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  if (connect(fd, (struct sockaddr *)&there, sizeof there) != 0 && errno != EINPROGRESS) return -1;
  return finish_connecting(fd, node) ? fd : -1;
}

/* False where this way is broken, and with it the connection. */
static bool move(struct pipe_way *way, short readable, short writable) {
  if (way->used == way->gone && !way->ended && readable != 0) {
    ssize_t got = read(way->from, way->bytes, CHUNK);
    if (got < 0) return errno == EINTR || errno == EAGAIN;
    way->gone = 0;
    way->used = (size_t)got;
    way->ended = got == 0;
    /* The other side hears of the end; over its own way back it may still have to say something. */
    if (way->ended) shutdown(way->to, SHUT_WR);
    return true;
  }
  if (way->used > way->gone && writable != 0) {
    ssize_t went = write(way->to, way->bytes + way->gone, way->used - way->gone);
    if (went < 0) return errno == EINTR || errno == EAGAIN;
    way->gone += (size_t)went;
  }
  return true;
}

/* @param node a pidfd: what a node that is killed was sending may never arrive, and nobody would tell ssh. */
static int carry(int there, int node) {
  static struct pipe_way out = {.from = 0}, back = {.to = 1};
  out.to = back.from = there;
  /* When the node has ended it, there is nothing left to carry; when ssh has, the node is told and ends it. */
  while (!back.ended || back.used > back.gone) {
    const bool reads_out = !out.ended && out.used == out.gone, writes_out = out.used > out.gone;
    const bool reads_back = !back.ended && back.used == back.gone, writes_back = back.used > back.gone;
    struct pollfd wait[] = {
        {.fd = reads_out ? 0 : -1, .events = POLLIN},
        {.fd = there, .events = (short)((writes_out ? POLLOUT : 0) | (reads_back ? POLLIN : 0))},
        {.fd = 1, .events = writes_back ? POLLOUT : 0},
        {.fd = node, .events = POLLIN},
    };
    if (poll(wait, 4, -1) < 0 && errno != EINTR) return fail("poll");
    if (wait[3].revents != 0) return 0;
    if ((wait[2].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) return 0; /* Nobody listens any more. */
    const short socket_reads = wait[1].revents & (POLLIN | POLLHUP | POLLERR), socket_writes = wait[1].revents & (POLLOUT | POLLHUP | POLLERR);
    if (!move(&out, wait[0].revents, socket_writes) || !move(&back, socket_reads, wait[2].revents)) return 1;
  }
  return 0;
}

int carry_through(const char *folder, const char *name, const char *address, const char *device, int port) {
  const int pid = node_pid(folder, name);
  if (pid == 0) {
    fprintf(stderr, "%s: this node of the lab is not running\n", name);
    return 1;
  }
  const int node = (int)syscall(SYS_pidfd_open, pid, 0);
  if (node < 0 || !enter_network(pid)) return fail(name);
  const int there = connect_to(address, device, port, node);
  return there < 0 ? fail(address) : carry(there, node);
}
