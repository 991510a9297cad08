/*
 * Frames as they are on the wire.
 *
 *   frames send DEVICE HEX...   sends each frame
 *   frames hear DEVICE          (not promiscuous: a veth hears all anyway, a bridge what it would hand up) prints `ready`, then the word behind `TL:` in each frame that comes in; ends with the word `end`
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
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

static int open_device(const char *device) {
  int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
  if (fd < 0) fail("socket");
  struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex(device)};
  if (at.sll_ifindex == 0) fail(device);
  if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0) fail("bind");
  return fd;
}

static void send_frame(int fd, const char *hex) {
  unsigned char frame[LONGEST];
  size_t length = strlen(hex) / 2;
  if (length > sizeof frame) exit(64);
  for (size_t i = 0; i < length; i++) {
    unsigned byte;
    if (sscanf(hex + 2 * i, "%2x", &byte) != 1) exit(64);
    frame[i] = (unsigned char)byte;
  }
  if (send(fd, frame, length, 0) != (ssize_t)length) fail("send");
}

static void hear(int fd) {
  char frame[LONGEST + 1];
  puts("ready");
  fflush(stdout);
  for (;;) {
    struct sockaddr_ll from;
    socklen_t size = sizeof from;
    ssize_t length = recvfrom(fd, frame, LONGEST, 0, (struct sockaddr *)&from, &size);
    if (length < 0) fail("receive");
    if (from.sll_pkttype == PACKET_OUTGOING) continue;
    frame[length] = 0;
    char *word = memmem(frame, (size_t)length, "TL:", 3);
    if (word == NULL) continue;
    word += 3;
    word[strcspn(word, ";")] = 0;
    puts(word);
    fflush(stdout);
    if (strcmp(word, "end") == 0) return;
  }
}

int main(int count, char **words) {
  if (count < 3) return 64;
  int fd = open_device(words[2]);
  if (strcmp(words[1], "hear") == 0) {
    hear(fd);
  } else {
    for (int i = 3; i < count; i++) send_frame(fd, words[i]);
  }
  return 0;
}
