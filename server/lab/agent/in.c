/*
 * Runs a command in a virtual machine as if it were this process: with its input and output, its terminal, its folder and
 * environment, its signals, and its exit code. See frames.h.
 */
#define _GNU_SOURCE
#include "frames.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* Of ours, where the command has none: env(1) and its like have the same. */
#define NOT_RUN 125

/* After so long without a word the machine is asked for one; where none comes either, nobody waits any longer. */
#define QUIET_MS 10000
#define SILENT_MS 45000

static int signal_pipe[2];
static struct termios former;
static bool raw;

static void on_signal(int number) {
  const char byte = (char)number;
  ssize_t told = write(signal_pipe[1], &byte, 1);
  (void)told;
}

static void restore_terminal(void) {
  if (raw) tcsetattr(0, TCSADRAIN, &former);
}

/* From here on every key is the command's own terminal's to interpret. */
static void take_terminal(void) {
  if (tcgetattr(0, &former) != 0) return;
  struct termios now = former;
  cfmakeraw(&now);
  now.c_oflag |= OPOST | ONLCR;
  raw = tcsetattr(0, TCSADRAIN, &now) == 0;
  atexit(restore_terminal);
}

static int reach(const char *folder) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (snprintf(address.sun_path, sizeof address.sun_path, "%s/channel.s", folder) >= (int)sizeof address.sun_path) return -1;
  return fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0 ? fd : -1;
}

static bool add_text(struct frames *frames, const char *text) {
  const size_t length = strlen(text) + 1;
  if (frames->used + length > sizeof frames->bytes) return false;
  memcpy(frames->bytes + frames->used, text, length);
  frames->used += length;
  return true;
}

static struct winsize size_now(void) {
  struct winsize size = {.ws_row = 24, .ws_col = 80};
  for (int fd = 0; fd < 3; fd++)
    if (isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0) break;
  return size;
}

static bool make_request(struct frames *request, const char *terminals, char **words) {
  static char payload[FRAME_MAX];
  char number[16], *folder = getcwd(NULL, 0);
  const struct winsize size = size_now();
  int count = 0;
  while (words[count] != NULL) count++;
  request->used = FRAME_HEAD;
  bool fits = add_text(request, terminals);
  snprintf(number, sizeof number, "%u", size.ws_row);
  fits = fits && add_text(request, number);
  snprintf(number, sizeof number, "%u", size.ws_col);
  fits = fits && add_text(request, number) && add_text(request, folder == NULL ? "/" : folder);
  snprintf(number, sizeof number, "%d", count);
  fits = fits && add_text(request, number);
  for (int index = 0; index < count; index++) fits = fits && add_text(request, words[index]);
  for (char **each = environ; *each != NULL; each++) fits = fits && add_text(request, *each);
  free(folder);
  if (!fits) return false;
  const size_t length = request->used - FRAME_HEAD;
  memcpy(payload, request->bytes + FRAME_HEAD, length);
  frame_put(request, 'R', payload, length);
  return true;
}

static void write_all(int fd, const uint8_t *bytes, size_t length) {
  while (length > 0) {
    ssize_t went = write(fd, bytes, length);
    if (went < 0 && errno == EINTR) continue;
    if (went < 0 && errno == EAGAIN) {
      struct pollfd wait = {.fd = fd, .events = POLLOUT};
      poll(&wait, 1, -1);
      continue;
    }
    /* Whoever read this has had enough: so have we, and the command hears of it from its keeper. */
    if (went < 0) exit(128 + SIGPIPE);
    bytes += went;
    length -= (size_t)went;
  }
}

static void send_frame(int channel, char type, const void *payload, size_t length) {
  static struct frames frame;
  frame_put(&frame, type, payload, length);
  write_all(channel, frame.bytes, frame.used);
}

static void pass_signal(int channel) {
  char number, text[32];
  if (read(signal_pipe[0], &number, 1) != 1) return;
  if (number == SIGWINCH) {
    const struct winsize size = size_now();
    send_frame(channel, 'W', text, (size_t)snprintf(text, sizeof text, "%u %u", size.ws_row, size.ws_col));
  } else {
    send_frame(channel, 'S', text, (size_t)snprintf(text, sizeof text, "%d", number));
  }
}

