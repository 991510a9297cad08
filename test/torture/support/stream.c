/*
 * A stream of UDP packets, and who of them arrives. Nobody answers, so that conntrack calls every packet new and the policy
 * judges each one.
 *
 *   stream send SOURCE DESTINATION PORT...    to each port in turn
 *   stream receive PORT...
 *
 * On stdin: `go` begins anew with all counts at 0; `count` stops the sender, and both print one line: for each port how many,
 * and the receiver the longest time between two packets of a port, in microseconds, behind a slash. Ends with its stdin.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* So many packets to a port at a time, and then a pause: waiting busily would take a whole processor from what is tested. */
enum { MOST = 16, BURST = 8, PAUSE_NS = 400000 };

static int ports, fds[MOST];
static unsigned long counts[MOST], gaps[MOST];
static long last[MOST];

static long now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

static struct sockaddr_in address(const char *host, int port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  if (inet_pton(AF_INET, host, &a.sin_addr) != 1) exit(64);
  return a;
}

static void reset(void) {
  memset(counts, 0, sizeof counts);
  memset(gaps, 0, sizeof gaps);
  memset(last, 0, sizeof last);
}

static void report(int with_gaps) {
  for (int i = 0; i < ports; i++) {
    printf(i ? " %lu" : "%lu", counts[i]);
    if (with_gaps) printf("/%lu", gaps[i]);
  }
  puts("");
  fflush(stdout);
}

/* Gives `g` or `c`, or 0 where nothing is said; ends the program where nothing will be said any more. */
static char ordered(int timeout) {
  struct pollfd in = {.fd = 0, .events = POLLIN};
  char line[16] = {0};
  if (poll(&in, 1, timeout) <= 0) return 0;
  for (size_t size = 0; size < sizeof line - 1 && (size == 0 || line[size - 1] != '\n'); size++)
    if (read(0, line + size, 1) != 1) exit(0);
  return line[0];
}

static void send_burst(void) {
  static struct iovec text = {.iov_base = "probe", .iov_len = 5};
  struct mmsghdr burst[BURST] = {0};
  for (int i = 0; i < BURST; i++) burst[i].msg_hdr = (struct msghdr){.msg_iov = &text, .msg_iovlen = 1};
  for (int i = 0; i < ports; i++) {
    int sent = sendmmsg(fds[i], burst, BURST, 0);
    if (sent > 0) counts[i] += (unsigned long)sent;
  }
}

static void sender(char **words) {
  for (int i = 0; i < ports; i++) {
    struct sockaddr_in from = address(words[2], 0), to = address(words[3], atoi(words[4 + i]));
    fds[i] = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(fds[i], (struct sockaddr *)&from, sizeof from) || connect(fds[i], (struct sockaddr *)&to, sizeof to)) {
      perror("connect");
      exit(1);
    }
  }
  puts("ready");
  fflush(stdout);
  for (int going = 0;;) {
    char order = ordered(going ? 0 : -1);
    if (order == 'g') {
      reset();
      going = 1;
    }
    if (order == 'c') {
      going = 0;
      report(0);
    }
    if (!going) continue;
    send_burst();
    nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
  }
}

static void drain(void) {
  for (int i = 0; i < ports; i++) {
    char text[16];
    while (recv(fds[i], text, sizeof text, MSG_DONTWAIT) > 0) {
      long now = now_us();
      if (last[i] && (unsigned long)(now - last[i]) > gaps[i]) gaps[i] = (unsigned long)(now - last[i]);
      last[i] = now;
      counts[i]++;
    }
  }
}

static void receiver(char **words) {
  int size = 64 << 20;
  struct pollfd in[MOST + 1] = {{.fd = 0, .events = POLLIN}};
  for (int i = 0; i < ports; i++) {
    struct sockaddr_in on = address("0.0.0.0", atoi(words[2 + i]));
    fds[i] = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(fds[i], SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    if (bind(fds[i], (struct sockaddr *)&on, sizeof on)) {
      perror("bind");
      exit(1);
    }
    in[i + 1] = (struct pollfd){.fd = fds[i], .events = POLLIN};
  }
  puts("ready");
  fflush(stdout);
  for (;;) {
    poll(in, (nfds_t)ports + 1, -1);
    drain();
    if (!(in[0].revents & (POLLIN | POLLHUP))) continue;
    char order = ordered(0);
    if (order == 'g') reset();
    if (order == 'g') puts("0"), fflush(stdout);
    if (order == 'c') report(1);
  }
}

int main(int argc, char **argv) {
  int sends = argc > 4 && strcmp(argv[1], "send") == 0;
  ports = argc - (sends ? 4 : 2);
  if (argc < 3 || ports < 1 || ports > MOST) return 64;
  if (sends) sender(argv);
  else receiver(argv);
  return 0;
}
