/*
 * Keeps a virtual machine standing: starts the server of its files and QEMU, which end with it, hands commands from a socket
 * to ways that are free (see frames.h), and ends when one of the two does. Records of all three are in the folder, so that
 * `end` removes them, whatever became of us.
 */
#define _GNU_SOURCE
#include "agent.h"
#include "frames.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAYS_MAX 60
/* What the started programs find: the listening socket of the server of files, and QEMU's end of each way from here on. */
#define FILES_FD 3
#define WAY_FD 10

enum state { STARTING, FREE, BUSY, DRAINING };

struct way {
  enum state state;
  int machine, client, theirs;
  bool abort;
  struct frames in, out;
};

static struct way ways[WAYS_MAX];
static int way_count;
/* QEMU's end of a way is gone: so is QEMU, or soon. */
static bool broken;

static int listen_at(const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, name, sizeof address.sun_path - 1);
  unlink(name);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 64) != 0) return -1;
  return fd;
}

/* ---------------------------------------------------------------- the two programs */

__attribute__((noreturn)) static void become(char **command, const char *log, int listening, pid_t keeper) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != keeper) _exit(1); /* It ended before we could hear of it. */
  int null = open("/dev/null", O_RDONLY), output = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
  dup2(null, 0);
  dup2(output, 1);
  dup2(output, 2);
  signal(SIGPIPE, SIG_DFL);
  /* Everything of ours closes on exec; high numbers first, so that none is overwritten before it is used. */
  int first = listening >= 0 ? fcntl(listening, F_DUPFD, 100) : -1, high[WAYS_MAX];
  for (int index = 0; index < way_count; index++) high[index] = fcntl(ways[index].theirs, F_DUPFD_CLOEXEC, 100);
  if (first >= 0) {
    dup2(first, FILES_FD);
    close(first);
  } else {
    for (int index = 0; index < way_count; index++) dup2(high[index], WAY_FD + index);
  }
  execvp(command[0], command);
  dprintf(2, "%s: %s\n", command[0], strerror(errno));
  _exit(127);
}

static pid_t start(char **command, const char *name, int folder, int listening) {
  char log[64];
  snprintf(log, sizeof log, "%s.log", name);
  const pid_t keeper = getpid();
  pid_t pid = fork();
  if (pid == 0) become(command, log, listening, keeper);
  return pid > 0 && record_process(folder, name, pid, "machine", "-") ? pid : -1;
}

/* ---------------------------------------------------------------- ways */

static void forget_client(struct way *way) {
  close(way->client);
  way->client = -1;
}

static void client_gone(struct way *way) {
  forget_client(way);
  /* What was begun has to be sent to its end, or the machine would take what follows for the rest of it. */
  if (way->in.sent == 0) way->in.used = 0;
  way->abort = true;
  way->state = DRAINING;
}

static void from_client(struct way *way) {
  long got = frame_read(&way->in, way->client);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0 || !frame_sound(&way->in)) client_gone(way);
}

static void to_machine(struct way *way) {
  if (frame_whole(&way->in) == 0 && way->abort) {
    way->abort = false;
    frame_put(&way->in, 'A', "", 0);
  }
  if (frame_whole(&way->in) > 0 && !frame_write(&way->in, way->machine)) broken = true;
  /* Of a client that is gone, only what was begun goes on. */
  if (way->client < 0 && way->in.sent == 0 && frame_whole(&way->in) > 0 && way->in.bytes[0] != 'A') way->in.used = 0;
}

/* The first of a way says that it is ready, the last of a command that it is free again. */
static void from_machine(struct way *way) {
  if (frame_whole(&way->out) == 0) {
    long got = frame_read(&way->out, way->machine);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR) || !frame_sound(&way->out)) {
      broken = true;
      return;
    }
  }
  while (frame_whole(&way->out) > 0) {
    const char type = (char)way->out.bytes[0];
    if (way->client >= 0) {
      const size_t before = way->out.used;
      if (!frame_write(&way->out, way->client)) {
        client_gone(way);
        continue;
      }
      if (way->out.used == before) return;
    } else {
      frame_drop(&way->out);
    }
    if (type == 'H') way->state = FREE;
    if (type != 'X') continue;
    if (way->client >= 0) forget_client(way);
    way->abort = false;
    if (way->in.sent == 0) way->in.used = 0;
    way->state = FREE;
  }
}

static struct way *free_way(void) {
  for (int index = 0; index < way_count; index++)
    if (ways[index].state == FREE && ways[index].in.used == 0) return &ways[index];
  return NULL;
}

static bool any_ready(void) {
  for (int index = 0; index < way_count; index++)
    if (ways[index].state != STARTING) return true;
  return false;
}

static void admit(int listening) {
  int client = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (client < 0) return;
  struct way *way = free_way();
  if (way != NULL) {
    way->client = client;
    way->state = BUSY;
    way->in.used = way->in.sent = 0;
    return;
  }
  static struct frames refusal;
  const char busy[] = "every way into the machine is taken";
  frame_put(&refusal, 'F', busy, sizeof busy - 1);
  frame_write(&refusal, client);
  close(client);
}

