/*
 * Making and ending nodes. A node is a process in namespaces of its own; its record in the lab's folder
 * (`NAME.node`: format, pid, start time, boot, kind, socket) says which, safe against a pid that was used again.
 */
#define _GNU_SOURCE
#include "agent.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define BOOT_SIZE 40
#define ENDED_MAX 4096

struct record {
  int pid;
  unsigned long long start;
  char boot[BOOT_SIZE];
};

static bool read_text(const char *path, char *text, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t length = read(fd, text, size - 1);
  close(fd);
  if (length < 0) return false;
  text[length] = '\0';
  text[strcspn(text, "\n")] = '\0';
  return true;
}

/* Best effort: a setting that this kernel lacks is none that the node needs. */
static void set_sysctl(const char *path, const char *value) {
  char full[160];
  snprintf(full, sizeof full, "/proc/sys/net/%s", path);
  int fd = open(full, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  ssize_t written = write(fd, value, strlen(value));
  (void)written;
  close(fd);
}

/* State and start time (field 22, in clock ticks since boot): the fields behind the last ')' of the name. */
static bool read_stat(const char *path, char *state, unsigned long long *start) {
  char text[1024];
  if (!read_text(path, text, sizeof text)) return false;
  char *fields = strrchr(text, ')');
  if (fields == NULL) return false;
  return sscanf(fields + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", state, start) == 2;
}

static bool read_record(int folder, const char *name, struct record *record) {
  char path[NAME_SIZE + 16], text[256] = "";
  snprintf(path, sizeof path, "%s.node", name);
  int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return false;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  return length > 0 && sscanf(text, "1 %d %llu %39s", &record->pid, &record->start, record->boot) == 3 && record->pid > 1;
}

static bool is_alive(const struct record *record) {
  char path[64], boot[BOOT_SIZE], state;
  unsigned long long start;
  if (!read_text("/proc/sys/kernel/random/boot_id", boot, sizeof boot) || strcmp(boot, record->boot) != 0) return false;
  snprintf(path, sizeof path, "/proc/%d/stat", record->pid);
  return read_stat(path, &state, &start) && start == record->start && state != 'Z' && state != 'X';
}

static void remove_record(int folder, const char *name) {
  char path[NAME_SIZE + 16];
  snprintf(path, sizeof path, "%s.node", name);
  unlinkat(folder, path, 0);
}

bool record_process(int folder, const char *name, int pid, const char *kind, const char *socket) {
  char boot[BOOT_SIZE] = "", state, temporary[NAME_SIZE + 16], path[NAME_SIZE + 16], stat[64];
  unsigned long long start = 0;
  snprintf(stat, sizeof stat, "/proc/%d/stat", pid);
  if (!read_stat(stat, &state, &start) || !read_text("/proc/sys/kernel/random/boot_id", boot, sizeof boot)) return false;
  snprintf(temporary, sizeof temporary, "%s.new", name);
  snprintf(path, sizeof path, "%s.node", name);
  int fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  bool written = dprintf(fd, "1 %d %llu %s %s %s\n", pid, start, boot, kind, socket) > 0;
  return close(fd) == 0 && written && renameat(folder, temporary, folder, path) == 0;
}

/* Held by whoever starts or ends nodes, and by every node until its record is written. */
static int lock_folder(int folder) {
  int fd = openat(folder, "start.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0 && flock(fd, LOCK_EX) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

/* ---------------------------------------------------------------- inside the new node */

struct birth {
  int folder, report;
  const char *name, *kind, *socket;
  bool own_user;
};

__attribute__((noreturn, format(printf, 2, 3))) static void stillborn(const struct birth *birth, const char *format, ...) {
  int reason = errno;
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  dprintf(birth->report, "%s: %s\n", text, strerror(reason));
  _exit(1);
}

static void write_record(const struct birth *birth) {
  /* This /proc is still the one outside, so it tells the pid that others know us by. */
  char pid[16] = "";
  if (readlink("/proc/self", pid, sizeof pid - 1) < 0) stillborn(birth, "/proc/self");
  if (!record_process(birth->folder, birth->name, atoi(pid), birth->kind, birth->socket)) stillborn(birth, "writing the record");
}

static int open_control(const struct birth *birth) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(birth->socket) >= sizeof address.sun_path) stillborn(birth, "socket name");
  memcpy(address.sun_path, birth->socket, strlen(birth->socket));
  unlink(birth->socket);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 64) != 0) stillborn(birth, "control socket");
  return fd;
}

