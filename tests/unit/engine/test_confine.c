/* Each try is a process of its own that confines itself as the program does, and then does what a
 * stranger in it would: how it ended is looked at from here. */
#include "engine/confine.h"

#include "engine/confine_inside.h"

#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { DONE, REFUSED, NOT_CONFINED = 90 };

struct ward {
    struct arena *arena;
    char *folder, *outside;
    struct config config;
};

static int set_up(void **state)
{
    struct ward *ward = calloc(1, sizeof *ward);
    assert_non_null(ward);
    ward->arena = arena_open();
    ward->folder = folder_make(ward->arena);
    ward->outside = folder_make(ward->arena);
    config_init(&ward->config);
    ward->config.data = arena_printf(ward->arena, "%s/data", ward->folder);
    assert_int_equal(mkdir(arena_printf(ward->arena, "%s/forms", ward->folder), 0700), 0);
    ward->config.forms = arena_printf(ward->arena, "%s/forms", ward->folder);
    folder_write(ward->arena, ward->config.forms, "form.xml", "<form/>");
    folder_write(ward->arena, ward->outside, "secret", "of others");
    *state = ward;
    return 0;
}

static int tear_down(void **state)
{
    struct ward *ward = *state;
    folder_remove(ward->folder);
    folder_remove(ward->outside);
    arena_close(&ward->arena);
    free(ward);
    return 0;
}

static bool is_possible(const struct ward *ward)
{
    if (confine_how(&ward->config) == CONFINE_WATCHED)
        print_message("not tried: a sanitizer is in the program\n");
    return confine_how(&ward->config) != CONFINE_WATCHED;
}

/* What a try gave back, or minus the signal that ended it. */
static int in_confinement(struct ward *ward, int (*try)(struct ward *ward))
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct error err;
        prctl(PR_SET_DUMPABLE, 0); /* no core, whatever this machine does with them */
        if (freopen("/dev/null", "w", stderr) == NULL || !confine_files(&ward->config, &err) ||
            !confine_calls(&ward->config, &err))
            _exit(NOT_CONFINED);
        _exit(try(ward));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int opens(const char *path, int flags)
{
    return open(path, flags | O_CLOEXEC, 0600) >= 0 ? DONE : errno == EACCES ? REFUSED : errno;
}

static int read_outside(struct ward *ward)
{
    return opens(arena_printf(ward->arena, "%s/secret", ward->outside), O_RDONLY);
}

static int write_outside(struct ward *ward)
{
    return opens(arena_printf(ward->arena, "%s/new", ward->outside), O_WRONLY | O_CREAT);
}

static int list_root(struct ward *ward)
{
    (void)ward;
    return opens("/", O_RDONLY | O_DIRECTORY);
}

static int list_homes(struct ward *ward)
{
    (void)ward;
    return opens("/home", O_RDONLY | O_DIRECTORY);
}

static int write_forms(struct ward *ward)
{
    return opens(arena_printf(ward->arena, "%s/form.xml", ward->config.forms), O_WRONLY);
}

static int write_certificates(struct ward *ward)
{
    (void)ward;
    return opens("/etc/new", O_WRONLY | O_CREAT);
}

static int link_out(struct ward *ward)
{
    const char *name = arena_printf(ward->arena, "%s/name", ward->config.data);
    if (symlink("/home", name) == 0 || errno != EACCES)
        return DONE;
    return REFUSED;
}

static int read_forms(struct ward *ward)
{
    return opens(arena_printf(ward->arena, "%s/form.xml", ward->config.forms), O_RDONLY);
}

static int write_data(struct ward *ward)
{
    const char *folder = arena_printf(ward->arena, "%s/print", ward->config.data);
    const char *name = arena_printf(ward->arena, "%s/a", folder);
    const char *other = arena_printf(ward->arena, "%s/b", ward->config.data);
    if (mkdir(folder, 0700) != 0 || opens(name, O_RDWR | O_CREAT) != DONE ||
        truncate(name, 10) != 0 || rename(name, other) != 0 || unlink(other) != 0)
        return REFUSED;
    return opens(folder, O_TMPFILE | O_RDWR);
}

static int read_names_and_certificates(struct ward *ward)
{
    (void)ward;
    return opens("/etc/passwd", O_RDONLY) | opens("/etc/ssl/certs", O_RDONLY | O_DIRECTORY) |
           opens("/dev/urandom", O_RDONLY);
}

static void b_3_no_file_outside_is_reached(void **state)
{
    struct ward *ward = *state;
    if (!is_possible(ward) || !confine_landlock())
        skip();
    assert_int_equal(in_confinement(ward, read_outside), REFUSED);
    assert_int_equal(in_confinement(ward, write_outside), REFUSED);
    assert_int_equal(in_confinement(ward, list_root), REFUSED);
    assert_int_equal(in_confinement(ward, list_homes), REFUSED);
    assert_int_equal(in_confinement(ward, write_forms), REFUSED);
    assert_int_equal(in_confinement(ward, write_certificates), REFUSED);
}

static void b_3_its_own_files_are(void **state)
{
    struct ward *ward = *state;
    if (!is_possible(ward))
        skip();
    assert_int_equal(in_confinement(ward, read_forms), DONE);
    assert_int_equal(in_confinement(ward, write_data), DONE);
    assert_int_equal(in_confinement(ward, read_names_and_certificates), DONE);
}

static int start_program(struct ward *ward)
{
    (void)ward;
    char *words[] = {"true", NULL};
    return execv("/bin/true", words) == 0 ? DONE : REFUSED;
}

