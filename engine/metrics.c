#include "engine/metrics.h"

#include "engine/base/clock.h"
#include "engine/http/server.h"
#include "storage/audit.h"
#include "storage/outbox_watch.h"
#include "storage/postbox/digipost.h"
#include "storage/submissions.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Upper bounds of a request's duration; what takes longer is in the last. */
static const int bounds_ms[] = {5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000};
enum { BUCKETS = COUNT(bounds_ms) + 1, CLASSES = 5 };

struct metrics {
    int64_t started_at;
    atomic_llong requests[CLASSES];  /* by the status's first digit */
    atomic_llong refused_busy;       /* 503 */
    atomic_llong durations[BUCKETS]; /* not yet summed up */
    atomic_llong duration_ms;
    atomic_llong compared;
    atomic_llong compared_at;
};

void metrics_open(struct metrics **out)
{
    struct metrics *metrics = calloc(1, sizeof *metrics);
    if (!metrics)
        abort();
    metrics->started_at = clock_now();
    *out = metrics;
}

void metrics_close(struct metrics **metrics)
{
    free(*metrics);
    *metrics = NULL;
}

/* Counting ---------------------------------------------------------------------------------- */

void metrics_answered(struct metrics *metrics, int status, int64_t took_ms)
{
    if (status < 100 || status >= 100 * (CLASSES + 1))
        return;
    size_t bucket = 0;
    while (bucket < COUNT(bounds_ms) && took_ms > bounds_ms[bucket])
        bucket++;
    atomic_fetch_add(&metrics->requests[status / 100 - 1], 1);
    atomic_fetch_add(&metrics->durations[bucket], 1);
    atomic_fetch_add(&metrics->duration_ms, took_ms);
    if (status == 503)
        atomic_fetch_add(&metrics->refused_busy, 1);
}

void metrics_compared(struct metrics *metrics, int64_t count)
{
    atomic_fetch_add(&metrics->compared, count);
    atomic_store(&metrics->compared_at, clock_now());
}

/* Writing ----------------------------------------------------------------------------------- */

/* The lines that stand before a metric's values. */
static void begin(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void one(struct buf *out, const char *name, const char *type, const char *help,
                int64_t value)
{
    begin(out, name, type, help);
    buf_printf(out, "%s %lld\n", name, (long long)value);
}

/* A value inside '"'. Channels are names of ours: this is so that none ever breaks the format. */
static void label(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, "%s=\"", name);
    for (; *value; value++)
        if (*value == '\\' || *value == '"')
            buf_printf(out, "\\%c", *value);
        else
            buf_add_byte(out, *value == '\n' ? ' ' : (unsigned char)*value);
    buf_add_byte(out, '"');
}

static void tallied(struct buf *out, const char *name, const char *help,
                    const struct outbox_tally *tallies, size_t count,
                    int64_t (*value)(const struct outbox_tally *tally))
{
    begin(out, name, "gauge", help);
    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "%s{", name);
        label(out, "state", outbox_state_name(tallies[i].state));
        buf_add_byte(out, ',');
        label(out, "channel", *tallies[i].channel ? tallies[i].channel : "none");
        buf_printf(out, "} %lld\n", (long long)value(&tallies[i]));
    }
}

/* There even when it is 0: what an alarm is set on must never be missing. */
static void write_given_up(struct buf *out, const struct outbox_tally *tallies, size_t count)
{
    int64_t dead = 0, oldest_ms = 0;
    for (size_t i = 0; i < count; i++) {
        bool waits = tallies[i].state != OUTBOX_DONE && tallies[i].state != OUTBOX_DEAD;
        dead += tallies[i].state == OUTBOX_DEAD ? tallies[i].count : 0;
        if (waits && tallies[i].oldest_ms > oldest_ms)
            oldest_ms = tallies[i].oldest_ms;
    }
    one(out, "skjema_outbox_given_up", "gauge", "Deliveries that wait for an operator.", dead);
    one(out, "skjema_outbox_waiting_seconds", "gauge",
        "Age of the oldest delivery that is still to come.", oldest_ms / 1000);
}

static int64_t count_of(const struct outbox_tally *tally)
{
    return tally->count;
}

static int64_t attempts_of(const struct outbox_tally *tally)
{
    return tally->attempts;
}

static int64_t age_of(const struct outbox_tally *tally)
{
    return tally->oldest_ms / 1000;
}

static int64_t differences_of(const struct outbox_tally *tally)
{
    return tally->differences;
}

