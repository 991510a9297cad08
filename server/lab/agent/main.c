/* The agent's command line; see agent.h. */
#include "agent.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static int usage(void) {
  fputs("usage: agent start FOLDER own-user|same-user   nodes on stdin, one a line: NAME KIND SOCKET\n"
        "       agent end FOLDER [NAME...]\n"
        "       agent lock FILE\n",
        stderr);
  return 64;
}

int main(int count, char **arguments) {
  signal(SIGPIPE, SIG_IGN);
  if (count == 4 && strcmp(arguments[1], "start") == 0) return start_nodes(arguments[2], strcmp(arguments[3], "own-user") == 0);
  if (count >= 3 && strcmp(arguments[1], "end") == 0) return end_nodes(arguments[2], count - 3, arguments + 3);
  if (count == 3 && strcmp(arguments[1], "lock") == 0) return hold_lock(arguments[2]);
  return usage();
}