/* Gives false at the end of the input. */
static bool pass_input(int channel, size_t *under_way) {
  static uint8_t chunk[16384];
  ssize_t got = read(0, chunk, sizeof chunk);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  send_frame(channel, 'I', chunk, got > 0 ? (size_t)got : 0);
  if (got > 0) *under_way += (size_t)got;
  return got > 0;
}

/* Gives the exit code once there is one, else -1. */
static int take_frame(const struct frames *in, size_t *under_way, bool *refused) {
  const uint8_t *payload = in->bytes + FRAME_HEAD;
  const size_t length = frame_whole(in) - FRAME_HEAD;
  char text[32];
  snprintf(text, sizeof text, "%.*s", (int)(length < 31 ? length : 31), (const char *)payload);
  switch (in->bytes[0]) {
    case 'O': write_all(1, payload, length); return -1;
    case 'E': write_all(2, payload, length); return -1;
    case 'T': write_all(isatty(1) ? 1 : 2, payload, length); return -1;
    case 'K': *under_way -= (size_t)atol(text); return -1;
    case 'F':
      fprintf(stderr, "not run in the virtual machine: %.*s\n", (int)length, (const char *)payload);
      *refused = true;
      return -1;
    case 'X': return atoi(text) & 0xff;
    default: return -1;
  }
}

static int64_t clock_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int converse(int channel) {
  static struct frames in;
  size_t under_way = 0;
  bool input = true, refused = false, asked = false;
  int64_t since_ms = clock_ms();
  for (;;) {
    struct pollfd wait[] = {
        {.fd = channel, .events = POLLIN},
        {.fd = signal_pipe[0], .events = POLLIN},
        {.fd = input && under_way + 16384 <= INPUT_WINDOW ? 0 : -1, .events = POLLIN},
    };
    const int64_t left_ms = since_ms + (asked ? SILENT_MS : QUIET_MS) - clock_ms();
    if (poll(wait, 3, left_ms > 0 ? (int)left_ms : 0) < 0) continue;
    if (wait[0].revents == 0 && left_ms <= 0) {
      if (asked) {
        fputs("the virtual machine does not answer\n", stderr);
        return NOT_RUN;
      }
      send_frame(channel, 'P', "", 0);
      asked = true;
      since_ms = clock_ms();
    }
    if (wait[0].revents != 0) {
      asked = false;
      since_ms = clock_ms();
      const long got = frame_read(&in, channel);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0 || !frame_sound(&in)) {
        if (!refused) fputs("the virtual machine is gone\n", stderr);
        return NOT_RUN;
      }
      while (frame_whole(&in) > 0) {
        const int code = take_frame(&in, &under_way, &refused);
        if (code >= 0) return code;
        frame_drop(&in);
      }
    }
    if (wait[1].revents != 0) pass_signal(channel);
    if (wait[2].revents != 0) input = pass_input(channel, &under_way);
  }
}

int run_in_machine(const char *folder, char **words) {
  static struct frames request;
  const int passed[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH};
  char terminals[4] = "";
  size_t count = 0;
  int channel = reach(folder);
  if (channel < 0) {
    fprintf(stderr, "the virtual machine is gone: %s\n", strerror(errno));
    return NOT_RUN;
  }
  for (int fd = 0; fd < 3; fd++)
    if (isatty(fd)) terminals[count++] = (char)('0' + fd);
  if (!make_request(&request, terminals, words)) {
    fprintf(stderr, "words and environment are too long for the virtual machine: %d bytes at most\n", FRAME_MAX);
    return NOT_RUN;
  }
  if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return NOT_RUN;
  for (size_t index = 0; index < sizeof passed / sizeof *passed; index++) signal(passed[index], on_signal);
  if (isatty(0)) take_terminal();
  write_all(channel, request.bytes, request.used);
  return converse(channel);
}
