// A library to preload: the n-th system call of one kind fails, as on a machine that is full, broken
// or out of memory. Controlled by the environment:
//
//     FAIL_CALL   open, read, write, map, sync, rename or allocate
//     FAIL_AT     which call fails, from 1 on; all later ones work again
//     FAIL_AGAIN  "1": later ones fail as well
//     FAIL_FILE   the number of calls that were seen is written there at the end
//
// Calls count once a file of a model or a socket was opened: what fails before is the start of any
// program.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long seen;
static atomic_int counting;
static long fail_at;
static int again;
static const char* failing = "";

#ifndef WITHOUT_ALLOCATIONS
extern void* __libc_malloc(size_t);
extern void* __libc_calloc(size_t, size_t);
extern void* __libc_realloc(void*, size_t);
extern void* __libc_memalign(size_t, size_t);
#endif

__attribute__((constructor)) static void Configure(void) {
  const char* const call = getenv("FAIL_CALL");
  const char* const at = getenv("FAIL_AT");
  const char* const more = getenv("FAIL_AGAIN");
  failing = call == NULL ? "" : call;
  fail_at = at == NULL ? 0 : atol(at);
  again = more != NULL && strcmp(more, "1") == 0;
}

__attribute__((destructor)) static void Report(void) {
  const char* const path = getenv("FAIL_FILE");
  if (path == NULL) return;
  char text[32];
  const int length = snprintf(text, sizeof text, "%ld\n", atomic_load(&seen));
  const long file =
      syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return;
  syscall(SYS_write, file, text, (size_t)length);
  syscall(SYS_close, file);
}

static int Fails(const char* call) {
  if (!atomic_load(&counting) || strcmp(call, failing) != 0) return 0;
  const long number = atomic_fetch_add(&seen, 1) + 1;
  return number == fail_at || (again && fail_at > 0 && number > fail_at);
}

static int IsOfAModel(const char* path) {
  return strstr(path, ".safetensors") != NULL || strstr(path, "config.json") != NULL;
}

static int Open(int folder, const char* path, int flags, mode_t mode) {
  if (IsOfAModel(path)) atomic_store(&counting, 1);
  if (Fails("open")) {
    errno = EMFILE;
    return -1;
  }
  return (int)syscall(SYS_openat, folder, path, flags, mode);
}

#define MODE_OF(flags)                    \
  mode_t mode = 0;                        \
  if ((flags) & (O_CREAT | __O_TMPFILE)) { \
    va_list list;                         \
    va_start(list, flags);                \
    mode = va_arg(list, mode_t);          \
    va_end(list);                         \
  }

int open(const char* path, int flags, ...) {
  MODE_OF(flags)
  return Open(AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  MODE_OF(flags)
  return Open(AT_FDCWD, path, flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
  MODE_OF(flags)
  return Open(folder, path, flags, mode);
}
int openat64(int folder, const char* path, int flags, ...) {
  MODE_OF(flags)
  return Open(folder, path, flags, mode);
}

ssize_t read(int file, void* data, size_t count) {
  if (Fails("read")) {
    errno = EIO;
    return -1;
  }
  return syscall(SYS_read, file, data, count);
}
ssize_t pread(int file, void* data, size_t count, off_t offset) {
  if (Fails("read")) {
    errno = EIO;
    return -1;
  }
  return syscall(SYS_pread64, file, data, count, offset);
}
ssize_t pread64(int file, void* data, size_t count, off64_t offset) {
  return pread(file, data, count, offset);
}

int socket(int domain, int type, int protocol) {
  atomic_store(&counting, 1);
  if (Fails("open")) {
    errno = EMFILE;
    return -1;
  }
  return (int)syscall(SYS_socket, domain, type, protocol);
}
ssize_t recv(int file, void* data, size_t count, int flags) {
  if (Fails("read")) {
    errno = ECONNRESET;
    return -1;
  }
  return syscall(SYS_recvfrom, file, data, count, flags, NULL, NULL);
}
ssize_t send(int file, const void* data, size_t count, int flags) {
  if (Fails("write")) {
    errno = ECONNRESET;
    return -1;
  }
  return syscall(SYS_sendto, file, data, count, flags, NULL, 0);
}

// Standard error is where failures are told.
ssize_t write(int file, const void* data, size_t count) {
  if (file != STDERR_FILENO && Fails("write")) {
    errno = ENOSPC;
    return -1;
  }
  return syscall(SYS_write, file, data, count);
}

int fsync(int file) {
  if (Fails("sync")) {
    errno = EIO;
    return -1;
  }
  return (int)syscall(SYS_fsync, file);
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned int flags) {
  if (Fails("rename")) {
    errno = EIO;
    return -1;
  }
  return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) {
  return renameat2(from_folder, from, to_folder, to, 0);
}
int rename(const char* from, const char* to) {
  return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}
int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) {
  if (Fails("rename")) {
    errno = EIO;
    return -1;
  }
  return (int)syscall(SYS_linkat, from_folder, from, to_folder, to, flags);
}

void* mmap(void* address, size_t length, int protection, int flags, int file, off_t offset) {
  if (file >= 0 && Fails("map")) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  return (void*)syscall(SYS_mmap, address, length, protection, flags, file, offset);
}
void* mmap64(void* address, size_t length, int protection, int flags, int file, off64_t offset) {
  return mmap(address, length, protection, flags, file, offset);
}

#ifndef WITHOUT_ALLOCATIONS  // which are a sanitizer's own
static int OutOfMemory(void) {
  if (!Fails("allocate")) return 0;
  errno = ENOMEM;
  return 1;
}
void* malloc(size_t size) { return OutOfMemory() ? NULL : __libc_malloc(size); }
void* calloc(size_t count, size_t size) {
  return OutOfMemory() ? NULL : __libc_calloc(count, size);
}
void* realloc(void* data, size_t size) { return OutOfMemory() ? NULL : __libc_realloc(data, size); }
void* aligned_alloc(size_t alignment, size_t size) {
  return OutOfMemory() ? NULL : __libc_memalign(alignment, size);
}
int posix_memalign(void** data, size_t alignment, size_t size) {
  if (OutOfMemory()) return ENOMEM;
  *data = __libc_memalign(alignment, size);
  return *data == NULL ? ENOMEM : 0;
}
#endif
