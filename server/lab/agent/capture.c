/*
 * Frames of one interface as a pcap file with nanoseconds (draft-ietf-opsawg-pcap) on stdout; on stderr a JSON line when it
 * ends. What cannot be written in time is dropped by the kernel and counted: nothing here grows.
 */
#define _GNU_SOURCE
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define MAGIC 0xa1b23c4du
#define LINKTYPE_ETHERNET 1
/* The longest frame an interface with offloads shows, with room for the tag that the kernel keeps beside it. */
#define FRAME_MAX (256 * 1024)
#define TAG_AT 12
#define TAG_LENGTH 4
#define KERNEL_BUFFER (16 * 1024 * 1024)

struct file_header {
  uint32_t magic;
  uint16_t major, minor;
  uint32_t reserved[2], snap_length, link_type;
};

struct frame_header {
  uint32_t seconds, nanoseconds, length, original;
};

static volatile sig_atomic_t ending;
/* Why stdout took no more; 0 as long as it does. */
static int unwritten;

static void end_capture(int signal) {
  (void)signal;
  ending = 1;
}

static int complain(const char *what) {
  char text[256];
  escape_json(strerror(errno), strlen(strerror(errno)), text, sizeof text);
  fprintf(stderr, "{\"error\":\"%s: %s\"}\n", what, text);
  return 1;
}

static bool enter(const char *netns) {
  int fd = open(netns, O_RDONLY | O_CLOEXEC);
  bool entered = fd >= 0 && setns(fd, CLONE_NEWNET) == 0;
  int reason = errno;
  if (fd >= 0) close(fd);
  errno = reason;
  return entered;
}

/* Bound before it hears anything, so that no frame of another interface is in it. */
static int open_tap(const char *device, bool *loopback) {
  const int size = KERNEL_BUFFER, on = 1;
  struct ifreq request = {0};
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || strlen(device) >= IFNAMSIZ) return -1;
  memcpy(request.ifr_name, device, strlen(device) + 1);
  if (ioctl(fd, SIOCGIFHWADDR, &request) != 0) return -1;
  const int type = request.ifr_hwaddr.sa_family;
  if (type != ARPHRD_ETHER && type != ARPHRD_LOOPBACK) {
    errno = EPFNOSUPPORT;
    return -1;
  }
  *loopback = type == ARPHRD_LOOPBACK;
  if (ioctl(fd, SIOCGIFINDEX, &request) != 0) return -1;
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = request.ifr_ifindex};
  struct packet_mreq promiscuous = {.mr_ifindex = request.ifr_ifindex, .mr_type = PACKET_MR_PROMISC};
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof on) != 0 || setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0 ||
      setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof promiscuous) != 0 ||
      bind(fd, (struct sockaddr *)&address, sizeof address) != 0)
    return -1;
  return fd;
}

/* The kernel takes the outer VLAN tag out of the frame and tells it beside: it goes back to where it was on the wire. */
static size_t put_tag_back(unsigned char *frame, size_t length, const struct tpacket_auxdata *aux) {
  if ((aux->tp_status & TP_STATUS_VLAN_VALID) == 0 || length < TAG_AT) return length;
  const uint16_t protocol = (aux->tp_status & TP_STATUS_VLAN_TPID_VALID) != 0 ? aux->tp_vlan_tpid : ETH_P_8021Q;
  memmove(frame + TAG_AT + TAG_LENGTH, frame + TAG_AT, length - TAG_AT);
  frame[TAG_AT] = (unsigned char)(protocol >> 8);
  frame[TAG_AT + 1] = (unsigned char)protocol;
  frame[TAG_AT + 2] = (unsigned char)(aux->tp_vlan_tci >> 8);
  frame[TAG_AT + 3] = (unsigned char)aux->tp_vlan_tci;
  return length + TAG_LENGTH;
}

/* An interface that is set down is heard again when it is up; one that is removed takes the binding with it. */
static bool is_bound(int tap) {
  struct sockaddr_ll address = {0};
  socklen_t size = sizeof address;
  return getsockname(tap, (struct sockaddr *)&address, &size) == 0 && address.sll_ifindex > 0;
}

static bool put(const void *bytes, size_t length) {
  if (fwrite(bytes, length, 1, stdout) == 1) return true;
  unwritten = errno;
  return false;
}

static bool flush(void) {
  if (fflush(stdout) == 0) return true;
  unwritten = errno;
  return false;
}

