/*
 * The control socket: commands a line each, `TAG VERB WORD...`; every command gets exactly one answer, a JSON line with its
 * tag. Answers to probes come when the probe has ended, others at once.
 */
#define _GNU_SOURCE
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS 32
#define WORDS 12

struct connection {
  struct source source;
  int place;
  uint32_t serial;
  size_t input, output;
  char line[LINE_SIZE];
  char *pending;
};

char node_name[NAME_SIZE];
static int loop_fd = -1;
static uint32_t serials;
static struct connection *connections[CONNECTIONS];

int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void loop_add(struct source *source, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = source};
  if (epoll_ctl(loop_fd, EPOLL_CTL_ADD, source->fd, &event) != 0) _exit(1);
}

void loop_change(struct source *source, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = source};
  if (epoll_ctl(loop_fd, EPOLL_CTL_MOD, source->fd, &event) != 0) _exit(1);
}

void loop_close(struct source *source) {
  if (source->fd < 0) return;
  epoll_ctl(loop_fd, EPOLL_CTL_DEL, source->fd, NULL);
  close(source->fd);
  source->fd = -1;
}

static void hang_up(struct connection *connection) {
  loop_close(&connection->source);
  connections[connection->place] = NULL;
  probe_forget(connection->place);
  free(connection->pending);
  free(connection);
}

/* False where the connection is gone. */
static bool flush_output(struct connection *connection) {
  size_t sent = 0;
  while (sent < connection->output) {
    ssize_t count = write(connection->source.fd, connection->pending + sent, connection->output - sent);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) break;
    if (count <= 0) return false;
    sent += (size_t)count;
  }
  memmove(connection->pending, connection->pending + sent, connection->output - sent);
  connection->output -= sent;
  loop_change(&connection->source, EPOLLIN | (connection->output > 0 ? EPOLLOUT : 0));
  return true;
}

/* Only queues: what is queued leaves after the event at hand, so that no caller loses its connection under its feet. */
void answer(const struct asker *asker, const char *format, ...) {
  struct connection *connection = connections[asker->place];
  if (connection == NULL || connection->serial != asker->serial) return;
  size_t room = OUTPUT_SIZE - connection->output;
  char *place = connection->pending + connection->output;
  int head = snprintf(place, room, "{\"tag\":\"%s\",", asker->tag);
  if (head < 0 || (size_t)head >= room) return;
  va_list arguments;
  va_start(arguments, format);
  int body = vsnprintf(place + head, room - (size_t)head, format, arguments);
  va_end(arguments);
  size_t length = (size_t)head + (size_t)(body < 0 ? 0 : body);
  if (body < 0 || length + 2 >= room) return;
  memcpy(place + length, "}\n", 2);
  connection->output += length + 2;
  loop_change(&connection->source, EPOLLIN | EPOLLOUT);
}

static bool number(const char *text, long low, long high, long *value) {
  char *end;
  errno = 0;
  *value = strtol(text, &end, 10);
  return errno == 0 && *text != '\0' && *end == '\0' && *value >= low && *value <= high;
}

static void write_sysctl(const struct asker *asker, const char *path, const char *value) {
  char full[256];
  if (strncmp(path, "net/", 4) != 0 || strstr(path, "..") != NULL) {
    answer(asker, "\"error\":\"not a setting of the network\"");
    return;
  }
  snprintf(full, sizeof full, "/proc/sys/%s", path);
  int fd = open(full, O_WRONLY | O_CLOEXEC);
  bool written = fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);
  int reason = errno;
  if (fd >= 0) close(fd);
  if (written) answer(asker, "\"ok\":true");
  else answer(asker, "\"error\":\"%s\"", strerror(reason));
}

static bool listen_command(const struct asker *asker, char **word, int count) {
  long first, last;
  if (count == 7 && strcmp(word[1], "listen") == 0) {
    if (!valid_scope(word[2]) || !number(word[5], 1, 65535, &first) || !number(word[6], first, 65535, &last)) return false;
    listen_on(asker, word[2], word[3], word[4], (int)first, (int)last);
    return true;
  }
  if (count == 4 && strcmp(word[1], "relay") == 0) {
    if (strlen(word[2]) >= NAME_SIZE || !number(word[3], 1, 65535, &first)) return false;
    relay_on(asker, word[2], (int)first);
    return true;
  }
  if (count != 6 || strcmp(word[1], "unlisten") != 0) return false;
  if (!valid_scope(word[2]) || !number(word[4], 1, 65535, &first) || !number(word[5], first, 65535, &last)) return false;
  listen_end(asker, word[2], word[3], (int)first, (int)last);
  return true;
}

