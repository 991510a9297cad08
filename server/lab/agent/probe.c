/*
 * Probes: a TCP connection, a UDP question, an ICMP echo, each from a given source address. The answer to the command tells
 * how it ended and by which keys a watcher knows the packets: for TCP the sequence number of the SYN (NAT does not change
 * it), for UDP and ICMP a number in the payload.
 */
#define _GNU_SOURCE
#include "agent.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <unistd.h>

#define PROBES 4096
#define KEYS 8
#define ATTEMPT_TCP_MS 1000
#define ATTEMPT_OTHER_MS 300
#define AGAIN_AFTER_MS 100
#define LAST_CHANCE_MS 50
#ifndef TCP_REPAIR_OFF_NO_WP
#define TCP_REPAIR_OFF_NO_WP -1
#endif

struct probe {
  struct source source;
  struct probe *next_free;
  bool used, again, connected;
  struct asker asker;
  char scope[SCOPE_SIZE];
  int protocol;
  union address from, to;
  uint32_t mark;
  int64_t deadline, next;
  int attempts, keys;
  uint64_t key[KEYS];
  uint64_t nonce;
  /* How the last attempt ended, for when the time is over. */
  const char *outcome;
  int reason;
  size_t length;
  char text[512];
};

static struct probe probes[PROBES];
static int running;
/* Those that were used and are free again; above `fresh` none has been used yet. */
static struct probe *free_probes, *fresh = probes;
/* Before, no probe has anything to do: to look through all of them for each packet would take longer than to send it. */
static int64_t soonest;

static void due_at(int64_t time) {
  if (time < soonest) soonest = time;
}

static struct probe *take_probe(void) {
  struct probe *probe = free_probes;
  if (probe != NULL) free_probes = probe->next_free;
  else if (fresh < probes + PROBES) probe = fresh++;
  return probe;
}

static void give_back(struct probe *probe) {
  probe->used = false;
  probe->next_free = free_probes;
  free_probes = probe;
}

static void close_attempt(struct probe *probe) {
  if (probe->source.fd >= 0) loop_close(&probe->source);
  probe->connected = false;
  probe->length = 0;
}

static void finish(struct probe *probe, const char *outcome) {
  char keys[KEYS * 24] = "", text[2 * sizeof probe->text], reason[128] = "";
  size_t used = 0;
  for (int index = 0; index < probe->keys; index++)
    used += (size_t)snprintf(keys + used, sizeof keys - used, "%s\"%llu\"", index == 0 ? "" : ",", (unsigned long long)probe->key[index]);
  escape_json(probe->text, probe->length, text, sizeof text);
  if (probe->reason != 0 && strcmp(outcome, "answered") != 0) escape_json(strerror(probe->reason), strlen(strerror(probe->reason)), reason, sizeof reason);
  answer(&probe->asker, "\"outcome\":\"%s\",\"attempts\":%d,\"keys\":[%s],\"answer\":\"%s\",\"reason\":\"%s\"", outcome, probe->attempts, keys, text,
         reason);
  close_attempt(probe);
  give_back(probe);
  running--;
}

/* An attempt that ended without an answer: another one follows while there is time and the probe asks for it. */
static void fail(struct probe *probe, const char *outcome, int reason) {
  probe->outcome = outcome;
  probe->reason = reason;
  close_attempt(probe);
  /* What the sender knows no way to stays so; all else may be a neighbour that is being looked for, or a busy machine. */
  if (!probe->again || strcmp(outcome, "no-route") == 0 || now_ms() + AGAIN_AFTER_MS >= probe->deadline) finish(probe, outcome);
  else {
    probe->next = now_ms() + AGAIN_AFTER_MS;
    due_at(probe->next);
  }
}

/* `sent`: whether the error came back for a packet that left, or the packet never left this node. */
static void fail_by(struct probe *probe, int reason, bool sent) {
  if (reason == ECONNREFUSED) fail(probe, "refused", reason);
  else if (sent && (reason == EHOSTUNREACH || reason == ENETUNREACH || reason == EACCES || reason == EPERM || reason == ENOPROTOOPT || reason == EPROTO))
    fail(probe, "unreachable", reason);
  else if (reason == ENETUNREACH || reason == EHOSTUNREACH) fail(probe, "no-route", reason);
  else if (reason == EPERM) fail(probe, "blocked", reason);
  else if (reason == ECONNRESET || reason == ETIMEDOUT) fail(probe, "silent", reason);
  else fail(probe, "error", reason);
}

static void remember_key(struct probe *probe, uint64_t key) {
  for (int index = 0; index < probe->keys; index++)
    if (probe->key[index] == key) return;
  if (probe->keys < KEYS) probe->key[probe->keys++] = key;
  else probe->key[KEYS - 1] = key;
}

