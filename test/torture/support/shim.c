/*
 * Stands before every tool on the PATH of a run, under the tool's own name, and counts them. At one of them it kills: before it,
 * behind it, or while it runs; or it lies about its exit code.
 *
 *   SHIM_COUNT   a file: a byte is added for every tool that is started
 *   SHIM_AT      the number of the one to act at, from 1; 0 for none
 *   SHIM_HOW     before, after, inside: kill at that moment; not: exit with SHIM_CODE and do nothing; wrong: do it and exit with SHIM_CODE
 *   SHIM_DELAY   microseconds until `inside` kills
 *   SHIM_WHO     node: the leader of the process group; session: the shell below it that this tool descends from; all: the group
 *   SHIM_CODE    an exit code; above 128 a signal
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *setting(const char *name) {
  const char *value = getenv(name);
  return value ? value : "";
}

static long count_me(void) {
  int fd = open(setting("SHIM_COUNT"), O_WRONLY | O_APPEND | O_CLOEXEC);
  struct stat found = {0};
  if (fd < 0 || flock(fd, LOCK_EX) < 0 || write(fd, "x", 1) != 1 || fstat(fd, &found) < 0) return -1;
  close(fd);
  return (long)found.st_size;
}

static pid_t parent_of(pid_t pid) {
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  if (fd >= 0) close(fd);
  if (size <= 0) return 0;
  text[size] = 0;
  char *end = strrchr(text, ')');
  return end ? (pid_t)strtol(end + 4, NULL, 10) : 0;
}

static void kill_them(void) {
  const char *who = setting("SHIM_WHO");
  pid_t group = getpgrp();
  if (strcmp(who, "all") == 0) kill(-group, SIGKILL);
  if (strcmp(who, "node") == 0) kill(group, SIGKILL);
  pid_t pid = getpid();
  while (pid > 1 && parent_of(pid) != group) pid = parent_of(pid);
  if (pid > 1) kill(pid, SIGKILL);
}

/* The real one lies behind this folder on the PATH. */
static void become(char **argv) {
  const char *name = strrchr(argv[0], '/');
  char real[4096];
  snprintf(real, sizeof real, "%s/.real/%s", setting("SHIM_FOLDER"), name ? name + 1 : argv[0]);
  execv(real, argv);
  perror(real);
  _exit(127);
}

int main(int argc, char **argv) {
  (void)argc;
  const char *how = setting("SHIM_HOW");
  long at = atol(setting("SHIM_AT"));
  if (count_me() != at || at == 0) become(argv);
  int code = atoi(setting("SHIM_CODE"));
  if (strcmp(how, "before") == 0) {
    kill_them();
    return 1;
  }
  if (strcmp(how, "not") == 0) return code;
  pid_t child = fork();
  if (child == 0) become(argv);
  int status = 0;
  if (strcmp(how, "inside") == 0) {
    usleep((useconds_t)atol(setting("SHIM_DELAY")));
    kill(child, SIGKILL);
    kill_them();
  }
  waitpid(child, &status, 0);
  if (strcmp(how, "after") == 0) kill_them();
  if (strcmp(how, "wrong") == 0) {
    if (code > 128) kill(getpid(), code - 128);
    return code;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