static bool write_outbox(struct arena *arena, struct db *db, struct buf *out, struct error *err)
{
    struct outbox_tally *tallies;
    size_t count;
    if (!outbox_watch_tally(arena, db, &tallies, &count, err))
        return false;
    write_given_up(out, tallies, count);
    tallied(out, "skjema_outbox_deliveries", "Deliveries by state and where they went.", tallies,
            count, count_of);
    tallied(out, "skjema_outbox_attempts", "Attempts of those deliveries, together.", tallies,
            count, attempts_of);
    tallied(out, "skjema_outbox_oldest_seconds", "Age of the oldest of those deliveries.", tallies,
            count, age_of);
    tallied(out, "skjema_outbox_differences",
            "Deliveries that are otherwise at the postbox than here.", tallies, count,
            differences_of);
    return true;
}

static bool write_rows(struct arena *arena, struct db *db, struct buf *out, struct error *err)
{
    struct audit_head head;
    int64_t submissions;
    if (!submissions_count(arena, db, &submissions, err) || !audit_find_head(db, &head, err))
        return false;
    one(out, "skjema_submissions", "gauge", "What was sent and is kept.", submissions);
    one(out, "skjema_audit_rows", "gauge", "Rows of the log of who did what.", head.sequence);
    return true;
}

static void write_requests(const struct metrics *metrics, struct buf *out)
{
    begin(out, "skjema_http_requests_total", "counter", "Requests to the site by class of status.");
    for (int i = 0; i < CLASSES; i++)
        buf_printf(out, "skjema_http_requests_total{class=\"%dxx\"} %lld\n", i + 1,
                   (long long)atomic_load(&metrics->requests[i]));
    one(out, "skjema_http_busy_total", "counter", "Requests refused with 503.",
        atomic_load(&metrics->refused_busy));
    const char *name = "skjema_http_request_duration_seconds";
    begin(out, name, "histogram", "From a request's head to its answer.");
    long long sum = 0;
    for (size_t i = 0; i < BUCKETS; i++) {
        sum += atomic_load(&metrics->durations[i]);
        if (i < COUNT(bounds_ms))
            buf_printf(out, "%s_bucket{le=\"%g\"} %lld\n", name, bounds_ms[i] / 1000.0, sum);
        else
            buf_printf(out, "%s_bucket{le=\"+Inf\"} %lld\n", name, sum);
    }
    buf_printf(out, "%s_sum %.3f\n%s_count %lld\n", name,
               (double)atomic_load(&metrics->duration_ms) / 1000, name, sum);
}

static void write_sources(const struct metrics_sources *sources, struct buf *out)
{
    if (sources->site) {
        struct server_load load = server_load(sources->site);
        one(out, "skjema_connections", "gauge", "Connections that are open.",
            (int64_t)load.connections);
        one(out, "skjema_connections_turned_away_total", "counter",
            "Connections closed at once: there was no room, or no more for that address.",
            load.turned_away);
        one(out, "skjema_requests_running", "gauge", "Requests being worked on.",
            (int64_t)load.running);
        one(out, "skjema_queue_length", "gauge", "Requests waiting for a thread.",
            (int64_t)load.waiting);
        one(out, "skjema_queue_limit", "gauge", "How many may wait; one more gets 503.",
            (int64_t)load.room);
        one(out, "skjema_body_bytes", "gauge", "Bodies of requests in memory.",
            (int64_t)load.held_bytes);
    }
    if (sources->spools)
        one(out, "skjema_staging_bytes", "gauge", "Documents on their way in.",
            spools_held_bytes(sources->spools));
    if (sources->digipost) {
        begin(out, "skjema_breaker_resting", "gauge",
              "1 while a destination is left alone after failures.");
        buf_printf(out, "skjema_breaker_resting{destination=\"digipost\"} %d\n",
                   digipost_is_resting(sources->digipost));
    }
    one(out, "skjema_ready", "gauge", "1 when /ready says so.", sources->is_ready);
}

bool metrics_write(struct metrics *metrics, const struct metrics_sources *sources,
                   struct arena *arena, struct db *db, struct buf *out, struct error *err)
{
    if (!write_outbox(arena, db, out, err) || !write_rows(arena, db, out, err))
        return false;
    write_requests(metrics, out);
    write_sources(sources, out);
    one(out, "skjema_compared_total", "counter",
        "Deliveries compared with what the postbox says of them.", atomic_load(&metrics->compared));
    one(out, "skjema_compared_timestamp_seconds", "gauge",
        "When deliveries were last compared; 0: not yet.", atomic_load(&metrics->compared_at));
    one(out, "process_start_time_seconds", "gauge", "When the program started.",
        metrics->started_at);
    return true;
}
