/* bench - what things cost, in one table from one run; tests/bench/run starts it.
 *
 *   bench --program FILE --floor FILE --folder DIR [PART]... */
#include "tests/bench/bench.h"

#include "engine/base/text.h"
#include "engine/base/xml.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double seconds_of(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

double bench_wall_s(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

double bench_thread_s(void)
{
    return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

double bench_process_s(void)
{
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

struct bytes bench_read(struct arena *arena, const char *path)
{
    enum { MOST_BYTES = 2 * 1024 * 1024 };
    FILE *file = fopen(path, "rbe");
    if (!file)
        return (struct bytes){0};
    unsigned char *data = arena_alloc(arena, MOST_BYTES);
    struct bytes content = {data, fread(data, 1, MOST_BYTES, file)};
    fclose(file);
    return content;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

void bench_row(const char *what, const char *figure, const char *baseline, const char *ratio)
{
    printf("%-62s %22s %22s %8s\n", what, figure, baseline, ratio);
    fflush(stdout);
}

bool bench_fail(const char *what, const struct error *err)
{
    fprintf(stderr, "bench: %s: %s\n", what, err->text);
    return false;
}

static const struct part {
    const char *name;
    bool (*run)(const struct bench *bench);
} parts[] = {
    {"pages", bench_pages},         {"mixed", bench_mixed},         {"forms", bench_forms},
    {"rows", bench_rows},           {"catalogue", bench_catalogue}, {"receipt", bench_receipt},
    {"seal", bench_seal},           {"submit", bench_submit},       {"fetch", bench_fetch},
    {"documents", bench_documents}, {"deliver", bench_deliver},     {"hostile", bench_hostile},
};

static bool is_wanted(const struct part *part, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(names[i], part->name))
            return true;
    return count == 0;
}

int main(int count, char **words)
{
    struct bench bench = {.folder = "."};
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char **names = ARENA_ARRAY(arena, (size_t)count, const char *);
    size_t name_count = 0;
    for (int i = 1; i < count; i++) {
        const char **option = text_equal(words[i], "--program")  ? &bench.program
                              : text_equal(words[i], "--floor")  ? &bench.floor
                              : text_equal(words[i], "--folder") ? &bench.folder
                                                                 : NULL;
        if (!option)
            names[name_count++] = words[i];
        else if (++i < count)
            *option = words[i];
    }
    if (!bench.program || !bench.floor) {
        fprintf(stderr, "bench is started by tests/bench/run\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    xml_start();
    bench_row("", "measured", "baseline, same run", "ratio");
    for (size_t i = 0; i < COUNT(parts); i++)
        if (is_wanted(&parts[i], names, name_count) && !parts[i].run(&bench))
            return 1;
    return 0;
}
