/*
 * Process 1 of a virtual machine: reaps what is left to it, and has one process for each way in (a virtio port named
 * `way…`), which runs one command at a time.
 */
#define _GNU_SOURCE
#include "frames.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PORTS "/sys/class/virtio-ports"

static bool is_way(const char *port) {
  char path[320], name[16] = "";
  snprintf(path, sizeof path, PORTS "/%s/name", port);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t got = read(fd, name, sizeof name - 1);
  close(fd);
  return got > 3 && strncmp(name, "way", 3) == 0;
}

/* A port without anybody outside is always ready, for nothing: that is no reason to keep a processor busy. */
static void wait_for(int way, short events) {
  struct pollfd wait = {.fd = way, .events = events};
  if (poll(&wait, 1, -1) < 0 || (wait.revents & POLLHUP) != 0) sleep(1);
}

__attribute__((noreturn)) static void serve_way(const char *port) {
  static struct frames in, hello;
  char path[320];
  signal(SIGCHLD, SIG_DFL);
  prctl(PR_SET_NAME, "way");
  snprintf(path, sizeof path, "/dev/%s", port);
  int way = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (way < 0) _exit(1);
  frame_put(&hello, 'H', "", 0);
  while (frame_whole(&hello) > 0) {
    wait_for(way, POLLOUT);
    if (!frame_write(&hello, way)) _exit(1);
  }
  for (;;) {
    if (frame_whole(&in) == 0) {
      wait_for(way, POLLIN);
      frame_read(&in, way);
      continue;
    }
    if (in.bytes[0] == 'R') run_command(way, &in);
    else frame_drop(&in); /* Late for a command that has ended. */
  }
}

int serve_ways(void) {
  DIR *ports = opendir(PORTS);
  struct dirent *entry;
  /* Ignored, children are reaped by the kernel. */
  signal(SIGCHLD, SIG_IGN);
  while (ports != NULL && (entry = readdir(ports)) != NULL) {
    if (entry->d_name[0] == '.' || !is_way(entry->d_name)) continue;
    if (fork() == 0) serve_way(entry->d_name);
  }
  for (;;) pause();
}
