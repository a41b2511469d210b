#include "engine/base/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

enum { MEGABYTE = 1024 * 1024, MOST = 64 * MEGABYTE };

struct world {
    char folder[64];
    struct arena *arena;
    struct spools *spools;
    struct error err;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    strcpy(world->folder, "/tmp/test_spool.XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    world->arena = arena_open();
    spools_open(world->folder, MOST, &world->spools);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    spools_close(&world->spools);
    arena_close(&world->arena);
    assert_int_equal(rmdir(world->folder), 0); /* so nothing was left in it */
    free(world);
    return 0;
}

/* Bytes that are not all alike, so that two chunks differ. */
static struct bytes make(struct world *world, size_t size)
{
    unsigned char *bytes = arena_alloc(world->arena, size);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(i * 31 + i / 251);
    return (struct bytes){bytes, size};
}

static struct spool *filled(struct world *world, struct bytes bytes, size_t step)
{
    struct spool *spool;
    spool_open(world->spools, MOST, &spool);
    for (size_t at = 0; at < bytes.size; at += step) {
        size_t size = bytes.size - at < step ? bytes.size - at : step;
        assert_true(spool_write(spool, (struct bytes){bytes.data + at, size}, &world->err));
    }
    assert_true(spool_finish(spool, &world->err));
    return spool;
}

/* The nameless file of the only spool there is. */
static int its_file(const struct world *world)
{
    int found = -1;
    DIR *open_files = opendir("/proc/self/fd");
    for (struct dirent *entry; (entry = readdir(open_files));) {
        char link[300], target[300] = "";
        snprintf(link, sizeof link, "/proc/self/fd/%s", entry->d_name);
        if (readlink(link, target, sizeof target - 1) > 0 && strstr(target, world->folder) &&
            strcmp(target, world->folder) != 0)
            found = open(link, O_RDWR | O_CLOEXEC);
    }
    closedir(open_files);
    return found;
}

static void flip(int file, off_t at)
{
    unsigned char byte;
    assert_int_equal(pread(file, &byte, 1, at), 1);
    byte ^= 1;
    assert_int_equal(pwrite(file, &byte, 1, at), 1);
}

static void what_was_written_is_read_again_whatever_its_size(void **state)
{
    static const size_t sizes[] = {0,     1,      4096,   65535,    65536,
                                   65537, 131072, 131073, MEGABYTE, 3 * MEGABYTE + 7};
    static const size_t steps[] = {7919, 65536, 100000};
    struct world *world = *state;
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (size_t j = 0; j < COUNT(steps); j++) {
            struct bytes wanted = make(world, sizes[i]);
            CLEANUP(spool_close) struct spool *spool = filled(world, wanted, steps[j]);

            assert_int_equal(spool_size_bytes(spool), sizes[i]);
            struct crypto_sha256 digest = spool_sha256(spool), right = crypto_sha256(wanted);
            assert_memory_equal(digest.bytes, right.bytes, sizeof digest.bytes);
            struct content content = spool_content(spool);
            struct bytes got;
            assert_true(content_whole(world->arena, &content, MOST, &got, &world->err));
            assert_int_equal(got.size, wanted.size);
            if (wanted.size)
                assert_memory_equal(got.data, wanted.data, wanted.size);
        }
}

static void it_is_read_from_any_place(void **state)
{
    struct world *world = *state;
    struct bytes wanted = make(world, 300000);
    CLEANUP(spool_close) struct spool *spool = filled(world, wanted, 5000);
    struct content content = spool_content(spool);
    unsigned char run[90000];
    for (int64_t at = 210000; at >= 0; at -= 30000) {
        assert_true(content_read(&content, at, run, sizeof run, &world->err));
        assert_memory_equal(run, wanted.data + at, sizeof run);
    }
}

static void a_small_one_has_no_file_and_a_large_one_has_one_without_a_name(void **state)
{
    struct world *world = *state;
    struct spool *small = filled(world, make(world, SPOOL_MEMORY_BYTES), 1000);
    assert_int_equal(its_file(world), -1);
    spool_close(&small);

    struct spool *large = filled(world, make(world, SPOOL_MEMORY_BYTES + 1), 1000);
    int file = its_file(world);
    assert_true(file >= 0);
    struct stat about;
    assert_int_equal(fstat(file, &about), 0);
    assert_int_equal(about.st_nlink, 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    close(file);
    spool_close(&large);
}

static void key_2_nothing_of_it_lies_in_clear_in_its_file(void **state)
{
    struct world *world = *state;
    struct bytes wanted = make(world, 200000);
    memcpy((unsigned char *)wanted.data + 70000, "FJORDVIK-SECRET", 15);
    CLEANUP(spool_close) struct spool *spool = filled(world, wanted, 9999);
    int file = its_file(world);
    struct stat about;
    assert_int_equal(spool_size_bytes(spool), wanted.size);
    assert_int_equal(fstat(file, &about), 0);
    unsigned char *lying = arena_alloc(world->arena, (size_t)about.st_size);
    assert_int_equal(pread(file, lying, (size_t)about.st_size, 0), about.st_size);
    assert_null(memmem(lying, (size_t)about.st_size, "FJORDVIK-SECRET", 15));
    assert_null(memmem(lying, (size_t)about.st_size, wanted.data + 1000, 16));
    close(file);
}

static void key_3_a_byte_that_the_disk_changed_is_noticed_wherever_it_lies(void **state)
{
    struct world *world = *state;
    static const off_t places[] = {0, 40000, 65536, 65552, 131100, 200000};
    struct bytes wanted = make(world, 200000);
    for (size_t i = 0; i < COUNT(places); i++) {
        CLEANUP(spool_close) struct spool *spool = filled(world, wanted, 9999);
        int file = its_file(world);
        flip(file, places[i]);
        struct content content = spool_content(spool);
        struct bytes got;
        world->err = (struct error){0};
        assert_false(content_whole(world->arena, &content, MOST, &got, &world->err));
        assert_int_equal(world->err.code, ERROR_BROKEN);
        close(file);
    }
}

static void key_3_one_that_was_cut_off_is_noticed(void **state)
{
    struct world *world = *state;
    CLEANUP(spool_close) struct spool *spool = filled(world, make(world, 200000), 9999);
    int file = its_file(world);
    assert_int_equal(ftruncate(file, 190000), 0);
    struct content content = spool_content(spool);
    unsigned char byte;
    world->err = (struct error){0};
    assert_false(content_read(&content, 0, &byte, 1, &world->err));
    assert_int_equal(world->err.code, ERROR_BROKEN);
    close(file);
}

static void file_2_one_byte_past_its_limit_is_not_taken(void **state)
{
    struct world *world = *state;
    CLEANUP(spool_close) struct spool *spool = NULL;
    spool_open(world->spools, 100000, &spool);
    assert_true(spool_write(spool, make(world, 100000), &world->err));
    world->err = (struct error){0};
    assert_false(spool_write(spool, make(world, 1), &world->err));
    assert_int_equal(world->err.code, ERROR_LIMIT);
    assert_int_equal(spool_size_bytes(spool), 100000);
}

static void file_2_all_together_have_a_limit_and_room_comes_back(void **state)
{
    struct world *world = *state;
    struct bytes half = make(world, MOST / 2);
    CLEANUP(spool_close) struct spool *first = filled(world, half, MEGABYTE);
    struct spool *second = filled(world, half, MEGABYTE);
    assert_int_equal(spool_size_bytes(first) + spool_size_bytes(second), MOST);
    assert_int_equal(spools_held_bytes(world->spools), MOST);

    CLEANUP(spool_close) struct spool *third = NULL;
    spool_open(world->spools, MOST, &third);
    world->err = (struct error){0};
    assert_false(spool_write(third, make(world, 1), &world->err));
    assert_int_equal(world->err.code, ERROR_UNAVAILABLE);

    spool_close(&second);
    spool_close(&third);
    spool_open(world->spools, MOST, &third);
    assert_true(spool_write(third, make(world, 1), &world->err));
    assert_true(spool_finish(third, &world->err));
}

/* No file may grow further: what a full disk is to one. */
static void d_6_when_the_disk_takes_no_more_it_is_for_later_and_nothing_is_left(void **state)
{
    struct world *world = *state;
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){MEGABYTE, before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    struct spool *spool;
    spool_open(world->spools, MOST, &spool);
    struct bytes most = make(world, 2 * MEGABYTE);
    world->err = (struct error){0};

    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    bool written = spool_write(spool, most, &world->err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);

    assert_false(written);
    assert_int_equal(world->err.code, ERROR_UNAVAILABLE);
    spool_close(&spool);
    assert_int_equal(spools_held_bytes(world->spools), 0);
    spool = filled(world, most, MEGABYTE); /* by itself, when there is space again */
    spool_close(&spool);
}

static void a_folder_that_is_not_there_is_an_error_of_the_disk(void **state)
{
    struct world *world = *state;
    CLEANUP(spools_close) struct spools *nowhere = NULL;
    spools_open("/tmp/test_spool.nowhere", MOST, &nowhere);
    CLEANUP(spool_close) struct spool *spool = NULL;
    spool_open(nowhere, MOST, &spool);
    world->err = (struct error){0};
    assert_false(spool_write(spool, make(world, 70000), &world->err));
    assert_int_equal(world->err.code, ERROR_BROKEN);
}

static void without_a_folder_all_of_it_stays_in_memory(void **state)
{
    struct world *world = *state;
    CLEANUP(spools_close) struct spools *memory = NULL;
    spools_open(NULL, MOST, &memory);
    struct bytes wanted = make(world, 200000);
    CLEANUP(spool_close) struct spool *spool = NULL;
    spool_open(memory, MOST, &spool);
    assert_true(spool_write(spool, wanted, &world->err) && spool_finish(spool, &world->err));
    struct content content = spool_content(spool);
    assert_null(content.read);
    assert_memory_equal(content.bytes.data, wanted.data, wanted.size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_written_is_read_again_whatever_its_size, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(it_is_read_from_any_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_small_one_has_no_file_and_a_large_one_has_one_without_a_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(key_2_nothing_of_it_lies_in_clear_in_its_file, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            key_3_a_byte_that_the_disk_changed_is_noticed_wherever_it_lies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(key_3_one_that_was_cut_off_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(file_2_one_byte_past_its_limit_is_not_taken, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(file_2_all_together_have_a_limit_and_room_comes_back,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            d_6_when_the_disk_takes_no_more_it_is_for_later_and_nothing_is_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_folder_that_is_not_there_is_an_error_of_the_disk, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(without_a_folder_all_of_it_stays_in_memory, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
