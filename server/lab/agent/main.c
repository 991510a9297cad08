/* The agent's command line; see agent.h. */
#include "agent.h"
#include "frames.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int usage(void) {
  fputs("usage: agent start FOLDER own-user|same-user   nodes on stdin, one a line: NAME KIND SOCKET\n"
        "       agent end FOLDER [NAME...]\n"
        "       agent each own-user|same-user   programs on stdin, see each.c\n"
        "       agent lock FILE\n"
        "       agent capture DEVICE COUNT SECONDS [NETNS]   pcap on stdout, until stdin ends; 0: without end\n"
        "       agent keep FOLDER standing|bound WAYS -- COMMAND... -- COMMAND...\n"
        "       agent serve\n"
        "       agent in FOLDER -- COMMAND...\n"
        "       agent list FOLDER\n"
        "       agent speak FOLDER\n"
        "       agent through FOLDER NODE ADDRESS DEVICE PORT   a TCP connection in a node's network, over stdin and stdout\n",
        stderr);
  return 64;
}

int main(int count, char **arguments) {
  signal(SIGPIPE, SIG_IGN);
  if (count == 4 && strcmp(arguments[1], "start") == 0) return start_nodes(arguments[2], strcmp(arguments[3], "own-user") == 0);
  if (count >= 3 && strcmp(arguments[1], "end") == 0) return end_nodes(arguments[2], count - 3, arguments + 3);
  if (count == 3 && strcmp(arguments[1], "each") == 0) return run_in_nodes(strcmp(arguments[2], "own-user") == 0);
  if (count == 3 && strcmp(arguments[1], "lock") == 0) return hold_lock(arguments[2]);
  if (count > 7 && strcmp(arguments[1], "keep") == 0) return keep_machine(arguments[2], strcmp(arguments[3], "standing") == 0, atoi(arguments[4]), arguments + 5);
  if (count == 2 && strcmp(arguments[1], "serve") == 0) return serve_ways();
  if ((count == 5 || count == 6) && strcmp(arguments[1], "capture") == 0)
    return capture_frames(arguments[2], strtol(arguments[3], NULL, 10), strtol(arguments[4], NULL, 10), arguments[5]);
  if (count > 4 && strcmp(arguments[1], "in") == 0 && strcmp(arguments[3], "--") == 0) return run_in_machine(arguments[2], arguments + 4);
  if (count == 3 && strcmp(arguments[1], "list") == 0) return list_nodes(arguments[2]);
  if (count == 3 && strcmp(arguments[1], "speak") == 0) return speak_with(arguments[2]);
  if (count == 7 && strcmp(arguments[1], "through") == 0)
    return carry_through(arguments[2], arguments[3], arguments[4], arguments[5], atoi(arguments[6]));
  return usage();
}