/* What is written under `where` stays in this node; the machine's files below stay readable. */
static void cover(const struct birth *birth, const char *where, const char *scratch) {
  char upper[128], work[128], options[512];
  snprintf(upper, sizeof upper, "%s/upper", scratch);
  snprintf(work, sizeof work, "%s/work", scratch);
  if (mkdir(scratch, 0755) != 0 || mkdir(upper, 0755) != 0 || mkdir(work, 0755) != 0) stillborn(birth, "%s", scratch);
  snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s,workdir=%s%s", where, upper, work, birth->own_user ? ",userxattr" : "");
  if (mount("overlay", where, "overlay", 0, options) != 0) stillborn(birth, "overlay on %s", where);
}

/* Empty, whatever the machine has there: it may be a managed host itself, and its folders are no business of a lab's. */
static void own_folder(const struct birth *birth, const char *path) {
  if (mkdir(path, 0755) != 0 && errno != EEXIST) stillborn(birth, "%s", path);
  if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") != 0) stillborn(birth, "own %s", path);
}

static void make_mounts(const struct birth *birth) {
  const unsigned long plain = MS_NOSUID | MS_NODEV;
  if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) stillborn(birth, "private mounts");
  if (mount("proc", "/proc", "proc", plain | MS_NOEXEC, NULL) != 0) stillborn(birth, "own /proc");
  /* Refused inside some containers; only /sys/class/net would show the wrong interfaces then. */
  if (mount("sysfs", "/sys", "sysfs", plain | MS_NOEXEC, NULL) != 0 && errno != EPERM) stillborn(birth, "own /sys");
  if (mount("tmpfs", "/run", "tmpfs", plain, "mode=755") != 0) stillborn(birth, "own /run");
  if (mkdir("/run/netns", 0755) != 0 || mkdir("/run/lock", 01777) != 0) stillborn(birth, "own /run");
  if (strcmp(birth->kind, "host") != 0) return;
  if (mkdir("/run/.cover", 0700) != 0 || mount("tmpfs", "/run/.cover", "tmpfs", plain, "mode=700") != 0) stillborn(birth, "scratch");
  cover(birth, "/etc", "/run/.cover/etc");
  cover(birth, "/var/lib", "/run/.cover/lib");
  /* The overlays keep it; nobody else needs to see it. */
  if (umount2("/run/.cover", MNT_DETACH) != 0 || rmdir("/run/.cover") != 0) stillborn(birth, "scratch");
  own_folder(birth, "/etc/trunkline");
  own_folder(birth, "/var/lib/trunkline");
}

/* A new namespace copies IPv4 settings from the machine: every node starts from the same ones instead. */
static void set_defaults(const char *kind) {
  const bool host = strcmp(kind, "host") == 0, internet = strcmp(kind, "internet") == 0, wire = strcmp(kind, "wire") == 0;
  set_sysctl("ipv4/ip_forward", internet ? "1" : "0");
  set_sysctl("ipv4/conf/all/rp_filter", "0");
  set_sysctl("ipv4/conf/default/rp_filter", "0");
  set_sysctl("ipv4/conf/all/arp_ignore", "0");
  set_sysctl("ipv4/conf/default/arp_ignore", "0");
  if (host) return;
  /* A NIC that loses its first address keeps the others. */
  set_sysctl("ipv4/conf/all/promote_secondaries", "1");
  /* IPv6 is switched on for each NIC that has it, without a wait for duplicate address detection. */
  set_sysctl("ipv6/conf/default/disable_ipv6", "1");
  set_sysctl("ipv6/conf/default/accept_dad", "0");
  set_sysctl("ipv6/conf/default/accept_ra", "0");
  if (internet) set_sysctl("ipv6/conf/all/forwarding", "1");
  if (wire) set_sysctl("ipv6/conf/all/disable_ipv6", "1");
  /* Where br_netfilter is loaded, frames on the wire would pass through nft. */
  set_sysctl("bridge/bridge-nf-call-iptables", "0");
  set_sysctl("bridge/bridge-nf-call-ip6tables", "0");
  set_sysctl("bridge/bridge-nf-call-arptables", "0");
  /* A refusal must be seen as one, however many probes are refused at once. */
  set_sysctl("ipv4/icmp_ratelimit", "0");
  set_sysctl("ipv6/icmp/ratelimit", "0");
}