static int start_process(struct ward *ward)
{
    (void)ward;
    return fork() >= 0 ? DONE : REFUSED;
}

static int look_into_another(struct ward *ward)
{
    (void)ward;
    return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0 ? DONE : REFUSED;
}

static int make_code(struct ward *ward)
{
    (void)ward;
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return mprotect(memory, 4096, PROT_READ | PROT_EXEC) == 0 ? DONE : REFUSED;
}

static int map_code(struct ward *ward)
{
    (void)ward;
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) != MAP_FAILED
               ? DONE
               : REFUSED;
}

static int listen_in_secret(struct ward *ward)
{
    (void)ward;
    return listen(socket(AF_INET, SOCK_STREAM, 0), 1) == 0 ? DONE : REFUSED;
}

static int read_packets(struct ward *ward)
{
    (void)ward;
    return socket(AF_PACKET, SOCK_RAW, 0) >= 0 ? DONE : REFUSED;
}

static int end_parent(struct ward *ward)
{
    (void)ward;
    return kill(getppid(), 0) == 0 ? DONE : REFUSED;
}

static int become_root(struct ward *ward)
{
    (void)ward;
    return setuid(0) == 0 ? DONE : REFUSED;
}

static void b_3_a_call_that_a_site_does_not_need_ends_the_process(void **state)
{
    struct ward *ward = *state;
    int (*const tries[])(struct ward *) = {
        start_program,    start_process, look_into_another, make_code,   map_code,
        listen_in_secret, read_packets,  end_parent,        become_root, link_out};
    if (!is_possible(ward))
        skip();
    for (size_t i = 0; i < COUNT(tries); i++)
        if (in_confinement(ward, tries[i]) != -SIGSYS)
            fail_msg("try %zu went well", i);
}

static void *say_well(void *context)
{
    *(int *)context = 1;
    return NULL;
}

static int start_thread(struct ward *ward)
{
    (void)ward;
    pthread_t thread;
    int was = 0;
    return pthread_create(&thread, NULL, say_well, &was) == 0 && pthread_join(thread, NULL) == 0 &&
                   was
               ? DONE
               : REFUSED;
}

static int end_by_itself(struct ward *ward)
{
    (void)ward;
    abort();
}

static void b_3_threads_start_and_the_process_can_end_itself(void **state)
{
    struct ward *ward = *state;
    if (!is_possible(ward))
        skip();
    assert_int_equal(in_confinement(ward, start_thread), DONE);
    assert_int_equal(in_confinement(ward, end_by_itself), -SIGABRT);
}

static void *exec_when_told(void *context)
{
    int *gate = context;
    char byte;
    (void)!read(gate[0], &byte, 1);
    char *words[] = {"true", NULL};
    execv("/bin/true", words);
    return NULL;
}

/* A thread that was there before: it is confined too, and the whole process ends with it. */
static void b_3_threads_that_run_already_are_confined_too(void **state)
{
    struct ward *ward = *state;
    if (!is_possible(ward))
        skip();
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        int gate[2];
        pthread_t thread;
        struct error err;
        if (freopen("/dev/null", "w", stderr) == NULL || pipe(gate) != 0 ||
            !confine_files(&ward->config, &err) ||
            pthread_create(&thread, NULL, exec_when_told, gate) != 0 ||
            !confine_calls(&ward->config, &err) || write(gate[1], "x", 1) != 1)
            _exit(NOT_CONFINED);
        pthread_join(thread, NULL);
        _exit(DONE);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void b_3_with_log_and_off_nothing_is_ended(void **state)
{
    struct ward *ward = *state;
    if (!is_possible(ward))
        skip();
    ward->config.confine = "log";
    assert_int_equal(in_confinement(ward, read_outside), DONE);
    assert_int_equal(in_confinement(ward, make_code), DONE);
    ward->config.confine = "off";
    assert_int_equal(in_confinement(ward, make_code), DONE);
}

static int be_nobody(struct ward *ward)
{
    struct error err;
    ward->config.user = "nobody";
    return confine_user(&ward->config, &err) && getuid() != 0 && geteuid() != 0 && getegid() != 0 &&
                   setuid(0) != 0
               ? DONE
               : REFUSED;
}

static void b_3_root_becomes_the_user_that_is_named_for_good(void **state)
{
    struct ward *ward = *state;
    struct error err;
    ward->config.user = "no-such-user";
    assert_false(confine_user(&ward->config, &err));
    assert_non_null(strstr(err.text, "there is no such user"));
    if (geteuid() != 0) {
        ward->config.user = "root";
        assert_false(confine_user(&ward->config, &err));
        return;
    }
    pid_t child = fork();
    if (child == 0)
        _exit(be_nobody(ward));
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    ward->config.user = "root";
    assert_false(confine_user(&ward->config, &err));
    assert_non_null(strstr(err.text, "that is root"));
}

#define WITH_WARD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WARD(b_3_no_file_outside_is_reached),
        WITH_WARD(b_3_its_own_files_are),
        WITH_WARD(b_3_a_call_that_a_site_does_not_need_ends_the_process),
        WITH_WARD(b_3_threads_start_and_the_process_can_end_itself),
        WITH_WARD(b_3_threads_that_run_already_are_confined_too),
        WITH_WARD(b_3_with_log_and_off_nothing_is_ended),
        WITH_WARD(b_3_root_becomes_the_user_that_is_named_for_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
