/*
 * A stream of UDP packets, and who of them arrives. Nobody answers, so that conntrack calls every packet new and the policy
 * judges each one.
 *
 *   stream send SOURCE DESTINATION PORT...    sends to each port in turn; prints "PORT SENT" for each
 *   stream receive PORT...                    prints "PORT RECEIVED" for each
 *
 * Both go on until SIGTERM.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Some packets at a time and then a pause: waiting busily would take a whole processor from what is tested. */
enum { MOST = 16, BURST = 8, PAUSE_NS = 150000 };

static volatile sig_atomic_t ended;

static void end_it(int signal) {
  (void)signal;
  ended = 1;
}

static void listen_for_end(void) {
  struct sigaction action = {.sa_handler = end_it};
  sigaction(SIGTERM, &action, NULL);
}

static struct sockaddr_in address(const char *host, int port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  if (inet_pton(AF_INET, host, &a.sin_addr) != 1) exit(64);
  return a;
}

static int sender(int argc, char **argv) {
  int ports = argc - 4, fd[MOST];
  unsigned long sent[MOST] = {0};
  for (int i = 0; i < ports; i++) {
    struct sockaddr_in from = address(argv[2], 0), to = address(argv[3], atoi(argv[4 + i]));
    fd[i] = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(fd[i], (struct sockaddr *)&from, sizeof from) || connect(fd[i], (struct sockaddr *)&to, sizeof to)) return perror("connect"), 1;
  }
  listen_for_end();
  for (unsigned long n = 0; !ended; n++) {
    int i = n % ports;
    if (send(fd[i], "probe", 5, 0) == 5) sent[i]++;
    if (n % BURST == 0) nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
  }
  for (int i = 0; i < ports; i++) printf("%s %lu\n", argv[4 + i], sent[i]);
  return 0;
}

static int receiver(int argc, char **argv) {
  int ports = argc - 2, size = 64 << 20;
  unsigned long received[MOST] = {0};
  struct pollfd fd[MOST];
  for (int i = 0; i < ports; i++) {
    struct sockaddr_in on = address("0.0.0.0", atoi(argv[2 + i]));
    fd[i] = (struct pollfd){.fd = socket(AF_INET, SOCK_DGRAM, 0), .events = POLLIN};
    setsockopt(fd[i].fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    if (bind(fd[i].fd, (struct sockaddr *)&on, sizeof on)) return perror("bind"), 1;
  }
  listen_for_end();
  puts("ready");
  fflush(stdout);
  for (int last = 0; !last;) {
    last = ended;
    poll(fd, ports, last ? 0 : 50);
    for (int i = 0; i < ports; i++) {
      char text[16];
      while (recv(fd[i].fd, text, sizeof text, MSG_DONTWAIT) > 0) received[i]++;
    }
  }
  for (int i = 0; i < ports; i++) printf("%s %lu\n", argv[2 + i], received[i]);
  return 0;
}

int main(int argc, char **argv) {
  if (argc > 4 && argc <= 4 + MOST && strcmp(argv[1], "send") == 0) return sender(argc, argv);
  if (argc > 2 && argc <= 2 + MOST && strcmp(argv[1], "receive") == 0) return receiver(argc, argv);
  return 64;
}
