/*
 * Programs in the networks of many nodes, started by one process: whoever wants a thing of two hundred nodes does not start
 * two hundred programs, each of which enters a namespace first. On stdin, one after another:
 *
 *     run PID ARGC SIZE      then ARGC lines, then SIZE bytes of the program's stdin
 *
 * PID is a process of the node. Answers come in the same order: `CODE OUT ERR`, then so many bytes of its stdout and stderr.
 * Only the network is the node's: files and pids are those of whoever asks.
 */
#define _GNU_SOURCE
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/wait.h>
#include <unistd.h>

/* Programs that run or wait for an earlier one's answer to be written; each holds two files open. */
#define JOBS 64
#define ARGUMENTS 64

struct job {
  pid_t pid;
  bool ended;
  int code, out, err;
};

static struct job jobs[JOBS];
/* Of all jobs: how many were begun, and how many answers are written. The job of number n is at n % JOBS. */
static unsigned long begun, answered;
static int running;

__attribute__((noreturn)) static void give_up(const char *what) {
  dprintf(2, "%s: %s\n", what, strerror(errno));
  _exit(126);
}

static void enter(int node, const char *space, int type) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/ns/%s", node, space);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || setns(fd, type) != 0) give_up(path);
}

__attribute__((noreturn)) static void become(int node, bool own_user, char **argument, int in, const struct job *job) {
  dup2(in, 0);
  dup2(job->out, 1);
  dup2(job->err, 2);
  signal(SIGPIPE, SIG_DFL);
  if (own_user) enter(node, "user", CLONE_NEWUSER);
  enter(node, "net", CLONE_NEWNET);
  execvp(argument[0], argument);
  give_up(argument[0]);
}

static bool send_all(int file) {
  off_t offset = 0;
  ssize_t sent;
  while ((sent = sendfile(1, file, &offset, 1 << 20)) > 0) continue;
  return sent == 0;
}

/* False where nobody reads answers any more. */
static bool write_answers(void) {
  for (; answered < begun && jobs[answered % JOBS].ended; answered++) {
    struct job *job = &jobs[answered % JOBS];
    bool written = dprintf(1, "%d %ld %ld\n", job->code, (long)lseek(job->out, 0, SEEK_END), (long)lseek(job->err, 0, SEEK_END)) > 0;
    written = written && send_all(job->out) && send_all(job->err);
    close(job->out);
    close(job->err);
    if (!written) return false;
  }
  return true;
}

static bool await_one(void) {
  int status;
  pid_t pid = waitpid(-1, &status, 0);
  if (pid < 0) return errno == EINTR;
  for (unsigned long number = answered; number < begun; number++) {
    struct job *job = &jobs[number % JOBS];
    if (job->ended || job->pid != pid) continue;
    job->ended = true;
    job->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    running--;
  }
  return write_answers();
}

static bool start(int node, bool own_user, char **argument, int in) {
  struct job *job = &jobs[begun % JOBS];
  *job = (struct job){.out = memfd_create("out", MFD_CLOEXEC), .err = memfd_create("err", MFD_CLOEXEC)};
  if (job->out < 0 || job->err < 0) return false;
  job->pid = fork();
  if (job->pid == 0) become(node, own_user, argument, in, job);
  if (job->pid < 0) return false;
  begun++;
  running++;
  return true;
}

/* The lines of a frame's arguments; their memory lasts until the next frame. */
static bool read_arguments(int count, char **argument) {
  static char *line[ARGUMENTS];
  static size_t size[ARGUMENTS];
  for (int index = 0; index < count; index++) {
    ssize_t length = getline(&line[index], &size[index], stdin);
    if (length < 1 || line[index][length - 1] != '\n') return false;
    line[index][length - 1] = '\0';
    argument[index] = line[index];
  }
  argument[count] = NULL;
  return true;
}

/* A file that holds the next bytes of stdin, or -1. */
static int read_input(size_t size) {
  char bytes[65536];
  int file = memfd_create("in", MFD_CLOEXEC);
  while (file >= 0 && size > 0) {
    size_t got = fread(bytes, 1, size < sizeof bytes ? size : sizeof bytes, stdin);
    if (got == 0 || write(file, bytes, got) != (ssize_t)got) {
      close(file);
      return -1;
    }
    size -= got;
  }
  if (file >= 0) lseek(file, 0, SEEK_SET);
  return file;
}

int run_in_nodes(bool own_user) {
  const long processors = sysconf(_SC_NPROCESSORS_ONLN);
  const int at_once = processors < 1 ? 2 : processors > JOBS / 2 ? JOBS : 2 * (int)processors;
  char head[128], *argument[ARGUMENTS + 1];
  signal(SIGCHLD, SIG_DFL);
  while (fgets(head, sizeof head, stdin) != NULL) {
    int node, count;
    size_t size;
    if (sscanf(head, "run %d %d %zu", &node, &count, &size) != 3 || count < 1 || count > ARGUMENTS || !read_arguments(count, argument)) {
      fputs("not a program for a node\n", stderr);
      return 64;
    }
    int in = read_input(size);
    while (running >= at_once || begun - answered == JOBS)
      if (!await_one()) return 1;
    if (in < 0 || !start(node, own_user, argument, in)) {
      perror("starting a program in a node");
      return 1;
    }
    close(in);
  }
  while (running > 0)
    if (!await_one()) return 1;
  return 0;
}
