/* What one application asks of the disk, in which order, as strace sees it: the database's log is
 * on disk before anybody is told, and a letter's files before the row that says it is delivered.
 * What people upload lies in the database and has no files of its own; files are what a letter into
 * a folder becomes. */
#include "tests/flow/hand.h"
#include "tests/flow/scene.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST_CALLS = 4000, LINE = 600 };

struct traced {
    long thread;
    char text[LINE];
    size_t began, ended; /* number of the line; a call that was interrupted has two */
};

struct trace {
    char path[600];
    pid_t process;
    struct traced *calls;
    size_t count;
};

/* ---- strace ---- */

static _Noreturn void become_strace(const struct trace *trace, pid_t traced, int output)
{
    char process[16];
    snprintf(process, sizeof process, "%d", (int)traced);
    dup2(output, STDERR_FILENO);
    execlp("strace", "strace", "-f", "-y", "-s", "48", "-o", trace->path, "-e",
           "trace=write,writev,pwrite64,fsync,fdatasync,rename,renameat,renameat2,sendto,sendmsg,"
           "recvfrom",
           "-p", process, (char *)NULL);
    _exit(127);
}

/* False: nobody may look at another process here, or there is no strace. */
static bool start(struct trace *trace, const struct scene *scene)
{
    int pipe_ends[2];
    char line[256] = "";
    *trace = (struct trace){0};
    snprintf(trace->path, sizeof trace->path, "%.500s/strace", scene->server.data);
    assert_int_equal(pipe(pipe_ends), 0);
    trace->process = fork();
    if (trace->process == 0)
        become_strace(trace, scene->server.process, pipe_ends[1]);
    close(pipe_ends[1]);
    FILE *said = fdopen(pipe_ends[0], "r");
    bool attached = fgets(line, sizeof line, said) && strstr(line, "attached");
    if (!attached)
        waitpid(trace->process, NULL, 0);
    else /* left open: who speaks to nobody is ended */
        trace->calls = calloc(MOST_CALLS, sizeof *trace->calls);
    return attached;
}

static void take_line(struct trace *trace, size_t number, const char *line)
{
    char *rest;
    long thread = strtol(line, &rest, 10);
    while (*rest == ' ')
        rest++;
    if (text_starts_with(rest, "<...")) {
        for (size_t i = trace->count; i-- > 0;)
            if (trace->calls[i].thread == thread) {
                trace->calls[i].ended = number;
                /* what was received is told at its end */
                strncat(trace->calls[i].text, rest, LINE - strlen(trace->calls[i].text) - 1);
                return;
            }
        return;
    }
    assert_true(trace->count < MOST_CALLS);
    struct traced *call = &trace->calls[trace->count++];
    *call = (struct traced){.thread = thread, .began = number, .ended = number};
    snprintf(call->text, sizeof call->text, "%.500s", rest);
}

static void stop(struct trace *trace)
{
    kill(trace->process, SIGINT);
    waitpid(trace->process, NULL, 0);
    FILE *file = fopen(trace->path, "re");
    assert_non_null(file);
    char line[4096];
    for (size_t number = 1; fgets(line, sizeof line, file); number++)
        take_line(trace, number, line);
    fclose(file);
}

/* ---- what was seen ---- */

static bool says(const struct traced *call, const char *name, const char *about)
{
    return text_starts_with(call->text, name) && strstr(call->text, about);
}

/* The first such call that begins when that one has ended. NULL: any. thread 0: any. */
static const struct traced *next(const struct trace *trace, const struct traced *after, long thread,
                                 const char *name, const char *about)
{
    for (size_t i = 0; i < trace->count; i++) {
        const struct traced *call = &trace->calls[i];
        if (after && (call <= after || call->began <= after->ended))
            continue;
        if ((!thread || call->thread == thread) && says(call, name, about))
            return call;
    }
    fail_msg("no %s of %s where it belongs", name, about);
    return NULL;
}

#define LOG_OF_DATABASE "skjema.db-wal"

/* All that the thread has written to the log by then is on disk. */
static void must_be_synced(const struct trace *trace, long thread, const struct traced *by)
{
    const struct traced *last = NULL;
    for (size_t i = 0; i < trace->count && &trace->calls[i] < by; i++)
        if (trace->calls[i].thread == thread && strstr(trace->calls[i].text, LOG_OF_DATABASE) &&
            !text_starts_with(trace->calls[i].text, "recv"))
            last = &trace->calls[i];
    assert_non_null(last);
    if (!says(last, "fdatasync", LOG_OF_DATABASE) || !strstr(last->text, "= 0") ||
        last->ended >= by->began)
        fail_msg("the last before it is %s", last->text);
}

static void the_log_is_on_disk_before_the_answer(const struct trace *trace)
{
    const struct traced *asked = next(trace, NULL, 0, "recvfrom", "POST /utkast/");
    const struct traced *written = next(trace, asked, 0, "pwrite64", LOG_OF_DATABASE);
    const struct traced *answered = next(trace, written, 0, "send", "HTTP/1.1 303");
    must_be_synced(trace, written->thread, answered);
}

/* write, fsync, rename, fsync of the folder, and then the row that says so. */
static void the_letter_is_on_disk_before_it_is_done(const struct trace *trace)
{
    const struct traced *written = next(trace, NULL, 0, "write", "letter.txt");
    const long thread = written->thread;
    must_be_synced(trace, thread, written); /* `sending` is, before anything goes out (D-8) */
    const struct traced *file = next(trace, written, thread, "fsync", "letter.txt");
    const struct traced *half = next(trace, file, thread, "fsync", "/letters/.");
    const struct traced *named = next(trace, half, thread, "rename", "/letters/");
    const struct traced *folder = next(trace, named, thread, "fsync", "/letters>");
    const struct traced *row = next(trace, folder, thread, "pwrite64", LOG_OF_DATABASE);
    next(trace, row, thread, "fdatasync", LOG_OF_DATABASE);
}

static int set_up_with_folder(void **state)
{
    scene_set_up_folder(state);
    struct scene *scene = *state;
    scene->more[0] = "--channels";
    scene->more[1] = "folder";
    scene_start_again(scene);
    return 0;
}

static void d_2_d_4_what_is_told_is_on_disk(void **state)
{
    struct scene *scene = *state;
    struct trace trace;
    struct hand hand;
    scene_fill_hello(scene, "Ingrid Fjeld");
    if (!start(&trace, scene)) {
        print_message("skipped: strace may not look at a process here\n");
        skip();
    }
    walk_send(&scene->walk);
    hand_reach_in(&scene->server, &hand);
    hand_wait(&hand, DB_SQL("SELECT count(*) FROM outbox WHERE state = 'done'"), 1);
    hand_draw_back(&hand);
    stop(&trace);

    the_log_is_on_disk_before_the_answer(&trace);
    the_letter_is_on_disk_before_it_is_done(&trace);
    free(trace.calls);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(d_2_d_4_what_is_told_is_on_disk, set_up_with_folder,
                                        scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
