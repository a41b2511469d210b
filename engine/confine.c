/* confine.c - the user it runs as, and which of the kernel's calls it may make, by seccomp. */
#include "engine/confine.h"

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/confine_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum confine_how confine_how(const struct config *config)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    (void)config;
    return CONFINE_WATCHED;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
    (void)config;
    return CONFINE_WATCHED;
#endif
#endif
    if (text_equal(config->confine, "off"))
        return CONFINE_NOT;
    return text_equal(config->confine, "log") ? CONFINE_LOG : CONFINE_ON;
}

/* ---- The user ---- */

bool confine_user(const struct config *config, struct error *err)
{
    if (!*config->user)
        return true;
    const struct passwd *user = getpwnam(config->user);
    if (!user)
        return error_set(err, ERROR_INVALID, "user is \"%s\": there is no such user", config->user);
    if (geteuid() == user->pw_uid && user->pw_uid != 0)
        return true;
    if (geteuid() != 0)
        return error_set(err, ERROR_INVALID, "user is \"%s\", and only root can become another",
                         config->user);
    if (user->pw_uid == 0)
        return error_set(err, ERROR_INVALID, "user is \"%s\": that is root", config->user);
    if (initgroups(user->pw_name, user->pw_gid) != 0 ||
        setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 ||
        setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0)
        return error_set(err, ERROR_BROKEN, "cannot become %s: %s", config->user, strerror(errno));
    return true;
}

/* ---- The calls ---- */

#define CALL(name) SCMP_SYS(name)

/* By name, not by number: what one machine's kernel lacks is left out there. */
static const int calls[] = {
    /* files and folders, where landlock lets us */
    CALL(read),
    CALL(write),
    CALL(readv),
    CALL(writev),
    CALL(pread64),
    CALL(pwrite64),
    CALL(preadv),
    CALL(pwritev),
    CALL(lseek),
    CALL(close),
    CALL(open),
    CALL(openat),
    CALL(creat),
    CALL(stat),
    CALL(fstat),
    CALL(lstat),
    CALL(newfstatat),
    CALL(statx),
    CALL(statfs),
    CALL(fstatfs),
    CALL(access),
    CALL(faccessat),
    CALL(faccessat2),
    CALL(readlink),
    CALL(readlinkat),
    CALL(getdents64),
    CALL(getcwd),
    CALL(fcntl),
    CALL(flock),
    CALL(fsync),
    CALL(fdatasync),
    CALL(ftruncate),
    CALL(truncate),
    CALL(fallocate),
    CALL(fadvise64),
    CALL(rename),
    CALL(renameat),
    CALL(renameat2),
    CALL(unlink),
    CALL(unlinkat),
    CALL(mkdir),
    CALL(mkdirat),
    CALL(rmdir),
    CALL(link),
    CALL(linkat),
    CALL(chmod),
    CALL(fchmod),
    CALL(fchmodat),
    CALL(fchown),
    CALL(umask),
    CALL(utimensat),
    CALL(dup),
    CALL(dup2),
    CALL(dup3),
    CALL(sendfile),
    CALL(copy_file_range),
    CALL(pipe),
    CALL(pipe2),
    /* memory */
    CALL(munmap),
    CALL(mremap),
    CALL(madvise),
    CALL(brk),
    CALL(mlock),
    CALL(mlock2),
    CALL(munlock),
    CALL(msync),
    CALL(membarrier),
    /* threads, signals, time */
    CALL(futex),
    CALL(set_robust_list),
    CALL(get_robust_list),
    CALL(rseq),
    CALL(set_tid_address),
    CALL(gettid),
    CALL(getpid),
    CALL(getppid),
    CALL(getuid),
    CALL(geteuid),
    CALL(getgid),
    CALL(getegid),
    CALL(sched_yield),
    CALL(sched_getaffinity),
    CALL(sched_getparam),
    CALL(sched_getscheduler),
    CALL(rt_sigaction),
    CALL(rt_sigprocmask),
    CALL(rt_sigreturn),
    CALL(rt_sigtimedwait),
    CALL(sigaltstack),
    CALL(restart_syscall),
    CALL(exit),
    CALL(exit_group),
    CALL(nanosleep),
    CALL(clock_nanosleep),
    CALL(clock_gettime),
    CALL(clock_getres),
    CALL(gettimeofday),
    CALL(time),
    CALL(times),
    CALL(getrusage),
    CALL(getrandom),
    CALL(sysinfo),
    CALL(uname),
    CALL(getrlimit),
    /* connections: those that are listened for are there, and no others come */
    CALL(connect),
    CALL(accept),
    CALL(accept4),
    CALL(bind),
    CALL(getsockname),
    CALL(getpeername),
    CALL(getsockopt),
    CALL(setsockopt),
    CALL(shutdown),
    CALL(sendto),
    CALL(recvfrom),
    CALL(sendmsg),
    CALL(sendmmsg),
    CALL(recvmsg),
    CALL(recvmmsg),
    CALL(poll),
    CALL(ppoll),
    CALL(select),
    CALL(pselect6),
    CALL(epoll_create1),
    CALL(epoll_ctl),
    CALL(epoll_wait),
    CALL(epoll_pwait),
    CALL(eventfd2),
};

