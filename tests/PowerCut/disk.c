// A FUSE file system that is a disk with a memory: it records every write and flush, or replays a power cut.
//
//   disk record BASE LOG MOUNT     file `disk` starts as the image BASE; all that happens to it is appended to LOG,
//                                or nowhere if LOG is -
//   disk replay BASE LOG MOUNT     file `disk` is what a power cut left; command `cut` (below) says which one
//
// Files in MOUNT: `disk`, the image; `mark`, to which the application writes what it has promised (each write is one
// record, in order with the disk's); `control`, to which commands are written, one a line:
//
//   delay MICROSECONDS                          every flush takes that long
//   fail write|flush N ERROR once|forever       the Nth from now fails with EIO or ENOSPC
//   cut POINT SEED KEEP TEAR                    replay: records before POINT have happened. Writes up to the last
//                                               flush are there; of later ones KEEP percent, at random by SEED: whole
//                                               (TEAR 0) or in pieces of TEAR bytes; one of the first block whole
//   lie FLUSHES                                 replay: the disk had said of that many flushes too early that they
//                                               succeeded
//
// The log is a sequence of records: kind (4 bytes), length (4), offset (8), then data for writes and marks. A flush is
// two records, when it begins and when it has succeeded: it makes durable what was written before it began, and is
// relied upon only from its end on. BASE is never changed.
#define FUSE_USE_VERSION 32
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fuse3/fuse.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum kind { WRITE = 1, ZEROES = 2, FLUSH_BEGIN = 3, FLUSH_END = 4, MARK = 5 };

enum { SECTOR = 512, BLOCK = 4096 };

struct record {
    uint32_t kind;
    uint32_t length; // bytes written, also of ZEROES, whose data is not stored
    uint64_t offset; // of a write: in the disk; of a flush: its number
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool replaying;
static int base;
static uint8_t *image; // private mapping of BASE; replay: what is durable at the cut
static size_t size;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int open_existing(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) die(path);
    return file;
}

static uint8_t *map(int file, size_t *length, int protection) {
    struct stat status;
    if (fstat(file, &status) != 0) die("fstat");
    uint8_t *memory = mmap(NULL, status.st_size, protection, MAP_PRIVATE | MAP_NORESERVE, file, 0);
    if (memory == MAP_FAILED) die("mmap");
    *length = status.st_size;
    return memory;
}

static bool all_zero(const char *data, size_t length) {
    return length > 0 && data[0] == 0 && memcmp(data, data + 1, length - 1) == 0;
}

// ---- recording

static FILE *output;
static uint64_t flushes;
static unsigned flush_delay;
static struct {
    enum kind operation; // 0: none
    unsigned countdown;
    int error;
    bool forever;
} fault;

static void append(enum kind kind, uint64_t offset, const char *data, size_t length) {
    if (output == NULL) return;
    bool stored = kind == MARK || (kind == WRITE && !all_zero(data, length));
    struct record record = {kind == WRITE && !stored ? ZEROES : kind, (uint32_t)length, offset};
    if (fwrite(&record, sizeof record, 1, output) != 1 || (stored && fwrite(data, length, 1, output) != 1)) {
        die("the recording can not be written");
    }
}

// Called with the lock held: the error to fail with, or 0.
static int injected(enum kind operation) {
    if (fault.operation != operation || (fault.countdown > 1 && fault.countdown--)) return 0;
    if (!fault.forever) fault.operation = 0;
    return fault.error;
}

static int record_write(const char *data, size_t length, off_t offset) {
    pthread_mutex_lock(&lock);
    int error = injected(WRITE);
    if (error == 0) {
        memcpy(image + offset, data, length);
        append(WRITE, offset, data, length);
    }
    pthread_mutex_unlock(&lock);
    return error != 0 ? -error : (int)length;
}

