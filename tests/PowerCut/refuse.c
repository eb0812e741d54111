// A library to be preloaded: it makes one write or flush of a process fail, on files in one folder.
//
//   REFUSE_FOLDER   the folder; without it nothing happens
//   REFUSE_REPORT   a file that gets a line for each operation counted, "write NAME" or "flush NAME"; the one that
//                   fails has a "!" before it and is the only one when REFUSE_AT is given
//   REFUSE_AT       "write|flush N EIO|ENOSPC|SHORT once|forever": the Nth fails, and all of its kind after it
//                   where "forever". SHORT, for writes only, takes half of the bytes and says so
//
// Counted as writes are also calls that allocate or cut files. It makes system calls itself, so that nothing has to be
// looked up; and it stands in for dlsym, because .NET asks for fsync and its relatives by name.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NONE, WRITE, FLUSH };
enum { SHORT = -1 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *folder;
static int report = -1;
static int wanted; // WRITE or FLUSH; NONE: only count
static unsigned long countdown;
static int failure; // errno, or SHORT
static bool forever;

__attribute__((constructor)) static void begin(void) {
    folder = getenv("REFUSE_FOLDER");
    const char *path = getenv("REFUSE_REPORT"), *at = getenv("REFUSE_AT");
    if (folder == NULL || path == NULL) return;
    report = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    char kind[8], error[8], duration[8];
    if (at != NULL && sscanf(at, "%7s %lu %7s %7s", kind, &countdown, error, duration) == 4) {
        wanted = strcmp(kind, "flush") == 0 ? FLUSH : WRITE;
        failure = strcmp(error, "SHORT") == 0 ? SHORT : strcmp(error, "ENOSPC") == 0 ? ENOSPC : EIO;
        forever = strcmp(duration, "forever") == 0;
    }
}

static void note(int kind, bool failed, const char *path) {
    char line[512];
    const char *name = strrchr(path, '/');
    int length = snprintf(line, sizeof line, "%s%s %s\n", failed ? "!" : "", kind == WRITE ? "write" : "flush",
                          name == NULL ? path : name + 1);
    if (length > 0 && length < (int)sizeof line) (void)!syscall(SYS_write, report, line, length);
}

// Whether an operation on a file is to fail: 0, errno, or SHORT.
static int refused(int file, int kind) {
    if (report < 0) return 0;
    char link[64], path[1024];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    if (strncmp(path, folder, strlen(folder)) != 0) return 0;

    pthread_mutex_lock(&lock);
    int result = 0;
    if (wanted == NONE) {
        note(kind, false, path);
    } else if (kind == wanted && (countdown == 0 || --countdown == 0)) {
        if (countdown == 0 && failure != 0) {
            result = failure;
            note(kind, true, path);
            if (!forever) failure = 0;
        }
    }
    pthread_mutex_unlock(&lock);
    return result;
}

static bool fails(int error) {
    if (error > 0) errno = error;
    return error > 0;
}

static size_t shortened(int error, size_t length) { return error == SHORT && length > 1 ? length / 2 : length; }

ssize_t write(int file, const void *data, size_t length) {
    int error = refused(file, WRITE);
    return fails(error) ? -1 : syscall(SYS_write, file, data, shortened(error, length));
}

ssize_t pwrite64(int file, const void *data, size_t length, off64_t offset) {
    int error = refused(file, WRITE);
    return fails(error) ? -1 : syscall(SYS_pwrite64, file, data, shortened(error, length), offset);
}

ssize_t pwrite(int file, const void *data, size_t length, off_t offset) { return pwrite64(file, data, length, offset); }

ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t offset) {
    int error = refused(file, WRITE);
    return fails(error) ? -1 : syscall(SYS_pwritev, file, parts, error == SHORT ? 1 : count, offset, 0L);
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t offset) {
    return pwritev64(file, parts, count, offset);
}

int ftruncate64(int file, off64_t length) {
    return fails(refused(file, WRITE)) ? -1 : (int)syscall(SYS_ftruncate, file, length);
}

int ftruncate(int file, off_t length) { return ftruncate64(file, length); }

int fallocate64(int file, int mode, off64_t offset, off64_t length) {
    return fails(refused(file, WRITE)) ? -1 : (int)syscall(SYS_fallocate, file, mode, offset, length);
}

int fallocate(int file, int mode, off_t offset, off_t length) { return fallocate64(file, mode, offset, length); }

int posix_fallocate64(int file, off64_t offset, off64_t length) {
    return fallocate64(file, 0, offset, length) == 0 ? 0 : errno;
}

int posix_fallocate(int file, off_t offset, off_t length) { return posix_fallocate64(file, offset, length); }

int fsync(int file) { return fails(refused(file, FLUSH)) ? -1 : (int)syscall(SYS_fsync, file); }

int fdatasync(int file) { return fails(refused(file, FLUSH)) ? -1 : (int)syscall(SYS_fdatasync, file); }

int syncfs(int file) { return fails(refused(file, FLUSH)) ? -1 : (int)syscall(SYS_syncfs, file); }

void *dlsym(void *restrict library, const char *restrict name) {
    static void *(*real)(void *, const char *);
    if (real == NULL) {
        const char *versions[] = {"GLIBC_2.34", "GLIBC_2.2.5", "GLIBC_2.17"};
        for (int index = 0; real == NULL && index < 3; index++) {
            real = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", versions[index]);
        }
    }
    if (strcmp(name, "fsync") == 0) return (void *)fsync;
    if (strcmp(name, "fdatasync") == 0) return (void *)fdatasync;
    if (strcmp(name, "syncfs") == 0) return (void *)syncfs;
    return real == NULL ? NULL : real(library, name);
}
