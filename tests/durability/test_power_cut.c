/* The power is cut while people send: the data lies on an ext4 file system in a file, whose journal
 * is shut without being flushed, so that only what was synced is there afterwards. What the server
 * had acknowledged by then must be. Needs root and loop mounts; CUTS in the environment for other
 * than ten.
 *
 * The server is stopped first (SIGSTOP), and what it had sent by then is read, so that no
 * acknowledgement runs a race with the cut. The sandbox's ledger lies outside: the world has power.
 */
#include "tests/flow/crash.h"
#include "tests/flow/senders.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* As in the kernel's fs/ext4 and xfs; not in a header for programs. */
#define SHUTDOWN_OF_FILE_SYSTEM _IOR('X', 125, __u32)
#define WITHOUT_LOG_FLUSH 2

enum {
    CUTS = 10,
    IMAGE_BYTES = 128 * 1024 * 1024,
    SPREAD_MS = 400,
    READ_MS = 150,
    FIRST_MS = 5000
};

struct disk {
    char image[400], mounted_at[600];
};

static void wait_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

static bool run(const char *program, const char *const *words)
{
    struct arena *arena = arena_open();
    const char *said;
    int status = server_run(arena, program, words, &said);
    arena_close(&arena);
    return status == 0;
}

static bool mount_disk(const struct disk *disk)
{
    return run("/bin/mount",
               (const char *const[]){"-o", "loop", disk->image, disk->mounted_at, NULL});
}

static bool make_disk(const struct crash *crash, struct disk *disk)
{
    snprintf(disk->image, sizeof disk->image, "%s/image", crash->base);
    snprintf(disk->mounted_at, sizeof disk->mounted_at, "%s", crash->server.data);
    int file = open(disk->image, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    bool made = file >= 0 && ftruncate(file, IMAGE_BYTES) == 0;
    close(file);
    return made && run("/sbin/mkfs.ext4", (const char *const[]){"-q", disk->image, NULL}) &&
           mount_disk(disk);
}

static void unmount(const struct disk *disk)
{
    for (int i = 0; i < 100 && umount(disk->mounted_at) != 0; i++)
        wait_ms(20);
}

/* The folder of the sandbox is elsewhere. */
static void keep_sandbox_outside(const struct crash *crash)
{
    char outside[400], link[700];
    snprintf(outside, sizeof outside, "%s/sandbox", crash->base);
    snprintf(link, sizeof link, "%s/sandbox", crash->server.data);
    assert_int_equal(mkdir(outside, 0700), 0);
    assert_int_equal(symlink(outside, link), 0);
    assert_int_equal(chmod(crash->server.data, 0700), 0);
    sync(); /* it was there before the first power cut */
}

static void cut_power(struct crash *crash, const struct disk *disk)
{
    int status;
    kill(crash->server.process, SIGSTOP);
    assert_int_equal(waitpid(crash->server.process, &status, WUNTRACED), crash->server.process);
    wait_ms(READ_MS);

    int folder = open(disk->mounted_at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    __u32 how = WITHOUT_LOG_FLUSH;
    if (folder < 0 || ioctl(folder, SHUTDOWN_OF_FILE_SYSTEM, &how) != 0)
        fail_msg("the file system cannot be shut down: %s", strerror(errno));
    close(folder);
    server_kill(&crash->server);
    unmount(disk);
    if (!mount_disk(disk))
        fail_msg("the file system cannot be mounted again");
}

/* Some time after the first acknowledgement since the last cut, however slow the machine is. */
static void wait_for_something_to_lose(const struct senders *senders)
{
    const size_t before = senders_acknowledged(senders);
    for (int waited = 0; waited < FIRST_MS && senders_acknowledged(senders) == before; waited += 5)
        wait_ms(5);
    wait_ms((int)(random() % SPREAD_MS));
}

static void d_5_a_power_cut_loses_nothing_that_was_acknowledged(void **state)
{
    (void)state;
    struct crash crash;
    struct disk disk;
    struct senders senders;
    const char *wanted = getenv("CUTS");
    const long cuts = wanted ? strtol(wanted, NULL, 10) : CUTS;
    crash_open(&crash);
    if (geteuid() != 0 || !make_disk(&crash, &disk)) {
        print_message("skipped: only root can mount a file system to cut the power of\n");
        crash_close(&crash);
        skip();
    }
    keep_sandbox_outside(&crash);
    crash_start(&crash);
    senders_start(&senders, &crash.server);
    srandom(1);
    for (long i = 0; i < cuts; i++) {
        wait_for_something_to_lose(&senders);
        cut_power(&crash, &disk);
        crash_start_later(&crash);
    }
    senders_finish(&senders);
    size_t acknowledged = senders_acknowledged(&senders);
    size_t stored = crash_settle(&crash, senders.at, SENDERS);
    print_message("%ld power cuts, %zu acknowledged, %zu stored and delivered once\n", cuts,
                  acknowledged, stored);
    assert_int_equal(stored, acknowledged);
    assert_true(acknowledged >= (size_t)cuts / 2);
    senders_close(&senders);
    unmount(&disk);
    crash_close(&crash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(d_5_a_power_cut_loses_nothing_that_was_acknowledged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
