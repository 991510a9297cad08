/* Frames between outside and a virtual machine; see frames.h. */
#define _GNU_SOURCE
#include "frames.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static size_t payload_length(const struct frames *frames) {
  const uint8_t *head = frames->bytes;
  return (size_t)head[1] << 24 | (size_t)head[2] << 16 | (size_t)head[3] << 8 | head[4];
}

bool frame_sound(const struct frames *frames) {
  return frames->used < FRAME_HEAD || payload_length(frames) <= FRAME_MAX;
}

size_t frame_whole(const struct frames *frames) {
  if (frames->used < FRAME_HEAD) return 0;
  size_t length = FRAME_HEAD + payload_length(frames);
  return length <= frames->used ? length : 0;
}

void frame_put(struct frames *frames, char type, const void *payload, size_t length) {
  const uint8_t head[FRAME_HEAD] = {(uint8_t)type, (uint8_t)(length >> 24), (uint8_t)(length >> 16), (uint8_t)(length >> 8), (uint8_t)length};
  memcpy(frames->bytes, head, FRAME_HEAD);
  memmove(frames->bytes + FRAME_HEAD, payload, length);
  frames->used = FRAME_HEAD + length;
  frames->sent = 0;
}

long frame_read(struct frames *frames, int fd) {
  ssize_t got = read(fd, frames->bytes + frames->used, sizeof frames->bytes - frames->used);
  if (got > 0) frames->used += (size_t)got;
  return got;
}

bool frame_write(struct frames *frames, int fd) {
  size_t whole = frame_whole(frames);
  ssize_t went = write(fd, frames->bytes + frames->sent, whole - frames->sent);
  if (went < 0) return errno == EAGAIN || errno == EINTR;
  frames->sent += (size_t)went;
  if (frames->sent == whole) frame_drop(frames);
  return true;
}

void frame_drop(struct frames *frames) {
  size_t whole = frame_whole(frames);
  frames->used -= whole;
  frames->sent = 0;
  memmove(frames->bytes, frames->bytes + whole, frames->used);
}
