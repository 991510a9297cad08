/* One command inside a virtual machine: started with pipes or a terminal of its own, fed and read through its way. */
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
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define WORDS_MAX 4096
/* After its terminal is gone, a command has so long to end by itself. */
#define GRACE_MS 2000

struct request {
  const char *terminals, *folder;
  unsigned short rows, columns;
  char *words[WORDS_MAX], *environment[WORDS_MAX];
};

struct command {
  pid_t pid;
  int alive; /* A pidfd. */
  int input, output, errors, terminal;
  bool types, input_ends, aborted, asked; /* `types`: its input is its terminal. */
  int64_t deadline_ms;
  size_t queued, taken;
  uint8_t queue[INPUT_WINDOW];
};

static int64_t clock_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static char *next_text(char **at, const char *end) {
  char *text = *at;
  char *stop = text < end ? memchr(text, '\0', (size_t)(end - text)) : NULL;
  if (stop == NULL) return NULL;
  *at = stop + 1;
  return text;
}

static bool parse_request(struct request *request, char *at, const char *end) {
  char *rows, *columns, *count;
  request->terminals = next_text(&at, end);
  if (request->terminals == NULL || (rows = next_text(&at, end)) == NULL || (columns = next_text(&at, end)) == NULL) return false;
  request->rows = (unsigned short)atoi(rows);
  request->columns = (unsigned short)atoi(columns);
  request->folder = next_text(&at, end);
  if (request->folder == NULL || (count = next_text(&at, end)) == NULL) return false;
  int words = atoi(count), variables = 0;
  if (words < 1 || words >= WORDS_MAX) return false;
  for (int index = 0; index < words; index++)
    if ((request->words[index] = next_text(&at, end)) == NULL) return false;
  request->words[words] = NULL;
  while (variables < WORDS_MAX - 1 && (request->environment[variables] = next_text(&at, end)) != NULL) variables++;
  request->environment[variables] = NULL;
  return true;
}

