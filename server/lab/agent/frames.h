/*
 * What travels between a command line outside and a virtual machine: frames of a type (one byte), a length (four, the
 * highest first) and that many bytes. A way (one virtio port) carries one command at a time.
 *
 *   to the machine     R request (below)   I input, none: its end   S a signal's number   W rows and columns, as text
 *                      A end it, nobody listens any more (sent by the keeper)   P are you there? K is the answer
 *   from the machine   H ready (once)   O output   E error output   T output of its terminal   K bytes of input taken, as text
 *                      F why it could not be started   X exit code, as text: the last of each command
 *
 * A request is texts that end with a NUL each: which of 0, 1, 2 are a terminal (`012`, `2`, empty), rows, columns, folder,
 * number of words, words, environment.
 */
#ifndef FRAMES_H
#define FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_HEAD 5
#define FRAME_MAX 65536
/* Input that is on its way, at most: what a command does not read stays outside. */
#define INPUT_WINDOW 262144

struct frames {
  size_t used;
  size_t sent;
  uint8_t bytes[FRAME_HEAD + FRAME_MAX];
};

/* Length of the frame at the start, head included; 0 where it is not whole yet. */
size_t frame_whole(const struct frames *frames);
/* False where its length is one that no frame has. */
bool frame_sound(const struct frames *frames);
/* Puts one frame into an empty buffer. */
void frame_put(struct frames *frames, char type, const void *payload, size_t length);
/* Reads what fits: more than 0, 0 at the end, -1 with errno. */
long frame_read(struct frames *frames, int fd);
/* Writes of the whole frame at the start what it can, and takes it out once all of it went. False on an error but EAGAIN. */
bool frame_write(struct frames *frames, int fd);
/* Takes the frame at the start out. */
void frame_drop(struct frames *frames);

/* keep.c: outside */
int keep_machine(const char *folder, bool standing, int ways, char **commands);
/* in.c: outside, one command inside */
int run_in_machine(const char *folder, char **words);
/* speak.c: inside, with the agents there */
int speak_with(const char *folder);
/* serve.c: inside, as process 1 */
int serve_ways(void);
/* command.c: inside, one command of a way, to its end */
void run_command(int way, struct frames *in);

#endif
