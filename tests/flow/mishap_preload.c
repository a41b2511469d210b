/* mishap_preload.c - loaded into the process under test: see mishap.h. MISHAP names the file with
 * the page; without it, every call goes through. */
#include "tests/flow/mishap.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static struct mishap *page;

/* The function that stands behind ours. */
#define BEHIND(name)                                                                               \
    static __typeof__(name) *behind;                                                               \
    if (!behind)                                                                                   \
    behind = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void open_page(void)
{
    const char *path = getenv("MISHAP");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *memory = mmap(NULL, sizeof(struct mishap), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory != MAP_FAILED)
        page = memory;
}

/* ---- one call ---- */

struct call {
    enum mishap_kind kind;
    bool dies; /* at this one */
};

static _Noreturn void die(void)
{
    page->has_struck = 1;
    for (;;)
        kill(getpid(), SIGKILL);
}

static struct call begin(enum mishap_kind kind)
{
    struct call call = {.kind = kind};
    if (!page)
        return call;
    int64_t number = atomic_fetch_add(&page->calls[kind], 1) + 1;
    call.dies = page->is_armed && page->kind == (int)kind && page->at == number;
    if (call.dies && page->moment == MISHAP_BEFORE)
        die();
    return call;
}

static bool dies_halfway(const struct call *call)
{
    return call->dies && page->moment == MISHAP_HALFWAY;
}

static ssize_t end(const struct call *call, ssize_t result)
{
    if (call->dies && result >= 0)
        die();
    return result;
}

static bool take_one(_Atomic int64_t *from)
{
    int64_t left = *from;
    while (left > 0)
        if (atomic_compare_exchange_weak(from, &left, left - 1))
            return true;
    return false;
}

/* Whether this call is to fail; errno says why. */
static bool fails(enum mishap_kind kind)
{
    if (!page || !page->failure[kind] || take_one(&page->passes[kind]))
        return false;
    if (take_one(&page->failures[kind])) {
        errno = page->failure[kind];
        return true;
    }
    atomic_fetch_add(&page->calls_after_failure[kind], 1);
    return false;
}

static bool is_socket(int file)
{
    struct stat about;
    return fstat(file, &about) == 0 && S_ISSOCK(about.st_mode);
}

static bool is_file(int file)
{
    struct stat about;
    return fstat(file, &about) == 0 && S_ISREG(about.st_mode);
}

static bool is_folder(int file)
{
    struct stat about;
    return fstat(file, &about) == 0 && S_ISDIR(about.st_mode);
}

/* ---- files ---- */

int fsync(int file)
{
    BEHIND(fsync);
    struct call call = begin(MISHAP_SYNC);
    if (fails(MISHAP_SYNC))
        return -1;
    return (int)end(&call, behind(file));
}

/* Of a folder it is SQLite's, which does not look at the answer: db_sqlite.c has kept the names in
 * it before. Ours are fsync. */
int fdatasync(int file)
{
    BEHIND(fdatasync);
    struct call call = begin(MISHAP_SYNC);
    if (!is_folder(file) && fails(MISHAP_SYNC))
        return -1;
    return (int)end(&call, behind(file));
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t at)
{
    BEHIND(pwrite);
    struct call call = begin(MISHAP_WRITE);
    if (fails(MISHAP_WRITE))
        return -1;
    if (dies_halfway(&call))
        size /= 2;
    return end(&call, behind(file, bytes, size, at));
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off_t at)
{
    return pwrite(file, bytes, size, at);
}

/* What is neither a file nor a socket is the log, which is on nobody's side. */
ssize_t write(int file, const void *bytes, size_t size)
{
    BEHIND(write);
    bool socket = is_socket(file);
    if (!socket && !is_file(file))
        return behind(file, bytes, size);
    struct call call = begin(socket ? MISHAP_SEND : MISHAP_WRITE);
    if (fails(call.kind))
        return -1;
    if (dies_halfway(&call))
        size /= 2;
    return end(&call, behind(file, bytes, size));
}

ssize_t writev(int file, const struct iovec *parts, int count)
{
    BEHIND(writev);
    struct call call = begin(is_socket(file) ? MISHAP_SEND : MISHAP_WRITE);
    if (fails(call.kind))
        return -1;
    if (dies_halfway(&call)) {
        struct iovec half = {parts[0].iov_base, parts[0].iov_len / 2};
        return end(&call, behind(file, &half, 1));
    }
    return end(&call, behind(file, parts, count));
}

int rename(const char *from, const char *to)
{
    BEHIND(rename);
    struct call call = begin(MISHAP_RENAME);
    if (fails(MISHAP_RENAME))
        return -1;
    return (int)end(&call, behind(from, to));
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    BEHIND(renameat);
    struct call call = begin(MISHAP_RENAME);
    if (fails(MISHAP_RENAME))
        return -1;
    return (int)end(&call, behind(from_folder, from, to_folder, to));
}

