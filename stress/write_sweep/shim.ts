/**
 * A library that stands between a program and its writes: it counts those that go to a board's files,
 * kills the program at the Nth or in the middle of it, or lets it fail.
 *
 * SQLite inside of Bun calls the C library for each write, so a preloaded function of the same name
 * comes first. It needs Linux and a C compiler.
 *
 * @module
 */
import { compile } from "../preload.ts";

/**
 * What happens at the chosen write: death before it, death in the middle of it, one that fails, or no
 * room from there on.
 */
export type Fault = "kill" | "torn" | "eio" | "full";

/** The compiled library, or why it is missing. */
export function buildShim(dir: string): { library: string } | { why: string } {
  return compile(dir, "writes", SOURCE);
}

/** The variables that put the library in and choose the write below `under`, counted from 1. */
export function faulty(library: string, { at, fault, under }: { at: number; fault: Fault; under: string }) {
  return { LD_PRELOAD: library, SHIM_AT: String(at), SHIM_FAULT: fault, SHIM_UNDER: under };
}

/** The variables that put the library in and leave one byte in `file` for each write below `under`. */
export function counting(library: string, { file, under }: { file: string; under: string }) {
  return { LD_PRELOAD: library, SHIM_COUNT: file, SHIM_UNDER: under };
}

const SOURCE = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long count;

static int ours(int fd) {
  const char *under = getenv("SHIM_UNDER");
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (under == NULL || length < 0) return 0;
  path[length] = 0;
  return strncmp(path, under, strlen(under)) == 0;
}

/* 0: go on. 1: die in the middle. 2: fail once. 3: no room. */
static int fate(int fd) {
  if (!ours(fd)) return 0;
  const char *at = getenv("SHIM_AT"), *fault = getenv("SHIM_FAULT"), *counter = getenv("SHIM_COUNT");
  if (counter != NULL) {
    int file = open(counter, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (write(file, ".", 1) != 1 || close(file) != 0) abort();
  }
  long chosen = at == NULL ? 0 : atol(at), now = atomic_fetch_add(&count, 1) + 1;
  if (fault == NULL || now < chosen) return 0;
  if (strcmp(fault, "full") == 0) return 3;
  if (now > chosen) return 0;
  if (strcmp(fault, "kill") == 0) kill(getpid(), SIGKILL);
  return strcmp(fault, "torn") == 0 ? 1 : strcmp(fault, "eio") == 0 ? 2 : 0;
}

#define REAL(name) static __typeof__(name) *real; if (real == NULL) real = dlsym(RTLD_NEXT, #name)
#define WRITES(name, offset_t)                                           \\
  ssize_t name(int fd, const void *bytes, size_t n, offset_t offset) {   \\
    REAL(name);                                                          \\
    switch (fate(fd)) {                                                  \\
      case 1: real(fd, bytes, n / 2, offset); kill(getpid(), SIGKILL);   \\
      case 2: errno = EIO; return -1;                                    \\
      case 3: errno = ENOSPC; return -1;                                 \\
      default: return real(fd, bytes, n, offset);                        \\
    }                                                                    \\
  }
#define SYNCS(name)                                                      \\
  int name(int fd) {                                                     \\
    REAL(name);                                                          \\
    int f = fate(fd);                                                    \\
    if (f == 1) kill(getpid(), SIGKILL);                                 \\
    if (f == 2) { errno = EIO; return -1; }                              \\
    return real(fd);                                                     \\
  }
#define CUTS(name, offset_t)                                             \\
  int name(int fd, offset_t length) {                                    \\
    REAL(name);                                                          \\
    int f = fate(fd);                                                    \\
    if (f == 1) kill(getpid(), SIGKILL);                                 \\
    if (f == 2) { errno = EIO; return -1; }                              \\
    return real(fd, length);                                             \\
  }

WRITES(pwrite, off_t)
WRITES(pwrite64, off64_t)
SYNCS(fsync)
SYNCS(fdatasync)
CUTS(ftruncate, off_t)
CUTS(ftruncate64, off64_t)
`;