/* 1: written; 0: nothing there, or nothing to write; -1: stdout takes no more, or the interface is gone. */
static int take_frame(int tap, bool loopback) {
  static unsigned char frame[FRAME_MAX + TAG_LENGTH];
  struct sockaddr_ll link = {0};
  union {
    char bytes[256];
    struct cmsghdr align;
  } control;
  struct iovec part = {.iov_base = frame, .iov_len = FRAME_MAX};
  struct msghdr message = {.msg_name = &link, .msg_namelen = sizeof link, .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
  ssize_t got = recvmsg(tap, &message, MSG_TRUNC);
  if (got < 0) return errno == EAGAIN || errno == EINTR || (errno == ENETDOWN && is_bound(tap)) ? 0 : -1;
  /* On lo everything is heard twice: as it goes, and as it comes. */
  if (loopback && link.sll_pkttype == PACKET_OUTGOING) return 0;
  struct tpacket_auxdata aux = {0};
  struct timespec time = {0};
  for (struct cmsghdr *one = CMSG_FIRSTHDR(&message); one != NULL; one = CMSG_NXTHDR(&message, one)) {
    if (one->cmsg_level == SOL_PACKET && one->cmsg_type == PACKET_AUXDATA) memcpy(&aux, CMSG_DATA(one), sizeof aux);
    if (one->cmsg_level == SOL_SOCKET && one->cmsg_type == SCM_TIMESTAMPNS) memcpy(&time, CMSG_DATA(one), sizeof time);
  }
  const size_t whole = (size_t)got, kept = whole < FRAME_MAX ? whole : FRAME_MAX;
  const size_t length = put_tag_back(frame, kept, &aux);
  const struct frame_header header = {(uint32_t)time.tv_sec, (uint32_t)time.tv_nsec, (uint32_t)length, (uint32_t)(whole + (length - kept))};
  return put(&header, sizeof header) && put(frame, length) ? 1 : -1;
}

static int64_t remaining_ms(int64_t until) {
  if (until == 0) return -1;
  const int64_t left = until - now_ms();
  return left < 0 ? 0 : left > 60000 ? 60000 : left;
}

/* Gives the number of frames written. Whoever reads may follow: what is there is flushed before waiting. */
static long run_capture(int tap, bool loopback, long count, int64_t until) {
  long frames = 0;
  while (!ending && (count == 0 || frames < count)) {
    struct pollfd waiting[2] = {{.fd = tap, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
    if (poll(waiting, 2, 0) == 0) {
      if (!flush()) break;
      const int64_t left = remaining_ms(until);
      if (left == 0) break;
      if (poll(waiting, 2, (int)left) < 0) continue;
    }
    char byte;
    if (waiting[1].revents != 0 && read(0, &byte, 1) <= 0) break;
    if (until != 0 && now_ms() >= until) break;
    if (waiting[0].revents == 0) continue;
    const int taken = take_frame(tap, loopback);
    if (taken < 0) break;
    frames += taken;
  }
  return frames;
}

int capture_frames(const char *device, long count, long seconds, const char *netns) {
  static const struct file_header header = {MAGIC, 2, 4, {0, 0}, FRAME_MAX + TAG_LENGTH, LINKTYPE_ETHERNET};
  const struct sigaction action = {.sa_handler = end_capture};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGHUP, &action, NULL);
  if (netns != NULL && !enter(netns)) return complain(netns);
  bool loopback = false;
  const int tap = open_tap(device, &loopback);
  if (tap < 0) return complain(device);
  if (!put(&header, sizeof header) || !flush()) return complain("writing");
  /* From here on nothing is missed: whoever waits for that may go on. */
  fprintf(stderr, "{\"listening\":\"%s\"}\n", device);
  const long frames = run_capture(tap, loopback, count, seconds == 0 ? 0 : now_ms() + (int64_t)seconds * 1000);
  if (unwritten == 0) flush();
  /* A reader that has had enough is no failure. */
  if (unwritten != 0 && unwritten != EPIPE) {
    errno = unwritten;
    return complain("writing");
  }
  struct tpacket_stats statistics = {0};
  socklen_t size = sizeof statistics;
  getsockopt(tap, SOL_PACKET, PACKET_STATISTICS, &statistics, &size);
  fprintf(stderr, "{\"frames\":%ld,\"dropped\":%u}\n", frames, statistics.tp_drops);
  return 0;
}