static void loopback_up(const struct birth *birth) {
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) != 0) stillborn(birth, "lo up");
  close(fd);
}

static void raise_file_limit(void) {
  struct rlimit limit = {1 << 20, 1 << 20};
  if (setrlimit(RLIMIT_NOFILE, &limit) == 0) return;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

__attribute__((noreturn)) static void be_node(const struct birth *birth, int lock) {
  char title[16];
  umask(022);
  setsid();
  /* As pid 1 of its namespace it inherits orphans: ignored, they are reaped by the kernel. */
  signal(SIGCHLD, SIG_IGN);
  snprintf(title, sizeof title, "lab:%.11s", birth->name);
  prctl(PR_SET_NAME, title);
  mode_t former = umask(0177);
  int control = open_control(birth);
  umask(former);
  write_record(birth);
  close(lock);
  if (chdir("/") != 0) stillborn(birth, "/");
  make_mounts(birth);
  if (sethostname(birth->name, strnlen(birth->name, 64)) != 0) stillborn(birth, "hostname");
  set_defaults(birth->kind);
  loopback_up(birth);
  raise_file_limit();
  dprintf(birth->report, "ok\n");
  close(birth->report);
  close(birth->folder);
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null >= 0) {
    for (int fd = 0; fd < 3; fd++) dup2(null, fd);
    close(null);
  }
  run_node(birth->name, control);
  _exit(0);
}

/* ---------------------------------------------------------------- outside */

static bool write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool written = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
  close(fd);
  return written;
}