static int record_flush(void) {
    pthread_mutex_lock(&lock);
    int error = injected(FLUSH_BEGIN);
    uint64_t number = error == 0 ? ++flushes : 0;
    unsigned delay = flush_delay;
    if (error == 0) append(FLUSH_BEGIN, number, NULL, 0);
    pthread_mutex_unlock(&lock);
    if (error != 0) return -error;
    if (delay > 0) usleep(delay);
    pthread_mutex_lock(&lock);
    append(FLUSH_END, number, NULL, 0);
    pthread_mutex_unlock(&lock);
    return 0;
}

// ---- replaying

static const uint8_t *log_data;
static size_t record_count;
static uint64_t *records;   // offsets in the log
static uint32_t *durable_at; // per point: records before this one are durable
static uint32_t applied;     // records before this one are in `image`
static uint8_t *overlay; // blocks that differ from `image`: kept writes, and what was written since
static uint8_t *in_overlay;
static uint32_t *touched;
static size_t touched_count;

static struct record at(size_t index) {
    struct record record;
    memcpy(&record, log_data + records[index], sizeof record);
    return record;
}

static void find_durable(size_t lies) {
    uint32_t *begun = calloc(record_count + 1, sizeof *begun); // by number of the flush
    uint32_t *ended = calloc(record_count + 1, sizeof *ended); // where it began, in the order of the ends
    if (begun == NULL || ended == NULL) die("memory");
    size_t count = 0;
    for (size_t index = 0; index < record_count; index++) {
        struct record record = at(index);
        durable_at[index + 1] = durable_at[index];
        if (record.kind == FLUSH_BEGIN) begun[record.offset] = (uint32_t)index;
        if (record.kind != FLUSH_END) continue;
        ended[count++] = begun[record.offset];
        if (count > lies && ended[count - lies - 1] > durable_at[index]) durable_at[index + 1] = ended[count - lies - 1];
    }
    free(begun);
    free(ended);
}

static void load(const char *path) {
    size_t length;
    int file = open_existing(path);
    log_data = map(file, &length, PROT_READ);
    close(file);
    size_t capacity = 1 << 16;
    records = malloc(capacity * sizeof *records);
    for (size_t offset = 0; offset + sizeof(struct record) <= length;) {
        if (record_count == capacity) records = realloc(records, (capacity *= 2) * sizeof *records);
        if (records == NULL) die("memory");
        records[record_count] = offset;
        struct record record = at(record_count);
        offset += sizeof record + (record.kind == WRITE || record.kind == MARK ? record.length : 0);
        if (offset <= length) record_count++;
    }

    durable_at = calloc(record_count + 1, sizeof *durable_at);
    if (durable_at == NULL) die("memory");
    find_durable(0);
}

static void store(uint8_t *target, struct record record, size_t index, size_t from, size_t count) {
    if (record.kind == ZEROES) {
        memset(target, 0, count);
    } else {
        memcpy(target, log_data + records[index] + sizeof record + from, count);
    }
}

static uint8_t *overlay_block(size_t block) {
    if (!in_overlay[block]) {
        in_overlay[block] = 1;
        touched[touched_count++] = (uint32_t)block;
        memcpy(overlay + block * BLOCK, image + block * BLOCK, BLOCK);
    }
    return overlay + block * BLOCK;
}

static size_t within_block(uint64_t offset, size_t length) {
    size_t rest = BLOCK - offset % BLOCK;
    return rest < length ? rest : length;
}