int ftruncate(int file, off_t size)
{
    BEHIND(ftruncate);
    struct call call = begin(MISHAP_TRUNCATE);
    if (fails(MISHAP_TRUNCATE))
        return -1;
    return (int)end(&call, behind(file, size));
}

int ftruncate64(int file, off_t size)
{
    return ftruncate(file, size);
}

int unlink(const char *path)
{
    BEHIND(unlink);
    struct call call = begin(MISHAP_TRUNCATE);
    return (int)end(&call, behind(path));
}

/* ---- sockets ---- */

ssize_t send(int file, const void *bytes, size_t size, int flags)
{
    BEHIND(send);
    struct call call = begin(MISHAP_SEND);
    if (dies_halfway(&call))
        size /= 2;
    return end(&call, behind(file, bytes, size, flags));
}

ssize_t sendto(int file, const void *bytes, size_t size, int flags, const struct sockaddr *to,
               socklen_t to_size)
{
    BEHIND(sendto);
    struct call call = begin(MISHAP_SEND);
    if (dies_halfway(&call))
        size /= 2;
    return end(&call, behind(file, bytes, size, flags, to, to_size));
}

ssize_t sendmsg(int file, const struct msghdr *message, int flags)
{
    BEHIND(sendmsg);
    struct call call = begin(MISHAP_SEND);
    if (dies_halfway(&call) && message->msg_iovlen) {
        struct iovec half = {message->msg_iov[0].iov_base, message->msg_iov[0].iov_len / 2};
        struct msghdr less = *message;
        less.msg_iov = &half;
        less.msg_iovlen = 1;
        return end(&call, behind(file, &less, flags));
    }
    return end(&call, behind(file, message, flags));
}

ssize_t sendfile(int out, int in, off_t *at, size_t size)
{
    BEHIND(sendfile);
    struct call call = begin(MISHAP_SEND);
    if (dies_halfway(&call))
        size /= 2;
    return end(&call, behind(out, in, at, size));
}

ssize_t sendfile64(int out, int in, off_t *at, size_t size)
{
    return sendfile(out, in, at, size);
}

/* Only what brought something is counted: how often nothing was there yet is chance. */
static ssize_t received(ssize_t result)
{
    int why = errno;
    if (result > 0 && page) {
        struct call call = begin(MISHAP_RECEIVE);
        end(&call, result);
    }
    errno = why;
    return result;
}

ssize_t recv(int file, void *bytes, size_t size, int flags)
{
    BEHIND(recv);
    return received(behind(file, bytes, size, flags));
}

ssize_t recvfrom(int file, void *bytes, size_t size, int flags, struct sockaddr *from,
                 socklen_t *from_size)
{
    BEHIND(recvfrom);
    return received(behind(file, bytes, size, flags, from, from_size));
}

ssize_t read(int file, void *bytes, size_t size)
{
    BEHIND(read);
    ssize_t result = behind(file, bytes, size);
    return result > 0 && is_socket(file) ? received(result) : result;
}

/* What the compiler makes of them where it knows the buffer (_FORTIFY_SOURCE). */
ssize_t __recv_chk(int file, void *bytes, size_t size, size_t room, int flags);
ssize_t __recv_chk(int file, void *bytes, size_t size, size_t room, int flags)
{
    if (size > room)
        abort();
    return recv(file, bytes, size, flags);
}

ssize_t __recvfrom_chk(int file, void *bytes, size_t size, size_t room, int flags,
                       struct sockaddr *from, socklen_t *from_size);
ssize_t __recvfrom_chk(int file, void *bytes, size_t size, size_t room, int flags,
                       struct sockaddr *from, socklen_t *from_size)
{
    if (size > room)
        abort();
    return recvfrom(file, bytes, size, flags, from, from_size);
}

ssize_t __read_chk(int file, void *bytes, size_t size, size_t room);
ssize_t __read_chk(int file, void *bytes, size_t size, size_t room)
{
    if (size > room)
        abort();
    return read(file, bytes, size);
}

/* ---- the clock ---- */

int clock_gettime(clockid_t which, struct timespec *out)
{
    BEHIND(clock_gettime);
    int result = behind(which, out);
    if (result == 0 && which == CLOCK_REALTIME && page) {
        int64_t ahead_ms = page->ahead_ms;
        int64_t ns = out->tv_nsec + ahead_ms % 1000 * 1000000;
        out->tv_sec += ahead_ms / 1000 + (ns >= 1000000000 ? 1 : ns < 0 ? -1 : 0);
        out->tv_nsec = (ns + 1000000000) % 1000000000;
    }
    return result;
}

time_t time(time_t *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}

/* ---- memory ---- */

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

static bool is_refused(void)
{
    if (!page || !page->allocation_at)
        return false;
    if (atomic_fetch_add(&page->allocations, 1) + 1 != page->allocation_at)
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return is_refused() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return is_refused() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return is_refused() ? NULL : __libc_realloc(memory, size);
}
