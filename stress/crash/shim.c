/*
 * Kills its process at the Nth write to a board's files.
 *
 * Loaded with LD_PRELOAD. KILL_AT=N dies before call N of pwrite, ftruncate, fsync and fdatasync on a
 * file whose name contains "kanban.db"; with KILL_HALF=1 a write dies half done. COUNT_FILE always
 * holds the number of calls so far.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static long calls = 0;
static long kill_at = -1;

static int is_ours(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (n <= 0) return 0;
  path[n] = 0;
  return strstr(path, "kanban.db") != NULL;
}

static void report(long now) {
  static int file = -2;
  char text[32];
  if (file == -2) {
    const char *path = getenv("COUNT_FILE");
    file = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;
  }
  if (file < 0) return;
  int n = snprintf(text, sizeof text, "%10ld\n", now);
  lseek(file, 0, SEEK_SET);
  if (write(file, text, n) < 0) return;
}

/* Whether this call is the one to die at. */
static int is_last(int fd) {
  if (!is_ours(fd)) return 0;
  if (kill_at < 0) {
    const char *at = getenv("KILL_AT");
    kill_at = at ? atol(at) : 0;
  }
  long now = __sync_add_and_fetch(&calls, 1);
  report(now);
  return now == kill_at;
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
  static ssize_t (*real)(int, const void *, size_t, off64_t);
  if (!real) real = dlsym(RTLD_NEXT, "pwrite64");
  if (is_last(fd)) {
    if (getenv("KILL_HALF")) real(fd, data, size / 2, at);
    die();
  }
  return real(fd, data, size, at);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return pwrite64(fd, data, size, at); }

int ftruncate64(int fd, off64_t size) {
  static int (*real)(int, off64_t);
  if (!real) real = dlsym(RTLD_NEXT, "ftruncate64");
  if (is_last(fd)) die();
  return real(fd, size);
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int fsync(int fd) {
  static int (*real)(int);
  if (!real) real = dlsym(RTLD_NEXT, "fsync");
  if (is_last(fd)) die();
  return real(fd);
}

int fdatasync(int fd) {
  static int (*real)(int);
  if (!real) real = dlsym(RTLD_NEXT, "fdatasync");
  if (is_last(fd)) die();
  return real(fd);
}