static uint64_t next_random(uint64_t *state) { // splitmix64
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

static void keep(struct record record, size_t index, size_t from, size_t length) {
    for (size_t done = 0; done < length;) {
        uint64_t offset = record.offset + from + done;
        size_t count = within_block(offset, length - done);
        store(overlay_block(offset / BLOCK) + offset % BLOCK, record, index, from + done, count);
        done += count;
    }
}

static int cut(size_t point, uint64_t seed, unsigned percent, size_t tear) {
    if (!replaying || point > record_count || (tear != 0 && tear % SECTOR != 0)) return -EINVAL;
    uint32_t durable = durable_at[point];
    if (durable < applied) {
        munmap(image, size);
        image = map(base, &size, PROT_READ | PROT_WRITE);
        applied = 0;
    }
    for (; applied < durable; applied++) {
        struct record record = at(applied);
        if (record.kind == WRITE || record.kind == ZEROES) store(image + record.offset, record, applied, 0, record.length);
    }

    while (touched_count > 0) in_overlay[touched[--touched_count]] = 0;
    for (size_t index = durable; index < point; index++) {
        struct record record = at(index);
        if (record.kind != WRITE && record.kind != ZEROES) continue;
        // ext4's superblock has its checksum at its end and is not mounted without: it relies on a block that is whole.
        size_t piece = tear == 0 || record.offset < BLOCK ? record.length : tear;
        for (size_t from = 0; from < record.length; from += piece) {
            size_t length = record.length - from < piece ? record.length - from : piece;
            if (next_random(&seed) % 100 < percent) keep(record, index, from, length);
        }
    }
    return 0;
}

// ---- the file system

static int get_attributes(const char *path, struct stat *status, struct fuse_file_info *info) {
    (void)info;
    memset(status, 0, sizeof *status);
    bool root = strcmp(path, "/") == 0, disk = strcmp(path, "/disk") == 0;
    if (!root && !disk && strcmp(path, "/mark") != 0 && strcmp(path, "/control") != 0) return -ENOENT;
    status->st_mode = root ? S_IFDIR | 0700 : S_IFREG | 0600;
    status->st_nlink = root ? 2 : 1;
    status->st_size = disk ? (off_t)size : 0;
    return 0;
}

static int list(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *info,
                enum fuse_readdir_flags flags) {
    (void)path, (void)offset, (void)info, (void)flags;
    return fill(buffer, "disk", NULL, 0, 0) + fill(buffer, "mark", NULL, 0, 0) + fill(buffer, "control", NULL, 0, 0);
}

static int open_file(const char *path, struct fuse_file_info *info) {
    // Opening the disk anew drops what the kernel has cached of it, so a cut shows.
    info->direct_io = strcmp(path, "/disk") != 0;
    return 0;
}

static int truncate_file(const char *path, off_t length, struct fuse_file_info *info) {
    (void)length, (void)info;
    return strcmp(path, "/disk") == 0 ? -EPERM : 0;
}

static int read_disk(const char *path, char *buffer, size_t length, off_t offset, struct fuse_file_info *info) {
    (void)info;
    if (strcmp(path, "/disk") != 0 || offset >= (off_t)size) return 0;
    if (length > size - offset) length = size - offset;
    pthread_mutex_lock(&lock);
    if (!replaying) {
        memcpy(buffer, image + offset, length);
    } else {
        for (size_t done = 0; done < length;) {
            size_t position = offset + done, count = within_block(position, length - done);
            memcpy(buffer + done, (in_overlay[position / BLOCK] ? overlay : image) + position, count);
            done += count;
        }
    }
    pthread_mutex_unlock(&lock);
    return (int)length;
}

static int replay_write(const char *data, size_t length, off_t offset) {
    pthread_mutex_lock(&lock);
    for (size_t done = 0; done < length;) {
        size_t position = offset + done, count = within_block(position, length - done);
        memcpy(overlay_block(position / BLOCK) + position % BLOCK, data + done, count);
        done += count;
    }
    pthread_mutex_unlock(&lock);
    return (int)length;
}

static int run_command(const char *text) {
    char operation[8], error[8], duration[8];
    unsigned long long seed;
    size_t point, tear;
    unsigned number;
    if (replaying && sscanf(text, "lie %u", &number) == 1) {
        find_durable(number);
        return 0;
    }
    if (sscanf(text, "delay %u", &number) == 1) {
        flush_delay = number;
        return 0;
    }
    if (sscanf(text, "cut %zu %llu %u %zu", &point, &seed, &number, &tear) == 4) return cut(point, seed, number, tear);
    if (sscanf(text, "fail %7s %u %7s %7s", operation, &number, error, duration) == 4) {
        fault.operation = strcmp(operation, "flush") == 0 ? FLUSH_BEGIN : WRITE;
        fault.countdown = number;
        fault.error = strcmp(error, "ENOSPC") == 0 ? ENOSPC : EIO;
        fault.forever = strcmp(duration, "forever") == 0;
        return 0;
    }
    return -EINVAL;
}

static int write_file(const char *path, const char *data, size_t length, off_t offset, struct fuse_file_info *info) {
    (void)info;
    if (strcmp(path, "/disk") == 0) {
        if (offset + length > size) return -ENOSPC;
        return replaying ? replay_write(data, length, offset) : record_write(data, length, offset);
    }
    if (replaying && strcmp(path, "/mark") == 0) return (int)length;

    pthread_mutex_lock(&lock);
    int result = 0;
    if (strcmp(path, "/mark") == 0) {
        append(MARK, 0, data, length);
    } else {
        char text[256] = "";
        memcpy(text, data, length < sizeof text ? length : sizeof text - 1);
        result = run_command(text);
    }
    pthread_mutex_unlock(&lock);
    return result < 0 ? result : (int)length;
}

static int sync_file(const char *path, int only_data, struct fuse_file_info *info) {
    (void)only_data, (void)info;
    return replaying || strcmp(path, "/disk") != 0 ? 0 : record_flush();
}

static void finish(void *context) {
    (void)context;
    if (output != NULL && fclose(output) != 0) perror("the recording can not be written");
}

static const struct fuse_operations operations = {
    .getattr = get_attributes,
    .readdir = list,
    .open = open_file,
    .truncate = truncate_file,
    .read = read_disk,
    .write = write_file,
    .fsync = sync_file,
    .destroy = finish,
};

// Whoever leaves a mount namespace last unmounts what is in it. That must not be this process: a file system on `disk`
// could not be unmounted by the one that has to serve it. So this one goes to a namespace of its own, with nothing in it.
static void leave_namespace(void) {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        umount2("/", MNT_DETACH) != 0) {
        die("mount namespace");
    }
}