static void loop(int listening, int children) {
  for (;;) {
    struct pollfd wait[2 + 2 * WAYS_MAX] = {{.fd = children, .events = POLLIN}, {.fd = any_ready() ? listening : -1, .events = POLLIN}};
    for (int index = 0; index < way_count; index++) {
      struct way *way = &ways[index];
      const bool in = frame_whole(&way->in) > 0 || way->abort, out = frame_whole(&way->out) > 0;
      wait[2 + 2 * index] = (struct pollfd){.fd = way->machine, .events = (short)((in ? POLLOUT : 0) | (out ? 0 : POLLIN))};
      wait[3 + 2 * index] = (struct pollfd){.fd = way->client, .events = (short)((in ? 0 : POLLIN) | (out ? POLLOUT : 0))};
    }
    if (poll(wait, (nfds_t)(2 + 2 * way_count), -1) < 0) continue;
    if (wait[0].revents != 0 || broken) return;
    for (int index = 0; index < way_count; index++) {
      struct way *way = &ways[index];
      const int client = way->client;
      if ((wait[3 + 2 * index].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && frame_whole(&way->in) == 0) from_client(way);
      to_machine(way);
      if (wait[2 + 2 * index].revents != 0 || client >= 0) from_machine(way);
    }
    if (wait[1].revents != 0) admit(listening);
  }
}

/* ---------------------------------------------------------------- start and end */

static int child_pipe[2];

static void on_child(int number) {
  const char byte = (char)number;
  ssize_t told = write(child_pipe[1], &byte, 1);
  (void)told;
}

static void open_ways(void) {
  for (int index = 0; index < way_count; index++) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) exit(1);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    ways[index].machine = ends[0];
    ways[index].theirs = ends[1];
    ways[index].client = -1;
  }
}

/* Why the machine is not there any more, for whoever looks. */
static void tell_end(pid_t files, pid_t machine) {
  int status = 0, fd = open("ended", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  /* Its files are closed a moment before it can be waited for. */
  struct pollfd child = {.fd = child_pipe[0], .events = POLLIN};
  poll(&child, 1, 2000);
  pid_t first = waitpid(-1, &status, WNOHANG);
  /* The server of the files ends well only because QEMU has: that is the one to tell of. */
  for (int tries = 0; first == files && WIFEXITED(status) && WEXITSTATUS(status) == 0 && tries < 40; tries++) {
    poll(NULL, 0, 50);
    if (waitpid(machine, &status, WNOHANG) == machine) first = machine;
  }
  const char *name = first == files ? "the server of its files" : first == machine ? "QEMU" : "its keeper";
  if (fd < 0) return;
  if (first > 0 && WIFSIGNALED(status)) dprintf(fd, "%s was ended by signal %d\n", name, WTERMSIG(status));
  else if (first > 0) dprintf(fd, "%s ended with %d\n", name, WEXITSTATUS(status));
  else dprintf(fd, "%s was told to end\n", name);
  close(fd);
}

static int keep(int folder, int said, char **files_command, char **machine_command) {
  umask(077);
  unlink("ended");
  int listening = listen_at("channel.s"), files_socket = listen_at("files.s");
  open_ways();
  if (listening < 0 || files_socket < 0 || pipe2(child_pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
    dprintf(said, "sockets: %s\n", strerror(errno));
    return 1;
  }
  /* A program that was stopped has not ended. */
  struct sigaction child = {.sa_handler = on_child, .sa_flags = SA_NOCLDSTOP};
  sigaction(SIGCHLD, &child, NULL);
  signal(SIGTERM, on_child);
  if (!record_process(folder, "keeper", getpid(), "machine", "channel.s")) {
    dprintf(said, "writing the record: %s\n", strerror(errno));
    return 1;
  }
  pid_t files = start(files_command, "files", folder, files_socket);
  /* Once nobody else has it open, QEMU is refused where the server is gone, and does not wait. */
  close(files_socket);
  pid_t machine = start(machine_command, "qemu", folder, -1);
  for (int index = 0; index < way_count; index++) close(ways[index].theirs);
  dprintf(said, "ok\n");
  close(said);
  if (files > 0 && machine > 0) loop(listening, child_pipe[0]);
  tell_end(files, machine);
  unlink("channel.s");
  for (int index = 0; index < 2; index++) {
    const pid_t pid = index == 0 ? machine : files;
    if (pid > 0 && kill(pid, SIGKILL) == 0) waitpid(pid, NULL, 0);
  }
  return 0;
}

/* `-- COMMAND... -- COMMAND...`, cut at the second `--`. */
static char **second_command(char **commands) {
  for (char **each = commands + 1; *each != NULL; each++) {
    if (strcmp(*each, "--") != 0) continue;
    *each = NULL;
    return each + 1;
  }
  return NULL;
}

int keep_machine(const char *path, bool standing, int count, char **commands) {
  int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ends[2];
  char **second = second_command(commands), text[256] = "";
  if (folder < 0 || fchdir(folder) != 0 || second == NULL || *second == NULL || count < 1 || count > WAYS_MAX) {
    fprintf(stderr, "%s: %s\n", path, folder < 0 ? strerror(errno) : "usage");
    return 1;
  }
  way_count = count;
  if (!standing) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* A key that ends who started us reaches us as their end, once they are done with us. */
    setsid();
    return keep(folder, fcntl(1, F_DUPFD_CLOEXEC, 3), commands + 1, second);
  }
  if (pipe2(ends, O_CLOEXEC) != 0) return 1;
  if (fork() == 0) {
    setsid();
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd < 3; fd++) dup2(null, fd);
    _exit(keep(folder, ends[1], commands + 1, second));
  }
  close(ends[1]);
  size_t length = 0;
  ssize_t got;
  while (length < sizeof text - 1 && (got = read(ends[0], text + length, sizeof text - 1 - length)) > 0) length += (size_t)got;
  fputs(text, stdout);
  return strcmp(text, "ok\n") == 0 ? 0 : 1;
}
