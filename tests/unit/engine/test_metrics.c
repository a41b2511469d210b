/* test_metrics.c - the numbers are in the format that Prometheus reads: text format 0.0.4, looked
 * at line by line here. */
#include "store.h"

#include "engine/metrics.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static size_t name_length(const char *text)
{
    size_t length = 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '_' || text[length] == ':')
        length++;
    return length && !isdigit((unsigned char)text[0]) ? length : 0;
}

/* `{name="value",name="value"}`: moves *at past it. */
static bool read_labels(const char **at)
{
    const char *p = *at;
    if (*p != '{')
        return true;
    do {
        p++;
        size_t length = name_length(p);
        if (!length || p[length] != '=' || p[length + 1] != '"')
            return false;
        for (p += length + 2; *p && *p != '"'; p++)
            p += *p == '\\';
        if (*p++ != '"')
            return false;
    } while (*p == ',');
    *at = p + 1;
    return *p == '}';
}

/* The metric's name, of samples without what a histogram adds; NULL: the line is none. */
static const char *sample_of(struct arena *arena, const char *line)
{
    static const char *const added[] = {"_bucket", "_sum", "_count"};
    size_t length = name_length(line);
    const char *at = line + length;
    char *end;
    if (!length || !read_labels(&at) || *at != ' ')
        return NULL;
    strtod(at + 1, &end);
    if (end == at + 1 || *end)
        return NULL;
    char *name = arena_printf(arena, "%.*s", (int)length, line);
    for (size_t i = 0; i < COUNT(added); i++) {
        size_t more = strlen(added[i]);
        bool is_histogram = strstr(name, "duration") && length > more;
        if (is_histogram && strcmp(name + length - more, added[i]) == 0)
            name[length - more] = '\0';
    }
    return name;
}

/* Every sample stands under the HELP and TYPE of its name, and no name comes twice. */
static void must_be_well_formed(struct arena *arena, const char *all)
{
    char *text = arena_text(arena, all), name[128] = "", type[32];
    assert_true(*text && text[strlen(text) - 1] == '\n');
    for (char *line; (line = strsep(&text, "\n")) && (*line || text);) {
        char helped[128];
        if (sscanf(line, "# HELP %127s", helped) == 1) {
            const char *heading = arena_printf(arena, "# HELP %s ", helped);
            assert_null(strstr(strstr(all, heading) + 1, heading));
            snprintf(name, sizeof name, "%s", helped);
        } else if (sscanf(line, "# TYPE %127s %31s", helped, type) == 2) {
            assert_string_equal(helped, name);
            assert_true(strcmp(type, "gauge") == 0 || strcmp(type, "counter") == 0 ||
                        strcmp(type, "histogram") == 0);
        } else {
            const char *sample = sample_of(arena, line);
            if (!sample || strcmp(sample, name) != 0)
                fail_msg("not a sample of %s: %s", name, line);
        }
    }
}

static const char *write_all(struct store *store, struct metrics *metrics)
{
    struct buf out;
    buf_init(&out, store->arena);
    const struct metrics_sources sources = {.is_ready = true};
    WORKS(store, metrics_write(metrics, &sources, store->arena, store->db, &out, &store->err));
    return buf_text(&out);
}

static void must_say(const char *all, const char *line)
{
    if (!strstr(all, line))
        fail_msg("\"%s\" is not in:\n%s", line, all);
}

static void numbers_are_in_the_format_that_prometheus_reads(void **state)
{
    struct store *store = *state;
    struct metrics *metrics;
    metrics_open(&metrics);
    must_be_well_formed(store->arena, write_all(store, metrics));

    store_delivery(store, store_citizen(store, KARI));
    metrics_answered(metrics, 200, 3);
    metrics_answered(metrics, 503, 70);
    metrics_answered(metrics, 404, 20000);
    const char *all = write_all(store, metrics);
    must_be_well_formed(store->arena, all);
    must_say(all, "\nskjema_outbox_deliveries{state=\"pending\",channel=\"none\"} 1\n");
    must_say(all, "\nskjema_outbox_given_up 0\n");
    must_say(all, "\nskjema_http_requests_total{class=\"2xx\"} 1\n");
    must_say(all, "\nskjema_http_busy_total 1\n");
    must_say(all, "\nskjema_http_request_duration_seconds_bucket{le=\"0.005\"} 1\n");
    must_say(all, "\nskjema_http_request_duration_seconds_bucket{le=\"0.1\"} 2\n");
    must_say(all, "\nskjema_http_request_duration_seconds_bucket{le=\"+Inf\"} 3\n");
    must_say(all, "\nskjema_http_request_duration_seconds_count 3\n");
    must_say(all, "\nskjema_ready 1\n");
    metrics_close(&metrics);
}

static void d_10_what_was_given_up_can_be_alarmed_on(void **state)
{
    struct store *store = *state;
    struct metrics *metrics;
    struct delivery delivery;
    bool found;
    metrics_open(&metrics);
    store_delivery(store, store_citizen(store, KARI));
    WORKS(store,
          outbox_lease(store->arena, store->db, "test", 1000, &delivery, &found, &store->err));
    WORKS(store, outbox_give_up(store->db, &delivery, "no such mailbox", &store->err));
    const char *all = write_all(store, metrics);
    must_say(all, "\nskjema_outbox_given_up 1\n");
    must_say(all, "\nskjema_outbox_deliveries{state=\"dead\",channel=\"none\"} 1\n");
    assert_null(strstr(all, delivery.id));
    assert_null(strstr(all, "no such mailbox"));
    metrics_close(&metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(numbers_are_in_the_format_that_prometheus_reads),
        WITH_STORE(d_10_what_was_given_up_can_be_alarmed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
