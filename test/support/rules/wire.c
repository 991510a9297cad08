/*
 * Frames in and out, many at a time.
 *
 *   wire send DEVICE    sends each line of hexadecimal digits on stdin, in order, from one processor
 *   wire hear DEVICE    prints `ready`, then each frame that comes in and has `TL:` in it as hexadecimal digits; ends with stdin
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LONGEST = 2048 };

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int open_device(const char *device, int protocol) {
  int fd = socket(AF_PACKET, SOCK_RAW, htons(protocol));
  if (fd < 0) fail("socket");
  struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(protocol), .sll_ifindex = (int)if_nametoindex(device)};
  if (at.sll_ifindex == 0) fail(device);
  if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0) fail("bind");
  int room = 32 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  return fd;
}

static int digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

static void send_all(int fd) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  sched_setaffinity(0, sizeof one, &one);
  static char line[2 * LONGEST + 2];
  unsigned char frame[LONGEST];
  while (fgets(line, sizeof line, stdin) != NULL) {
    size_t length = strcspn(line, "\n") / 2;
    for (size_t i = 0; i < length; i++) frame[i] = (unsigned char)(digit(line[2 * i]) << 4 | digit(line[2 * i + 1]));
    if (send(fd, frame, length, 0) != (ssize_t)length) fail("send");
  }
}

static void hear(int fd) {
  unsigned char frame[LONGEST];
  puts("ready");
  fflush(stdout);
  struct pollfd ends[2] = {{.fd = fd, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
  while (poll(ends, 2, -1) > 0) {
    if (ends[1].revents != 0) return;
    struct sockaddr_ll from;
    socklen_t size = sizeof from;
    ssize_t length = recvfrom(fd, frame, sizeof frame, 0, (struct sockaddr *)&from, &size);
    if (length < 0) fail("receive");
    if (from.sll_pkttype == PACKET_OUTGOING || memmem(frame, (size_t)length, "TL:", 3) == NULL) continue;
    for (ssize_t i = 0; i < length; i++) printf("%02x", frame[i]);
    putchar('\n');
    fflush(stdout);
  }
}

int main(int count, char **words) {
  if (count != 3) return 64;
  if (strcmp(words[1], "hear") == 0) hear(open_device(words[2], ETH_P_ALL));
  else send_all(open_device(words[2], 0));
  return 0;
}