int main(int count, char **arguments) {
    if (count != 5 || (strcmp(arguments[1], "record") != 0 && strcmp(arguments[1], "replay") != 0)) {
        fprintf(stderr, "usage: disk record|replay BASE LOG MOUNT\n");
        return 2;
    }
    replaying = strcmp(arguments[1], "replay") == 0;
    base = open_existing(arguments[2]);
    image = map(base, &size, PROT_READ | PROT_WRITE);
    if (size % BLOCK != 0) die("the image is no multiple of 4096 bytes");
    if (replaying) {
        load(arguments[3]);
        overlay = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        in_overlay = calloc(size / BLOCK, 1);
        touched = calloc(size / BLOCK, sizeof *touched);
        if (overlay == MAP_FAILED || in_overlay == NULL || touched == NULL) die("memory");
    } else if (strcmp(arguments[3], "-") != 0 && (output = fopen(arguments[3], "wx")) == NULL) {
        die(arguments[3]);
    }

    char *names[] = {"disk", NULL};
    struct fuse_args options = FUSE_ARGS_INIT(1, names);
    struct fuse *fuse = fuse_new(&options, &operations, sizeof operations, NULL);
    if (fuse == NULL || fuse_mount(fuse, arguments[4]) != 0) return 1;
    leave_namespace();
    struct fuse_loop_config config = {.clone_fd = 0, .max_idle_threads = 10};
    int result = fuse_set_signal_handlers(fuse_get_session(fuse)) == 0 ? fuse_loop_mt(fuse, &config) : 1;
    fuse_unmount(fuse);
    fuse_destroy(fuse);
    return result != 0;
}