/* The next byte to send, less one for the SYN itself: what repair mode is there to tell. */
static void remember_syn(struct probe *probe) {
  const int on = 1, off = TCP_REPAIR_OFF_NO_WP, queue = 2 /* TCP_SEND_QUEUE */;
  uint32_t sequence = 0;
  socklen_t length = sizeof sequence;
  int fd = probe->source.fd;
  if (setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof on) != 0) return;
  if (setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, &queue, sizeof queue) == 0 &&
      getsockopt(fd, IPPROTO_TCP, TCP_QUEUE_SEQ, &sequence, &length) == 0)
    remember_key(probe, (uint32_t)(sequence - 1));
  setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &off, sizeof off);
}

static ssize_t send_question(struct probe *probe) {
  unsigned char packet[sizeof(struct icmphdr) + PROBE_PAYLOAD] = {0};
  unsigned char *payload = packet + sizeof(struct icmphdr);
  memcpy(payload, PROBE_MAGIC, 8);
  memcpy(payload + 8, &probe->nonce, 8);
  if (probe->protocol == IPPROTO_UDP) return send(probe->source.fd, payload, PROBE_PAYLOAD, MSG_NOSIGNAL);
  packet[0] = probe->from.any.sa_family == AF_INET ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
  memcpy(packet + 4, &probe->nonce, 2);
  packet[7] = (unsigned char)probe->attempts;
  if (probe->from.any.sa_family == AF_INET) {
    uint32_t sum = 0;
    for (size_t index = 0; index < sizeof packet; index += 2) sum += (uint32_t)(packet[index] << 8 | packet[index + 1]);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    packet[2] = (unsigned char)(~sum >> 8 & 0xff);
    packet[3] = (unsigned char)(~sum & 0xff);
  }
  return send(probe->source.fd, packet, sizeof packet, MSG_NOSIGNAL);
}

static void read_tcp(struct probe *probe, uint32_t events) {
  int reason = 0;
  socklen_t length = sizeof reason;
  if (!probe->connected) {
    if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) return;
    getsockopt(probe->source.fd, SOL_SOCKET, SO_ERROR, &reason, &length);
    if (reason != 0) {
      fail_by(probe, reason, true);
      return;
    }
    probe->connected = true;
    loop_change(&probe->source, EPOLLIN);
    return;
  }
  ssize_t count = recv(probe->source.fd, probe->text + probe->length, sizeof probe->text - probe->length, 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count > 0) probe->length += (size_t)count;
  /* The connection stood: whatever it ends with, something answered. */
  bool whole = memchr(probe->text, '\n', probe->length) != NULL || probe->length == sizeof probe->text;
  if (count <= 0 || whole) finish(probe, "answered");
}

static void read_udp(struct probe *probe) {
  ssize_t count = recv(probe->source.fd, probe->text, sizeof probe->text, 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count < 0) {
    fail_by(probe, errno, true);
    return;
  }
  probe->length = (size_t)count;
  finish(probe, "answered");
}

static void read_icmp(struct probe *probe, uint32_t events) {
  unsigned char packet[256], errors[512];
  int reason = 0;
  socklen_t length = sizeof reason;
  bool v4 = probe->from.any.sa_family == AF_INET;
  ssize_t count = recv(probe->source.fd, packet, sizeof packet, 0);
  if (count < 0 && errno != EAGAIN && errno != EINTR) reason = errno;
  if ((events & EPOLLERR) != 0) {
    struct iovec part = {.iov_base = packet + 128, .iov_len = 128};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = errors, .msg_controllen = sizeof errors};
    while (recvmsg(probe->source.fd, &message, MSG_ERRQUEUE) >= 0) message.msg_controllen = sizeof errors;
    if (reason == 0) getsockopt(probe->source.fd, SOL_SOCKET, SO_ERROR, &reason, &length);
  }
  size_t head = v4 && count > 0 ? (packet[0] & 15u) * 4u : 0;
  bool reply = count > 0 && (size_t)count >= head + sizeof(struct icmphdr) + PROBE_PAYLOAD &&
               packet[head] == (v4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY) && memcmp(packet + head + 8, PROBE_MAGIC, 8) == 0 &&
               memcmp(packet + head + 16, &probe->nonce, 8) == 0;
  if (reply) finish(probe, "answered");
  else if (reason != 0) fail_by(probe, reason, true);
}

static void probe_ready(struct source *source, uint32_t events) {
  struct probe *probe = (struct probe *)source;
  if (probe->protocol == IPPROTO_TCP) read_tcp(probe, events);
  else if (probe->protocol == IPPROTO_UDP) read_udp(probe);
  else read_icmp(probe, events);
}

