/* What delivery costs the pages, and how quick it is: the whole program, its sandbox a process of
 * its own beside it. */
#include "tests/bench/bench.h"
#include "tests/flow/crash.h"
#include "tests/flow/senders.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { VISITS = 400, ROUNDS = 3, HANGING = 4, LETTERS = 120, HOUR_MS = 3600000, MOST_MS = 120000 };

static void open_with(struct crash *crash, const char *channel)
{
    crash_open(crash);
    crash->more[0] = "--channels";
    crash->more[1] = channel;
    crash_start(crash);
}

/* ---- a page while the postbox hangs ---- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* In ms, of Min side as somebody sees it who has sent something. */
static double p99_of_page(struct sender *sender)
{
    static double ms[VISITS];
    char url[256];
    snprintf(url, sizeof url, "%s/min-side", sender->server->site);
    for (size_t i = 0; i < VISITS; i++) {
        double start = bench_wall_s();
        browser_visit(sender->browser, url);
        ms[i] = (bench_wall_s() - start) * 1e3;
    }
    qsort(ms, VISITS, sizeof *ms, compare);
    return ms[VISITS * 99 / 100];
}

static void send_some(struct sender *sender, size_t count)
{
    for (size_t sent = 0; sent < count;)
        if (sender_prepare(sender) && sender_send(sender))
            sent++;
}

/* In turn, so that both meet the same machine. */
static void measure_page(struct arena *arena)
{
    struct crash crash;
    struct sender sender;
    double healthy_ms[ROUNDS], hanging_ms[ROUNDS];
    open_with(&crash, "digipost");
    sender_open(&sender, &crash.server, "Ingrid Fjeld", crash_give_up);
    for (size_t i = 0; i < ROUNDS; i++) {
        crash_tell_sandbox(&crash, "fault", "fault=none&count=0");
        send_some(&sender, HANGING);
        healthy_ms[i] = p99_of_page(&sender);
        crash_tell_sandbox(&crash, "fault", "fault=hang&count=100000");
        send_some(&sender, HANGING);
        hanging_ms[i] = p99_of_page(&sender);
    }
    double healthy = bench_median(healthy_ms, ROUNDS), hanging = bench_median(hanging_ms, ROUNDS);
    bench_row("Min side while the postbox hangs, p99 of 400",
              arena_printf(arena, "%.1f ms", hanging),
              arena_printf(arena, "%.1f ms when it is well", healthy),
              arena_printf(arena, "%.2f", hanging / healthy));
    sender_close(&sender);
    crash_close(&crash);
}

/* ---- letters a second ---- */

static void wait_until_sent(struct senders *senders)
{
    senders_start(senders, senders->at[0].server);
    while (senders_acknowledged(senders) < LETTERS)
        nanosleep(&(struct timespec){.tv_nsec = 20000000L}, NULL);
    senders_finish(senders);
}

/* They lie in the outbox when the program starts, and are due. */
static double letters_a_second(const char *channel)
{
    struct crash crash;
    struct senders senders = {0};
    open_with(&crash, channel);
    crash_tell_sandbox(&crash, "fault", "fault=down&count=100000");
    senders.at[0].server = &crash.server;
    wait_until_sent(&senders);
    size_t letters = senders_acknowledged(&senders);
    (void)server_stop(&crash.server);
    crash_tell_sandbox(&crash, "fault", "fault=none&count=0");
    crash_start_ahead(&crash, HOUR_MS);
    double start = bench_wall_s();
    bool all = ledger_wait(&crash.ledger, letters, MOST_MS);
    double seconds = bench_wall_s() - start;
    senders_close(&senders);
    crash_close(&crash);
    return all ? (double)letters / seconds : 0;
}

static void measure_letters(struct arena *arena)
{
    double digipost = letters_a_second("digipost"), dpi = letters_a_second("dpi");
    bench_row("letters of two documents by Digital post, sandbox and all",
              arena_printf(arena, "%.0f letters/s", dpi),
              arena_printf(arena, "%.0f/s by Digipost's API", digipost),
              arena_printf(arena, "%.2f", digipost > 0 ? dpi / digipost : 0));
}

bool bench_deliver(const struct bench *bench)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    setenv("SKJEMA_PROGRAM", bench->program, 1);
    setenv("MISHAP_PRELOAD", MISHAP_PRELOAD, 1);
    setenv("TMPDIR", bench->folder, 1);
    measure_page(arena);
    measure_letters(arena);
    return true;
}