static void close_fd(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

/* Ends of the child: from the terminal where it is one, else from a pipe whose other end is kept in `*ours`. */
static int child_end(const struct request *request, int number, int terminal, int *ours) {
  int ends[2];
  *ours = -1;
  if (strchr(request->terminals, '0' + number) != NULL) return fcntl(terminal, F_DUPFD_CLOEXEC, 10);
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  *ours = number == 0 ? ends[1] : ends[0];
  fcntl(*ours, F_SETFL, O_NONBLOCK);
  return number == 0 ? ends[0] : ends[1];
}

__attribute__((noreturn)) static void become(const struct request *request, int ends[3], int terminal, int report) {
  setsid();
  if (terminal >= 0) ioctl(terminal, TIOCSCTTY, 0);
  for (int number = 0; number < 3; number++) dup2(ends[number], number);
  signal(SIGPIPE, SIG_DFL);
  /* A folder that is only there outside is no reason not to run. */
  if (chdir(request->folder) == 0 || chdir("/") == 0) execvpe(request->words[0], request->words, (char *const *)request->environment);
  int reason = errno;
  ssize_t told = write(report, &reason, sizeof reason);
  (void)told;
  _exit(127);
}

/* Gives 0, or why not (an errno). */
static int start(const struct request *request, struct command *command) {
  int ends[3], report[2], slave = -1, reason = 0;
  command->types = strchr(request->terminals, '0') != NULL;
  int *ours[3] = {&command->input, &command->output, &command->errors};
  if (request->terminals[0] != '\0') {
    char name[64];
    struct winsize size = {.ws_row = request->rows, .ws_col = request->columns};
    command->terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (command->terminal < 0 || grantpt(command->terminal) != 0 || unlockpt(command->terminal) != 0 ||
        ptsname_r(command->terminal, name, sizeof name) != 0 || (slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0)
      return errno;
    ioctl(slave, TIOCSWINSZ, &size);
  }
  for (int number = 0; number < 3; number++) ends[number] = child_end(request, number, slave, ours[number]);
  if (pipe2(report, O_CLOEXEC) != 0) return errno;
  /* What is looked for in PATH is the request's. */
  clearenv();
  for (char *const *each = request->environment; *each != NULL; each++)
    if (strncmp(*each, "PATH=", 5) == 0) putenv(*each);
  command->pid = fork();
  if (command->pid == 0) become(request, ends, slave, report[1]);
  close(report[1]);
  for (int number = 0; number < 3; number++) close_fd(&ends[number]);
  close_fd(&slave);
  if (command->pid < 0) reason = errno;
  else if (read(report[0], &reason, sizeof reason) != (ssize_t)sizeof reason) reason = 0;
  close(report[0]);
  if (reason != 0 && command->pid > 0) waitpid(command->pid, NULL, 0);
  else if (reason == 0) command->alive = (int)syscall(SYS_pidfd_open, command->pid, 0);
  return reason;
}

static void take_input(struct command *command, const uint8_t *bytes, size_t length) {
  if (length == 0) command->input_ends = true;
  /* More than the window is against the rules: it is lost, not written where no room is. */
  if (length > INPUT_WINDOW - command->queued) length = INPUT_WINDOW - command->queued;
  memcpy(command->queue + command->queued, bytes, length);
  command->queued += length;
}

static void feed(struct command *command) {
  int *fd = command->types ? &command->terminal : &command->input;
  ssize_t went = *fd < 0 ? -1 : write(*fd, command->queue, command->queued);
  if (went < 0 && *fd >= 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (went < 0) {
    /* Nobody reads it any more. */
    went = (ssize_t)command->queued;
    if (!command->types) close_fd(&command->input);
  }
  command->queued -= (size_t)went;
  command->taken += (size_t)went;
  memmove(command->queue, command->queue + went, command->queued);
}

static void obey(struct command *command, const struct frames *in) {
  const uint8_t *payload = in->bytes + FRAME_HEAD;
  size_t length = frame_whole(in) - FRAME_HEAD;
  char text[32];
  snprintf(text, sizeof text, "%.*s", (int)(length < 31 ? length : 31), (const char *)payload);
  unsigned rows = 0, columns = 0;
  int number = atoi(text);
  switch (in->bytes[0]) {
    case 'I': take_input(command, payload, length); break;
    case 'S':
      if (number > 0 && number < 65) kill(-command->pid, number);
      break;
    case 'W':
      if (sscanf(text, "%u %u", &rows, &columns) == 2 && command->terminal >= 0) {
        struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
        ioctl(command->terminal, TIOCSWINSZ, &size);
      }
      break;
    case 'P': command->asked = true; break;
    case 'A':
      command->aborted = true;
      command->deadline_ms = clock_ms() + GRACE_MS;
      close_fd(&command->input);
      close_fd(&command->terminal);
      kill(-command->pid, SIGHUP);
      break;
    default: break;
  }
}

/* One frame of what the command wrote, where there is something and room for it. */
static void fetch_output(struct frames *out, int *fd, char type) {
  static uint8_t chunk[32768];
  if (*fd < 0 || frame_whole(out) > 0) return;
  ssize_t got = read(*fd, chunk, sizeof chunk);
  if (got > 0) frame_put(out, type, chunk, (size_t)got);
  else if (got == 0 || (errno != EAGAIN && errno != EINTR)) close_fd(fd);
}

static void fetch_all(struct command *command, struct frames *out) {
  if (frame_whole(out) == 0 && (command->taken > 0 || command->asked)) {
    char text[32];
    frame_put(out, 'K', text, (size_t)snprintf(text, sizeof text, "%zu", command->taken));
    command->taken = 0;
    command->asked = false;
  }
  fetch_output(out, &command->output, 'O');
  fetch_output(out, &command->errors, 'E');
  fetch_output(out, &command->terminal, 'T');
}

static void wait_for_news(struct command *command, int way, const struct frames *in, const struct frames *out) {
  const bool room = frame_whole(out) == 0, fed = command->queued > 0;
  const short read_now = room ? POLLIN : 0;
  struct pollfd wait[] = {
      {.fd = way, .events = (short)((frame_whole(in) == 0 ? POLLIN : 0) | (room ? 0 : POLLOUT))},
      {.fd = fed ? command->input : -1, .events = POLLOUT},
      {.fd = room ? command->output : -1, .events = read_now},
      {.fd = room ? command->errors : -1, .events = read_now},
      {.fd = command->terminal, .events = (short)(read_now | (fed && command->types ? POLLOUT : 0))},
      {.fd = command->alive, .events = POLLIN},
  };
  poll(wait, sizeof wait / sizeof *wait, command->aborted ? 200 : -1);
}

static void flush(struct frames *out, int way) {
  while (frame_whole(out) > 0) {
    struct pollfd wait = {.fd = way, .events = POLLOUT};
    poll(&wait, 1, 1000);
    if (!frame_write(out, way)) return;
  }
}

static int converse(struct command *command, int way, struct frames *in, struct frames *out) {
  int status = 0;
  for (;;) {
    if (frame_whole(out) > 0 && !frame_write(out, way)) frame_drop(out);
    if (frame_whole(in) == 0) frame_read(in, way);
    if (frame_whole(in) > 0) {
      obey(command, in);
      frame_drop(in);
      continue;
    }
    if (command->queued > 0) feed(command);
    if (command->queued == 0 && command->input_ends) close_fd(&command->input);
    if (command->aborted && clock_ms() > command->deadline_ms) kill(-command->pid, SIGKILL);
    if (waitpid(command->pid, &status, WNOHANG) == command->pid) break;
    fetch_all(command, out);
    wait_for_news(command, way, in, out);
  }
  /* What it wrote before its end fits into so many frames; what its children write later is nobody's. */
  for (int left = 16; left > 0; left--) {
    flush(out, way);
    fetch_all(command, out);
  }
  flush(out, way);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void run_command(int way, struct frames *in) {
  static struct frames out;
  static struct request request;
  static struct command command;
  static char texts[FRAME_MAX + 1];
  size_t length = frame_whole(in) - FRAME_HEAD;
  memcpy(texts, in->bytes + FRAME_HEAD, length);
  frame_drop(in);
  memset(&command, 0, sizeof command - sizeof command.queue);
  command.input = command.output = command.errors = command.terminal = command.alive = -1;
  int code, reason = parse_request(&request, texts, texts + length) ? start(&request, &command) : EINVAL;
  if (reason != 0) {
    code = reason == ENOENT ? 127 : 126;
    frame_put(&out, 'F', strerror(reason), strlen(strerror(reason)));
    flush(&out, way);
  } else {
    code = converse(&command, way, in, &out);
  }
  int *all[] = {&command.input, &command.output, &command.errors, &command.terminal, &command.alive};
  for (size_t index = 0; index < sizeof all / sizeof *all; index++) close_fd(all[index]);
  char text[16];
  frame_put(&out, 'X', text, (size_t)snprintf(text, sizeof text, "%d", code));
  flush(&out, way);
}