/* A call that is allowed with some arguments only. `mask` 0: the argument is the value. */
static const struct limited {
    int call;
    unsigned int argument;
    uint64_t mask, value;
} limited[] = {
    /* memory is either written or run, never made one from the other */
    {CALL(mmap), 2, PROT_EXEC, 0},
    {CALL(mmap), 2, PROT_WRITE, 0},
    {CALL(mprotect), 2, PROT_EXEC, 0},
    /* threads, not processes */
    {CALL(clone), 0, CLONE_THREAD, CLONE_THREAD},
    /* to machines and to daemons here; netlink is asked which addresses there are */
    {CALL(socket), 0, 0, AF_INET},
    {CALL(socket), 0, 0, AF_INET6},
    {CALL(socket), 0, 0, AF_UNIX},
    {CALL(socket), 0, 0, AF_NETLINK},
    {CALL(socketpair), 0, 0, AF_UNIX},
    {CALL(ioctl), 1, 0, FIONREAD},
    {CALL(ioctl), 1, 0, FIONBIO},
    {CALL(ioctl), 1, 0, TCGETS}, /* is standard error a terminal */
    {CALL(prctl), 0, 0, PR_SET_NAME},
    {CALL(prctl), 0, 0, PR_SET_VMA},
    {CALL(prlimit64), 2, 0, 0}, /* limits are read, not set */
};

static int allow_limited(scmp_filter_ctx filter)
{
    int failed = 0;
    for (size_t i = 0; i < COUNT(limited) && !failed; i++) {
        const struct limited *at = &limited[i];
        struct scmp_arg_cmp argument = {at->argument, at->mask ? SCMP_CMP_MASKED_EQ : SCMP_CMP_EQ,
                                        at->mask ? at->mask : at->value, at->value};
        failed = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, at->call, 1, &argument);
    }
    return failed;
}

/* abort() and the like: to ourselves, and to nobody else. */
static int allow_own_end(scmp_filter_ctx filter)
{
    static const int ends[] = {CALL(kill), CALL(tgkill)};
    const struct scmp_arg_cmp self = {0, SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0};
    int failed = 0;
    for (size_t i = 0; i < COUNT(ends) && !failed; i++)
        failed = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, ends[i], 1, &self);
    return failed;
}

static int fill(scmp_filter_ctx filter)
{
    int failed = 0;
    for (size_t i = 0; i < COUNT(calls) && !failed; i++)
        failed = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, calls[i], 0, NULL);
    if (!failed) /* its flags lie in memory, where a filter cannot look: libc then takes clone */
        failed = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOSYS), CALL(clone3), 0, NULL);
    if (!failed)
        failed = allow_limited(filter);
    return failed ? failed : allow_own_end(filter);
}

/* With the same filter for threads that run already. 0, or why not. */
static int load(enum confine_how how)
{
    scmp_filter_ctx filter =
        seccomp_init(how == CONFINE_LOG ? SCMP_ACT_LOG : SCMP_ACT_KILL_PROCESS);
    if (!filter)
        return -ENOMEM;
    int failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (!failed)
        failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (!failed)
        failed = fill(filter);
    if (!failed)
        failed = seccomp_load(filter);
    seccomp_release(filter);
    return failed;
}

static void tell(const struct config *config, enum confine_how how, long landlock)
{
    if (geteuid() == 0 && !config->sandbox)
        log_event(LOG_LEVEL_WARNING, "runs_as_root", "why=\"the setting user is empty\"");
    if (how == CONFINE_WATCHED)
        log_event(LOG_LEVEL_WARNING, "not_confined", "why=\"built with a sanitizer\"");
    else if (how == CONFINE_NOT)
        log_event(LOG_LEVEL_WARNING, "not_confined", "why=\"confine = off\"");
    else if (how == CONFINE_ON && !landlock)
        log_event(LOG_LEVEL_WARNING, "confined", "calls=on files=no why=\"no landlock here\"");
    else
        log_event(LOG_LEVEL_INFO, "confined", "calls=%s files=%s", config->confine,
                  how == CONFINE_ON ? "on" : "no");
}

bool confine_calls(const struct config *config, struct error *err)
{
    enum confine_how how = confine_how(config);
    long landlock = confine_landlock(); /* may not be asked any more after this */
    int failed = how == CONFINE_ON || how == CONFINE_LOG ? load(how) : 0;
    if (failed)
        return error_set(err, ERROR_BROKEN, "seccomp does not work: %s", strerror(-failed));
    tell(config, how, landlock);
    return true;
}

const char *confine_library(struct arena *arena)
{
    const struct scmp_version *version = seccomp_version();
    return arena_printf(arena, "libseccomp %u.%u.%u", version->major, version->minor,
                        version->micro);
}
