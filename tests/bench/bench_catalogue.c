/* A thousand forms, one of them broken: how long it takes at the start until one that somebody asks
 * for is there, and until all have been read in the background. Copies of the reduced-payment form,
 * read by a process of its own so that its memory is theirs. */
#include "engine/base/text.h"
#include "engine/catalogue.h"
#include "tests/application.h"
#include "tests/bench/bench.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FORMS = 1000, BROKEN = 500 };
#define LAST "skjema-999"

static bool write_file(const char *path, struct bytes content)
{
    FILE *file = fopen(path, "wbe");
    bool written = file && fwrite(content.data, 1, content.size, file) == content.size;
    return file && fclose(file) == 0 && written;
}

static bool make_forms(struct arena *arena, const char *folder, struct bytes form)
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return false;
    for (int i = 0; i < FORMS; i++) {
        char *own = arena_printf(arena, "%s/skjema-%d", folder, i);
        struct bytes content = form;
        if (i == BROKEN)
            content.size /= 2;
        if ((mkdir(own, 0700) != 0 && errno != EEXIST) ||
            !write_file(arena_printf(arena, "%s/form.xml", own), content))
            return false;
    }
    return true;
}

static void remove_forms(struct arena *arena, const char *folder)
{
    for (int i = 0; i < FORMS; i++) {
        char *own = arena_printf(arena, "%s/skjema-%d", folder, i);
        (void)unlink(arena_printf(arena, "%s/form.xml", own));
        (void)rmdir(own);
    }
    (void)rmdir(folder);
}

/* What the reading process says of itself. */
struct outcome {
    double first_s, all_s, process_s; /* from the start, to one form and to all of them */
    long most_kb;                     /* resident */
    size_t forms, errors;
};

static void count_errors(void *context, const struct finding *finding)
{
    size_t *errors = context;
    *errors += finding->severity == FINDING_ERROR;
}

static void read_forms(const char *folder, int out)
{
    struct outcome outcome = {0};
    struct error err = {0};
    struct catalogue *catalogue = NULL;
    double start = bench_wall_s(), computed = bench_process_s();
    if (catalogue_open(folder, FORM_AGENCY_UNSAID, count_errors, &outcome.errors, &catalogue,
                       &err) &&
        catalogue_find(catalogue, LAST)) {
        outcome.first_s = bench_wall_s() - start;
        (void)catalogue_forms(catalogue, &outcome.forms);
        outcome.all_s = bench_wall_s() - start;
        outcome.process_s = bench_process_s() - computed;
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    outcome.most_kb = usage.ru_maxrss;
    (void)!write(out, &outcome, sizeof outcome);
}

static bool in_own_process(const char *folder, struct outcome *outcome)
{
    int ends[2];
    if (pipe(ends) != 0)
        return false;
    pid_t child = fork();
    if (child == 0) {
        read_forms(folder, ends[1]);
        _exit(0);
    }
    close(ends[1]);
    bool told = child > 0 && read(ends[0], outcome, sizeof *outcome) == sizeof *outcome;
    close(ends[0]);
    if (child > 0)
        (void)waitpid(child, NULL, 0);
    return told;
}

bool bench_catalogue(const struct bench *bench)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct error err = {0};
    const char *folder = arena_printf(arena, "%s/bench-catalogue", bench->folder);
    struct bytes form = bench_read(arena, APPLICATION_FOLDER "/form.xml");
    struct outcome outcome;
    bool done = make_forms(arena, folder, form) && in_own_process(folder, &outcome);
    remove_forms(arena, folder);
    if (!done || outcome.forms != FORMS - 1 || outcome.errors == 0)
        return error_set(&err, ERROR_BROKEN, "a thousand forms cannot be read from %s", folder) ||
               bench_fail("catalogue", &err);
    bench_row(arena_printf(arena, "start with %d forms of %zu kB, until one is there", FORMS,
                           form.size / 1000),
              arena_printf(arena, "%.0f ms wall", outcome.first_s * 1e3), "", "");
    bench_row("  until all are, and the broken one is told of",
              arena_printf(arena, "%.2f s wall", outcome.all_s),
              arena_printf(arena, "%.2f s CPU", outcome.process_s),
              arena_printf(arena, "%.2f", outcome.all_s / outcome.process_s));
    double mb = (double)outcome.most_kb / 1000, files_mb = (double)form.size * FORMS / 1e6;
    bench_row("  most memory of that process", arena_printf(arena, "%.0f MB resident", mb),
              arena_printf(arena, "%.0f MB files", files_mb),
              arena_printf(arena, "%.2f", mb / files_mb));
    return true;
}