/* All nodes of a lab without root share one user namespace: that of any node that lives, else a new one. */
static bool enter_user_namespace(int folder) {
  char path[64], map[64];
  unsigned user = geteuid(), group = getegid();
  DIR *entries = fdopendir(dup(folder));
  struct dirent *entry;
  while (entries != NULL && (entry = readdir(entries)) != NULL) {
    char name[NAME_SIZE];
    struct record record;
    char *end = strrchr(entry->d_name, '.');
    if (end == NULL || strcmp(end, ".node") != 0 || (size_t)(end - entry->d_name) >= sizeof name) continue;
    memcpy(name, entry->d_name, (size_t)(end - entry->d_name));
    name[end - entry->d_name] = '\0';
    if (!read_record(folder, name, &record) || !is_alive(&record)) continue;
    snprintf(path, sizeof path, "/proc/%d/ns/user", record.pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool joined = fd >= 0 && setns(fd, CLONE_NEWUSER) == 0;
    if (fd >= 0) close(fd);
    if (!joined) continue;
    closedir(entries);
    return true;
  }
  if (entries != NULL) closedir(entries);
  if (unshare(CLONE_NEWUSER) != 0) return false;
  snprintf(map, sizeof map, "0 %u 1", user);
  if (!write_file("/proc/self/setgroups", "deny") || !write_file("/proc/self/uid_map", map)) return false;
  snprintf(map, sizeof map, "0 %u 1", group);
  return write_file("/proc/self/gid_map", map);
}

/* So many nodes are made at a time: the most of it is the kernel's work, and it has more than one processor. */
#define AT_ONCE 4

/* A node that was begun and has not said yet that it stands. */
struct begun {
  long pid;
  int said, reason;
  char name[NAME_SIZE];
};

/* Those from `first` up to `next` have not been waited for; the one of number n is at n % AT_ONCE. */
static struct begun nodes[AT_ONCE];
static unsigned first, next;

static bool await_birth(int folder) {
  const struct begun *begun = &nodes[first++ % AT_ONCE];
  char text[512] = "";
  size_t length = 0;
  ssize_t got;
  while (begun->pid > 0 && length < sizeof text - 1 && (got = read(begun->said, text + length, sizeof text - 1 - length)) > 0) length += (size_t)got;
  close(begun->said);
  if (begun->pid > 0 && strcmp(text, "ok\n") == 0) {
    printf("{\"node\":\"%s\",\"pid\":%ld,\"fresh\":true}\n", begun->name, begun->pid);
    fflush(stdout);
    return true;
  }
  if (begun->pid > 0) {
    waitpid((pid_t)begun->pid, NULL, 0);
    remove_record(folder, begun->name);
  }
  char escaped[1024];
  text[strcspn(text, "\n")] = '\0';
  if (begun->pid < 0) snprintf(text, sizeof text, "namespaces: %s", strerror(begun->reason));
  if (text[0] == '\0') snprintf(text, sizeof text, "it died while it was made");
  escape_json(text, strlen(text), escaped, sizeof escaped);
  printf("{\"node\":\"%s\",\"error\":\"%s\",\"rights\":%s}\n", begun->name, escaped,
         begun->pid < 0 && (begun->reason == EPERM || begun->reason == ENOSPC) ? "true" : "false");
  return false;
}

static void begin_node(struct birth *birth, int lock) {
  struct record record;
  struct begun *begun = &nodes[next % AT_ONCE];
  if (read_record(birth->folder, birth->name, &record) && is_alive(&record)) {
    printf("{\"node\":\"%s\",\"pid\":%d,\"fresh\":false}\n", birth->name, record.pid);
    return;
  }
  remove_record(birth->folder, birth->name);
  int ends[2] = {-1, -1};
  /* What is buffered must not be written by the child as well. */
  fflush(stdout);
  snprintf(begun->name, sizeof begun->name, "%s", birth->name);
  begun->pid = pipe2(ends, O_CLOEXEC) != 0 ? -1 : syscall(SYS_clone, CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | SIGCHLD, NULL, NULL, NULL, NULL);
  begun->reason = errno;
  if (begun->pid == 0) {
    close(ends[0]);
    for (unsigned sibling = first; sibling < next; sibling++) close(nodes[sibling % AT_ONCE].said);
    birth->report = ends[1];
    be_node(birth, lock);
  }
  close(ends[1]);
  begun->said = ends[0];
  next++;
}

int start_nodes(const char *path, bool own_user) {
  int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int lock = folder < 0 ? -1 : lock_folder(folder);
  if (lock < 0 || fchdir(folder) != 0) {
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return 1;
  }
  if (own_user && !enter_user_namespace(folder)) {
    char escaped[256];
    escape_json(strerror(errno), strlen(strerror(errno)), escaped, sizeof escaped);
    printf("{\"error\":\"user namespace: %s\",\"rights\":true}\n", escaped);
    return 1;
  }
  char line[LINE_SIZE], name[NAME_SIZE], kind[16], control[64];
  bool good = true;
  while (good && fgets(line, sizeof line, stdin) != NULL) {
    good = sscanf(line, "%127s %15s %63s", name, kind, control) == 3;
    struct birth birth = {.folder = folder, .report = -1, .name = name, .kind = kind, .socket = control, .own_user = own_user};
    if (good) begin_node(&birth, lock);
    if (next - first == AT_ONCE) good = await_birth(folder) && good;
  }
  while (first < next) good = await_birth(folder) && good;
  return good ? 0 : 1;
}

/* A pidfd names the process, not the number: checked after it was opened, it cannot be another one any more. */
static int kill_node(const struct record *record) {
  int fd = (int)syscall(SYS_pidfd_open, record->pid, 0);
  if (fd < 0) return -1;
  if (is_alive(record) && syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) == 0) return fd;
  close(fd);
  return -1;
}

