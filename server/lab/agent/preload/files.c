/*
 * Loaded into virtiofsd where there is no root (LD_PRELOAD). Two things that only root may do are left out: dropping
 * supplementary groups, of which it keeps those of the user who started it, and with them no right that this user does not
 * have anyway; and O_NOATIME on files of others, which overlayfs in the machine asks for with every file (open(2)).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

int setgroups(size_t count, const gid_t *groups) {
  (void)count;
  (void)groups;
  return 0;
}

static int open_plainly(int folder, const char *path, int flags, mode_t mode) {
  return (int)syscall(SYS_openat, folder, path, flags & ~O_NOATIME, mode);
}

/* The mode is there only where something may be made; read where it is not, it is not used. */
#define OPEN_LIKE(name)                                     \
  int name(int folder, const char *path, int flags, ...);   \
  int name(int folder, const char *path, int flags, ...) {  \
    va_list rest;                                           \
    va_start(rest, flags);                                  \
    mode_t mode = va_arg(rest, mode_t);                     \
    va_end(rest);                                           \
    return open_plainly(folder, path, flags, mode);         \
  }

#undef openat
#undef openat64
OPEN_LIKE(openat)
OPEN_LIKE(openat64)

int __openat_2(int folder, const char *path, int flags);
int __openat_2(int folder, const char *path, int flags) {
  return open_plainly(folder, path, flags, 0);
}

int __openat64_2(int folder, const char *path, int flags);
int __openat64_2(int folder, const char *path, int flags) {
  return open_plainly(folder, path, flags, 0);
}
