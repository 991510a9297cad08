/*
 * Speaks with many agents over one input and output, for whoever is outside of their machine. Every line has the name of the
 * agent's socket in front, both ways; a name alone says that the connection is at its end.
 */
#define _GNU_SOURCE
#include "frames.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SPEAKERS_MAX 1024
#define LINE_MAX_BYTES (4 * 1024 * 1024)

struct lines {
  char *bytes;
  size_t used, size;
};

struct speaker {
  char name[64];
  int fd;
  struct lines lines;
};

static struct speaker speakers[SPEAKERS_MAX];
static int speaker_count;

/* Reads what is there; false at the end, or where a line is longer than any. */
static bool read_lines(struct lines *lines, int fd) {
  if (lines->used == lines->size) {
    if (lines->size >= LINE_MAX_BYTES) return false;
    lines->size = lines->size == 0 ? 4096 : lines->size * 2;
    lines->bytes = realloc(lines->bytes, lines->size);
    if (lines->bytes == NULL) exit(1);
  }
  ssize_t got = read(fd, lines->bytes + lines->used, lines->size - lines->used);
  if (got < 0 && errno == EINTR) return true;
  if (got <= 0) return false;
  lines->used += (size_t)got;
  return true;
}

/* Length of the first line, its end included; 0 where it is not whole yet. */
static size_t first_line(const struct lines *lines) {
  const char *end = lines->used == 0 ? NULL : memchr(lines->bytes, '\n', lines->used);
  return end == NULL ? 0 : (size_t)(end - lines->bytes) + 1;
}

static void drop_line(struct lines *lines, size_t length) {
  lines->used -= length;
  memmove(lines->bytes, lines->bytes + length, lines->used);
}

static void hang_up(struct speaker *speaker) {
  if (speaker->fd < 0) return;
  close(speaker->fd);
  speaker->fd = -1;
  speaker->lines.used = 0;
}

static void gone(struct speaker *speaker) {
  hang_up(speaker);
  printf("%s\n", speaker->name);
}

static struct speaker *speaker_of(const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct speaker *speaker = NULL;
  for (int index = 0; index < speaker_count; index++)
    if (strcmp(speakers[index].name, name) == 0) speaker = &speakers[index];
  if (speaker == NULL) {
    if (speaker_count == SPEAKERS_MAX) return NULL;
    speaker = &speakers[speaker_count++];
    snprintf(speaker->name, sizeof speaker->name, "%s", name);
    speaker->fd = -1;
  }
  if (speaker->fd >= 0) return speaker;
  snprintf(address.sun_path, sizeof address.sun_path, "%s", name);
  speaker->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (speaker->fd < 0 || connect(speaker->fd, (struct sockaddr *)&address, sizeof address) != 0) {
    gone(speaker);
    return NULL;
  }
  return speaker;
}

/* `NAME words`: to that agent; `NAME`: hang up. */
static void pass_on(char *line, size_t length) {
  line[length - 1] = '\0';
  char *words = strchr(line, ' ');
  if (words != NULL) *words = '\0';
  if (strlen(line) >= sizeof speakers->name) return;
  if (words == NULL) {
    for (int index = 0; index < speaker_count; index++)
      if (strcmp(speakers[index].name, line) == 0) hang_up(&speakers[index]);
    return;
  }
  struct speaker *speaker = speaker_of(line);
  if (speaker == NULL) return;
  line[length - 1] = '\n';
  const size_t rest = length - (size_t)(words + 1 - line);
  if (send(speaker->fd, words + 1, rest, MSG_NOSIGNAL) != (ssize_t)rest) gone(speaker);
}

static void listen_to(struct speaker *speaker) {
  if (!read_lines(&speaker->lines, speaker->fd)) {
    gone(speaker);
    return;
  }
  for (size_t length; (length = first_line(&speaker->lines)) > 0; drop_line(&speaker->lines, length)) {
    printf("%s ", speaker->name);
    fwrite(speaker->lines.bytes, 1, length, stdout);
  }
}

int speak_with(const char *folder) {
  static struct pollfd wait[1 + SPEAKERS_MAX];
  struct lines input = {0};
  if (chdir(folder) != 0) {
    fprintf(stderr, "%s: %s\n", folder, strerror(errno));
    return 1;
  }
  for (;;) {
    wait[0] = (struct pollfd){.fd = 0, .events = POLLIN};
    for (int index = 0; index < speaker_count; index++) wait[1 + index] = (struct pollfd){.fd = speakers[index].fd, .events = POLLIN};
    const int count = speaker_count;
    if (poll(wait, (nfds_t)(1 + count), -1) < 0) continue;
    for (int index = 0; index < count; index++)
      if (wait[1 + index].revents != 0 && speakers[index].fd >= 0) listen_to(&speakers[index]);
    if (wait[0].revents != 0) {
      if (!read_lines(&input, 0)) return 0;
      for (size_t length; (length = first_line(&input)) > 0; drop_line(&input, length)) pass_on(input.bytes, length);
    }
    if (fflush(stdout) != 0) return 0;
  }
}