static bool is_named(const char *name, int count, char **names) {
  for (int index = 0; index < count; index++)
    if (strcmp(names[index], name) == 0) return true;
  return count == 0;
}

/* All are told to end before any is waited for: the kernel takes their networks down together. */
static struct ending {
  int process;
  char name[NAME_SIZE];
} endings[ENDED_MAX];

int end_nodes(const char *path, int count, char **names) {
  raise_file_limit();
  int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0 || lock_folder(folder) < 0) {
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return 1;
  }
  int told = 0, result = 0;
  DIR *entries = fdopendir(folder);
  struct dirent *entry;
  while (entries != NULL && (entry = readdir(entries)) != NULL) {
    struct ending *ending = &endings[told];
    struct record record;
    char *end = strrchr(entry->d_name, '.');
    const size_t length = end == NULL ? 0 : (size_t)(end - entry->d_name);
    if (end == NULL || strcmp(end, ".node") != 0 || length >= sizeof ending->name) continue;
    memcpy(ending->name, entry->d_name, length);
    ending->name[length] = '\0';
    if (!is_named(ending->name, count, names)) continue;
    if (told == ENDED_MAX - 1) {
      fputs("too many nodes\n", stderr);
      result = 1;
      break;
    }
    ending->process = read_record(folder, ending->name, &record) ? kill_node(&record) : -1;
    remove_record(folder, ending->name);
    if (ending->process >= 0) told++;
    else printf("{\"node\":\"%s\",\"ended\":false}\n", ending->name);
  }
  for (int index = 0; index < told; index++) {
    struct pollfd waiting = {.fd = endings[index].process, .events = POLLIN};
    const bool ended = poll(&waiting, 1, 20000) == 1;
    if (!ended) result = 1;
    printf("{\"node\":\"%s\",\"ended\":%s}\n", endings[index].name, ended ? "true" : "false");
    fflush(stdout);
    close(endings[index].process);
  }
  return result;
}

int list_nodes(const char *path) {
  int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0 && errno == ENOENT) return 0;
  DIR *entries = folder < 0 ? NULL : fdopendir(folder);
  struct dirent *entry;
  while (entries != NULL && (entry = readdir(entries)) != NULL) {
    char name[NAME_SIZE], text[256] = "", kind[16], control[64];
    char *end = strrchr(entry->d_name, '.');
    if (end == NULL || strcmp(end, ".node") != 0 || (size_t)(end - entry->d_name) >= sizeof name) continue;
    memcpy(name, entry->d_name, (size_t)(end - entry->d_name));
    name[end - entry->d_name] = '\0';
    struct record record;
    int fd = read_record(folder, name, &record) && is_alive(&record) ? openat(folder, entry->d_name, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) continue;
    if (read(fd, text, sizeof text - 1) > 0 && sscanf(text, "%*d %*d %*u %*s %15s %63s", kind, control) == 2)
      printf("%s %d %s %s\n", name, record.pid, kind, control);
    close(fd);
  }
  return entries == NULL ? 1 : 0;
}

/* Holds the lock for as long as stdin is open: it goes with whoever started us, however that one ends. */
int hold_lock(const char *path) {
  char byte;
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return 1;
  }
  bool held = flock(fd, LOCK_EX | LOCK_NB) == 0;
  printf(held ? "held\n" : "busy\n");
  fflush(stdout);
  while (held && read(0, &byte, 1) > 0) continue;
  return 0;
}

int node_pid(const char *path, const char *name) {
  struct record record;
  int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return 0;
  const bool lives = strlen(name) < NAME_SIZE && read_record(folder, name, &record) && is_alive(&record);
  close(folder);
  return lives ? record.pid : 0;
}