static bool probe_command(const struct asker *asker, char **word, int count) {
  long port, mark, deadline, again;
  if (count != 10 || strcmp(word[1], "probe") != 0 || !valid_scope(word[2])) return false;
  if (!number(word[6], 0, 65535, &port) || !number(word[7], 0, 0x7fffffff, &mark)) return false;
  if (!number(word[8], 1, 600000, &deadline) || !number(word[9], 0, 1, &again)) return false;
  struct probe_request request = {word[2], word[3], word[4], word[5], (int)port, (uint32_t)mark, (int)deadline, again == 1};
  probe_start(asker, &request);
  return true;
}

static bool watch_command(const struct asker *asker, char **word, int count) {
  long offset;
  if (count == 4 && strcmp(word[1], "watch") == 0 && valid_scope(word[2])) watch_start(asker, word[2], word[3]);
  else if (count == 3 && strcmp(word[1], "seen") == 0 && number(word[2], 0, 1 << 30, &offset)) watch_seen(asker, (unsigned)offset);
  else if (count == 2 && strcmp(word[1], "unwatch") == 0) watch_end(asker);
  else return false;
  return true;
}

static void obey(struct connection *connection, char *line) {
  char *word[WORDS], *rest = NULL;
  int count = 0;
  for (char *next = strtok_r(line, " ", &rest); next != NULL && count < WORDS; next = strtok_r(NULL, " ", &rest)) word[count++] = next;
  struct asker asker = {.place = connection->place, .serial = connection->serial};
  if (count == 0) return;
  escape_json(word[0], strlen(word[0]), asker.tag, sizeof asker.tag);
  if (count == 2 && strcmp(word[1], "name") == 0) answer(&asker, "\"ok\":true,\"node\":\"%s\"", node_name);
  else if (count == 4 && strcmp(word[1], "sysctl") == 0) write_sysctl(&asker, word[2], word[3]);
  else if (count == 3 && strcmp(word[1], "forget") == 0 && valid_scope(word[2])) neighbours_forget(&asker, word[2]);
  else if (!listen_command(&asker, word, count) && !probe_command(&asker, word, count) && !watch_command(&asker, word, count))
    answer(&asker, "\"error\":\"not a command\"");
}

static void obey_lines(struct connection *connection) {
  char *start = connection->line, *end;
  size_t left = connection->input;
  while ((end = memchr(start, '\n', left)) != NULL) {
    *end = '\0';
    left -= (size_t)(end + 1 - start);
    obey(connection, start);
    start = end + 1;
  }
  memmove(connection->line, start, left);
  connection->input = left;
}

static void connection_ready(struct source *source, uint32_t events) {
  struct connection *connection = (struct connection *)source;
  if ((events & EPOLLOUT) != 0 && !flush_output(connection)) {
    hang_up(connection);
    return;
  }
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return;
  size_t room = sizeof connection->line - connection->input;
  ssize_t count = read(source->fd, connection->line + connection->input, room);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    hang_up(connection);
    return;
  }
  connection->input += (size_t)count;
  obey_lines(connection);
  /* A line that does not end is no command of ours. */
  if (connection->input == sizeof connection->line) hang_up(connection);
}

static void control_ready(struct source *source, uint32_t events) {
  (void)events;
  int fd = accept4(source->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  int place = 0;
  if (fd < 0) return;
  while (place < CONNECTIONS && connections[place] != NULL) place++;
  struct connection *connection = place < CONNECTIONS ? calloc(1, sizeof *connection) : NULL;
  char *pending = connection == NULL ? NULL : malloc(OUTPUT_SIZE);
  if (pending == NULL) {
    free(connection);
    close(fd);
    return;
  }
  connection->source = (struct source){.fd = fd, .ready = connection_ready};
  connection->place = place;
  connection->serial = ++serials;
  connection->pending = pending;
  connections[place] = connection;
  loop_add(&connection->source, EPOLLIN);
}

static void end_node(int signal) {
  (void)signal;
  _exit(0);
}

void run_node(const char *name, int control_fd) {
  snprintf(node_name, sizeof node_name, "%s", name);
  signal(SIGTERM, end_node);
  loop_fd = epoll_create1(EPOLL_CLOEXEC);
  if (loop_fd < 0) return;
  struct source control = {.fd = control_fd, .ready = control_ready};
  loop_add(&control, EPOLLIN);
  for (;;) {
    /* One event at a time: what it closes cannot be among events already fetched. */
    struct epoll_event event;
    int count = epoll_wait(loop_fd, &event, 1, probe_timeout());
    if (count < 0 && errno != EINTR) return;
    if (count == 1) {
      struct source *source = event.data.ptr;
      source->ready(source, event.events);
    }
    probe_tick();
  }
}
