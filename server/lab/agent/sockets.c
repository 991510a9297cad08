/* Addresses as text, and sockets in a network namespace of this node; see agent.h. */
#define _GNU_SOURCE
#include "agent.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool parse_address(const char *text, uint16_t port, union address *address) {
  memset(address, 0, sizeof *address);
  if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1) {
    address->v4.sin_family = AF_INET;
    address->v4.sin_port = htons(port);
    return true;
  }
  if (inet_pton(AF_INET6, text, &address->v6.sin6_addr) != 1) return false;
  address->v6.sin6_family = AF_INET6;
  address->v6.sin6_port = htons(port);
  return true;
}

socklen_t address_length(const union address *address) {
  return address->any.sa_family == AF_INET ? sizeof address->v4 : sizeof address->v6;
}

uint16_t address_port(const union address *address) {
  return ntohs(address->any.sa_family == AF_INET ? address->v4.sin_port : address->v6.sin6_port);
}

void format_address(const union address *address, char text[INET6_ADDRSTRLEN]) {
  text[0] = '\0';
  if (address->any.sa_family == AF_INET) inet_ntop(AF_INET, &address->v4.sin_addr, text, INET6_ADDRSTRLEN);
  else if (IN6_IS_ADDR_V4MAPPED(&address->v6.sin6_addr)) inet_ntop(AF_INET, &address->v6.sin6_addr.s6_addr[12], text, INET6_ADDRSTRLEN);
  else inet_ntop(AF_INET6, &address->v6.sin6_addr, text, INET6_ADDRSTRLEN);
}

void escape_json(const char *bytes, size_t length, char *text, size_t size) {
  size_t out = 0;
  for (size_t index = 0; index < length && out + 3 < size; index++) {
    unsigned char byte = (unsigned char)bytes[index];
    if (byte == '"' || byte == '\\') text[out++] = '\\';
    text[out++] = byte >= 0x20 && byte < 0x7f ? (char)byte : '?';
  }
  text[out] = '\0';
}

bool valid_scope(const char *scope) {
  if (strcmp(scope, "-") == 0) return true;
  return scope[0] >= 'a' && scope[0] <= 'z' && strspn(scope, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(scope);
}

int socket_in(const char *scope, int family, int type, int protocol) {
  if (strcmp(scope, "-") == 0) return socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
  char path[SCOPE_SIZE + 16];
  snprintf(path, sizeof path, "/run/netns/%s", scope);
  int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  int there = open(path, O_RDONLY | O_CLOEXEC);
  int fd = -1, reason = errno;
  if (home >= 0 && there >= 0 && setns(there, CLONE_NEWNET) == 0) {
    fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    reason = errno;
    /* In the wrong namespace everything after this would go wrong silently. */
    if (setns(home, CLONE_NEWNET) != 0) _exit(1);
  } else {
    reason = errno;
  }
  if (home >= 0) close(home);
  if (there >= 0) close(there);
  errno = reason;
  return fd;
}