static void attempt(struct probe *probe) {
  const int on = 1;
  const int family = probe->from.any.sa_family;
  const bool tcp = probe->protocol == IPPROTO_TCP, icmp = probe->protocol == IPPROTO_ICMP;
  const int number = icmp && family == AF_INET6 ? IPPROTO_ICMPV6 : probe->protocol;
  probe->attempts++;
  int fd = socket_in(probe->scope, family, tcp ? SOCK_STREAM : icmp ? SOCK_RAW : SOCK_DGRAM, number);
  if (fd < 0) {
    fail(probe, "error", errno);
    return;
  }
  probe->source.fd = fd;
  bool ready = probe->mark == 0 || setsockopt(fd, SOL_SOCKET, SO_MARK, &probe->mark, sizeof probe->mark) == 0;
  if (icmp && family == AF_INET) setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
  if (icmp && family == AF_INET6) {
    struct icmp6_filter filter;
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
    setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter);
    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
  }
  if (!ready || bind(fd, &probe->from.any, address_length(&probe->from)) != 0) {
    int reason = errno;
    close(fd);
    probe->source.fd = -1;
    fail(probe, "error", reason);
    return;
  }
  int result = connect(fd, &probe->to.any, address_length(&probe->to));
  int reason = errno;
  if (result != 0 && reason != EINPROGRESS) {
    close(fd);
    probe->source.fd = -1;
    fail_by(probe, reason, false);
    return;
  }
  loop_add(&probe->source, tcp ? EPOLLOUT : EPOLLIN);
  if (tcp) {
    remember_syn(probe);
    probe->next = now_ms() + ATTEMPT_TCP_MS;
    due_at(probe->next);
    return;
  }
  remember_key(probe, probe->nonce);
  if (send_question(probe) < 0) fail_by(probe, errno, errno == ECONNREFUSED);
  else {
    probe->next = now_ms() + ATTEMPT_OTHER_MS;
    due_at(probe->next);
  }
}

static int protocol_number(const char *text) {
  if (strcmp(text, "tcp") == 0) return IPPROTO_TCP;
  if (strcmp(text, "udp") == 0) return IPPROTO_UDP;
  return strcmp(text, "icmp") == 0 ? IPPROTO_ICMP : -1;
}

static bool read_request(const struct probe_request *request, struct probe *probe) {
  probe->protocol = protocol_number(request->protocol);
  uint16_t port = probe->protocol == IPPROTO_ICMP ? 0 : (uint16_t)request->port;
  return probe->protocol >= 0 && strlen(request->scope) < SCOPE_SIZE && parse_address(request->source, 0, &probe->from) &&
         parse_address(request->destination, port, &probe->to) && probe->from.any.sa_family == probe->to.any.sa_family;
}

void probe_start(const struct asker *asker, const struct probe_request *request) {
  struct probe *probe = take_probe();
  if (probe == NULL) {
    answer(asker, "\"error\":\"too many probes at once\"");
    return;
  }
  memset(probe, 0, sizeof *probe);
  probe->source = (struct source){.fd = -1, .ready = probe_ready};
  const bool sound = read_request(request, probe);
  if (!sound || getrandom(&probe->nonce, sizeof probe->nonce, 0) != sizeof probe->nonce) {
    answer(asker, "\"error\":\"%s\"", sound ? "no random numbers" : "not a probe");
    give_back(probe);
    return;
  }
  memcpy(probe->scope, request->scope, strlen(request->scope) + 1);
  probe->asker = *asker;
  probe->again = request->again;
  probe->mark = request->mark;
  probe->deadline = now_ms() + request->deadline_ms;
  probe->outcome = "silent";
  probe->used = true;
  if (running++ == 0) soonest = probe->deadline;
  due_at(probe->deadline);
  attempt(probe);
}

void probe_forget(int place) {
  for (struct probe *probe = probes; probe < fresh; probe++) {
    if (!probe->used || probe->asker.place != place) continue;
    close_attempt(probe);
    give_back(probe);
    running--;
  }
}

int probe_timeout(void) {
  if (running == 0) return -1;
  int64_t wait = soonest - now_ms();
  return wait <= 0 ? 0 : wait > 60000 ? 60000 : (int)wait;
}

static void over(struct probe *probe) {
  if (probe->connected) finish(probe, "answered");
  else if (probe->source.fd >= 0) {
    /* Nothing came back to this attempt, whatever ended an earlier one. */
    probe->reason = 0;
    finish(probe, "silent");
  } else finish(probe, probe->outcome);
}

static void attend(struct probe *probe, int64_t now) {
  if (now >= probe->deadline) over(probe);
  else if (probe->again && now >= probe->next && !probe->connected && now + LAST_CHANCE_MS < probe->deadline) {
    if (probe->source.fd < 0 || probe->protocol == IPPROTO_TCP) {
      close_attempt(probe);
      attempt(probe);
    } else {
      probe->attempts++;
      probe->next = now + ATTEMPT_OTHER_MS;
      if (send_question(probe) < 0) fail_by(probe, errno, errno == ECONNREFUSED);
    }
  } else if (probe->again && now >= probe->next) probe->next = probe->deadline;
}

void probe_tick(void) {
  int64_t now = now_ms();
  if (running == 0 || now < soonest) return;
  soonest = INT64_MAX;
  for (struct probe *probe = probes; probe < fresh; probe++) {
    if (probe->used) attend(probe, now);
    if (!probe->used) continue;
    due_at(probe->deadline);
    if (probe->again) due_at(probe->next);
  }
}
