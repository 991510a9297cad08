/*
 * Frames in and out of several interfaces of one namespace, many at a time.
 *
 *   wire DEVICE...    prints `ready`; sends each line `NUMBER HEX` of stdin from the device of that number, counted from 0, in
 *                     order and from one processor; prints each frame that comes in and has `TL:` in it in the same form
 *
 * Ends with its stdin.
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

enum { LONGEST = 2048, MOST = 8 };

static int devices, indexes[MOST], fds[MOST];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int open_socket(int protocol, int index) {
  int fd = socket(AF_PACKET, SOCK_RAW, htons(protocol));
  if (fd < 0) fail("socket");
  struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(protocol), .sll_ifindex = index};
  if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0) fail("bind");
  return fd;
}

static int digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

static void send_line(const char *line) {
  unsigned char frame[LONGEST];
  int device = line[0] - '0';
  if (device < 0 || device >= devices || line[1] != ' ') exit(64);
  size_t length = strcspn(line + 2, "\n") / 2;
  for (size_t i = 0; i < length; i++) frame[i] = (unsigned char)(digit(line[2 + 2 * i]) << 4 | digit(line[3 + 2 * i]));
  if (send(fds[device], frame, length, 0) != (ssize_t)length) fail("send");
}

/* Whole lines; what is left of one stays for the next time. */
static int send_all(void) {
  static char text[1 << 16];
  static size_t have;
  ssize_t size = read(0, text + have, sizeof text - have);
  if (size <= 0) return 0;
  have += (size_t)size;
  char *line = text;
  for (char *end; (end = memchr(line, '\n', have - (size_t)(line - text))) != NULL; line = end + 1) {
    *end = 0;
    send_line(line);
  }
  have -= (size_t)(line - text);
  memmove(text, line, have);
  return 1;
}

static void hear(int fd) {
  unsigned char frame[LONGEST];
  struct sockaddr_ll from;
  for (;;) {
    struct tpacket_auxdata *aux = NULL;
    char room[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
    struct iovec whole = {.iov_base = frame, .iov_len = sizeof frame};
    struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &whole, .msg_iovlen = 1,
                             .msg_control = room, .msg_controllen = sizeof room};
    ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT);
    if (length < 0) break;
    if (from.sll_pkttype == PACKET_OUTGOING || memmem(frame, (size_t)length, "TL:", 3) == NULL) continue;
    for (struct cmsghdr *each = CMSG_FIRSTHDR(&message); each; each = CMSG_NXTHDR(&message, each))
      if (each->cmsg_type == PACKET_AUXDATA) aux = (void *)CMSG_DATA(each);
    for (int device = 0; device < devices; device++)
      if (indexes[device] == from.sll_ifindex) printf("%d ", device);
    /* The kernel takes the tag out of the frame. */
    int tagged = aux != NULL && aux->tp_status & TP_STATUS_VLAN_VALID;
    for (ssize_t i = 0; i < length; i++) {
      if (tagged && i == 12) printf("8100%04x", aux->tp_vlan_tci);
      printf("%02x", frame[i]);
    }
    putchar('\n');
  }
  fflush(stdout);
}

int main(int count, char **words) {
  if (count < 2 || count > MOST) return 64;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  sched_setaffinity(0, sizeof one, &one);
  devices = count - 1;
  for (int each = 0; each < devices; each++) {
    indexes[each] = (int)if_nametoindex(words[each + 1]);
    if (indexes[each] == 0) fail(words[each + 1]);
    fds[each] = open_socket(0, indexes[each]);
  }
  int ear = open_socket(ETH_P_ALL, 0), room = 32 << 20, on = 1;
  setsockopt(ear, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  if (setsockopt(ear, SOL_PACKET, PACKET_AUXDATA, &on, sizeof on) < 0) fail("tags");
  puts("ready");
  fflush(stdout);
  struct pollfd ends[2] = {{.fd = ear, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
  while (poll(ends, 2, -1) > 0) {
    if (ends[0].revents != 0) hear(ear);
    if (ends[1].revents != 0 && !send_all()) return 0;
  }
  return 0;
}
