/*
 * The lab's agent: one process a node. It holds the node's namespaces (they vanish with it), listens for what the node is
 * declared to listen for, sends probes, and watches for the packets of probes that arrive.
 *
 * One epoll loop, no threads, no allocation that the network can make grow.
 */
#ifndef AGENT_H
#define AGENT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define NAME_SIZE 128
#define SCOPE_SIZE 64
#define TAG_SIZE 24
#define LINE_SIZE 1024
/* Room for the answers of all probes of a node at the same time: the kernel gives memory only to what is used. */
#define OUTPUT_SIZE (8 * 1024 * 1024)

/* Something that epoll watches; first member of whatever it belongs to. */
struct source {
  int fd;
  void (*ready)(struct source *source, uint32_t events);
};

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

/* Who asked, for answers that come later: `serial` tells a connection from a later one in the same place. */
struct asker {
  int place;
  uint32_t serial;
  char tag[TAG_SIZE];
};

/* node.c */
int start_nodes(const char *folder, bool own_user);
int end_nodes(const char *folder, int count, char **names);
int hold_lock(const char *path);
/* A line for each node of a folder that lives: name, pid, kind, socket. */
int list_nodes(const char *folder);
/* Writes `NAME.node` of a process into a folder: what end_nodes ends. */
bool record_process(int folder, const char *name, int pid, const char *kind, const char *socket);
/* Of a node of a folder, as it is outside; 0 where it does not live. */
int node_pid(const char *folder, const char *name);

/* through.c */
int carry_through(const char *folder, const char *name, const char *address, const char *device, int port);

/* each.c: programs from stdin, each in the network of a node */
int run_in_nodes(bool own_user);

/* control.c */
void run_node(const char *name, int control_fd);
void loop_add(struct source *source, uint32_t events);
void loop_change(struct source *source, uint32_t events);
void loop_close(struct source *source);
void answer(const struct asker *asker, const char *format, ...) __attribute__((format(printf, 2, 3)));
int64_t now_ms(void);
extern char node_name[NAME_SIZE];

/* sockets.c: addresses as text, and sockets in a network namespace of this node */
bool parse_address(const char *text, uint16_t port, union address *address);
socklen_t address_length(const union address *address);
uint16_t address_port(const union address *address);
/* IPv4 addresses mapped into IPv6 are written as IPv4. */
void format_address(const union address *address, char text[INET6_ADDRSTRLEN]);
/* Written as the inside of a JSON string; anything but printable ASCII becomes '?'. */
void escape_json(const char *bytes, size_t length, char *text, size_t size);
bool valid_scope(const char *scope);
/* `-` is the node's own network namespace, anything else one under /run/netns. Returns -1 with errno. */
int socket_in(const char *scope, int family, int type, int protocol);

/* listen.c */
void listen_on(const struct asker *asker, const char *scope, const char *name, const char *protocol, int first, int last);
void listen_end(const struct asker *asker, const char *scope, const char *protocol, int first, int last);

/* relay.c */
void relay_on(const struct asker *asker, const char *name, int port);

/* probe.c */
#define PROBE_MAGIC "TLPROBE1"
#define PROBE_PAYLOAD 16
struct probe_request {
  const char *scope, *protocol, *source, *destination;
  int port;
  uint32_t mark;
  int deadline_ms;
  bool again;
};
void probe_start(const struct asker *asker, const struct probe_request *request);
void probe_forget(int place);
int probe_timeout(void);
void probe_tick(void);

/* capture.c: a process of its own, in the node's network */
int capture_frames(const char *device, long count, long seconds, const char *netns);

/* neighbours.c */
void neighbours_forget(const struct asker *asker, const char *scope);

/* watch.c */
void watch_start(const struct asker *asker, const char *scope, const char *mode);
void watch_seen(const struct asker *asker, unsigned offset);
void watch_end(const struct asker *asker);

#endif
