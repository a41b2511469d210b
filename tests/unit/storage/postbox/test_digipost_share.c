#include "storage/postbox/digipost_share.h"

#include "engine/base/codec.h"
#include "engine/base/fetch.h"
#include "engine/base/xml.h"
#include "tests/unit/storage/postbox/digipost_world.h"
#include "tests/unit/storage/postbox/document.h"

#define REQUEST_ID "7a1c2f7e-0d1b-4c52-9a55-0b6f3c1e2a01"
#define STATE "GET /1000077/shares/" REQUEST_ID

/* ---- events ---- */

/* A page with so many events, numbered from first, one a second. */
static const char *page(struct world *world, size_t first, size_t count)
{
    struct buf out;
    buf_init(&out, world->arena);
    buf_add_text(&out, "<document-events" V8 ">");
    for (size_t i = first; i < first + count; i++)
        buf_printf(&out,
                   "<event uuid='%08zx-0000-4000-8000-000000000000' type='OPENED' created='%s' "
                   "document-created='2026-03-01T00:00:00Z'/>",
                   i, clock_iso_utc(world->arena, NOW - 10000 + (int64_t)i));
    buf_add_text(&out, "</document-events>");
    return buf_text(&out);
}

static void events_are_read_page_by_page_until_one_is_not_full(void **state)
{
    struct world *world = *state;
    struct digipost_event *events;
    size_t count;
    int64_t until;
    says_entry_points(world);
    says(world, "GET /documents/events", 200, page(world, 0, 100));
    says(world, "GET /documents/events", 200, page(world, 100, 100));
    says(world, "GET /documents/events", 200, page(world, 200, 3));

    assert_true(digipost_share_events(world->digipost, world->arena, NOW - 3600, &events, &count,
                                      &until, NULL));

    assert_int_equal(count, 203);
    assert_int_equal(postman_count(world->postman, "GET /documents/events"), 3);
    const char *second = (const char *)postman_request(world->postman, 2).data;
    assert_non_null(strstr(second, "&offset=100&maxResults=100&sender=1000042 "));
    assert_in_range(until, NOW, NOW + 60);
}

static void an_event_that_is_listed_twice_is_given_once_and_by_time(void **state)
{
    struct world *world = *state;
    struct digipost_event *events;
    size_t count;
    int64_t until;
    says_entry_points(world);
    says(world, "GET /documents/events", 200, page(world, 50, 100));
    says(world, "GET /documents/events", 200, page(world, 0, 60));

    assert_true(digipost_share_events(world->digipost, world->arena, NOW - 3600, &events, &count,
                                      &until, NULL));

    assert_int_equal(count, 150);
    for (size_t i = 1; i < count; i++)
        assert_true(events[i - 1].created_at < events[i].created_at);
}

static const char *asked_from(struct world *world)
{
    size_t last = postman_total(world->postman) - 1;
    const char *request = arena_text_of(world->arena, postman_request(world->postman, last));
    const char *from = strstr(request, "from=") + strlen("from=");
    struct bytes plain;
    assert_true(codec_unpercent(world->arena,
                                (struct bytes){(const unsigned char *)from, strcspn(from, "&")},
                                false, &plain));
    return arena_text_of(world->arena, plain);
}

static void a_poll_overlaps_the_one_before_and_goes_back_thirty_days_at_most(void **state)
{
    struct world *world = *state;
    struct digipost_event *events;
    size_t count;
    int64_t until;
    says_entry_points(world);
    says(world, "GET /documents/events", 200, "<document-events" V8 "/>");

    assert_true(digipost_share_events(world->digipost, world->arena, NOW - 60, &events, &count,
                                      &until, NULL));
    assert_string_equal(asked_from(world), "2026-03-02T09:04:30.000+00:00");

    assert_true(
        digipost_share_events(world->digipost, world->arena, 0, &events, &count, &until, NULL));
    assert_memory_equal(asked_from(world), "2026-01-31T09:15:3", 18);
}

static void more_events_than_one_poll_takes_are_left_for_the_next(void **state)
{
    struct world *world = *state;
    struct digipost_event *events;
    size_t count;
    int64_t until;
    says_entry_points(world);
    for (size_t i = 0; i <= DIGIPOST_EVENTS_MAX / 100; i++)
        says(world, "GET /documents/events", 200, page(world, i * 100, 100));
    says(world, "GET /documents/events", 200, page(world, 0, 7));

    assert_true(digipost_share_events(world->digipost, world->arena, NOW - 3600, &events, &count,
                                      &until, NULL));

    assert_int_equal(count, 7);
    assert_in_range(until, NOW - 2200, NOW - 2000); /* the middle of 4,200 seconds */
}

static void outb_5_events_that_cannot_be_read_move_nothing(void **state)
{
    struct world *world = *state;
    struct digipost_event *events = NULL;
    size_t count = 77;
    int64_t until = 77;
    struct error err = {0};
    says_entry_points(world);
    says(world, "GET /documents/events", 200, page(world, 0, 100));
    says(world, "GET /documents/events", 200, "<html/>");

    assert_false(
        digipost_share_events(world->digipost, world->arena, 0, &events, &count, &until, &err));

    assert_int_equal(err.code, ERROR_UNAVAILABLE);
    assert_int_equal(until, 77);
    assert_int_equal(count, 77);
}

/* ---- state and content ---- */

static const char *state_with(struct world *world, const char *times, const char *links)
{
    return arena_printf(
        world->arena,
        "<share-documents-request-state" V8 "><shared-documents><shared-document>"
        "<delivery-time>2026-02-12T07:00:00Z</delivery-time><subject>Skattemelding</subject>"
        "<file-type>pdf</file-type><file-size-bytes>8</file-size-bytes><origin/>%s"
        "</shared-document></shared-documents>%s%s</share-documents-request-state>",
        link_to(world, "get_shared_document_content_stream", "/shared/1"), times, links);
}

/* Reads the state and then the one document in it. */
static bool read_content(struct world *world, struct bytes *out, struct error *err)
{
    struct digipost_share_state shared;
    return digipost_share_state(world->digipost, world->arena, REQUEST_ID, &shared, err) &&
           document_read(world->digipost, world->arena, &shared.documents[0], 100, out, err);
}

static void says_shared(struct world *world)
{
    says_entry_points(world);
    says(world, STATE, 200,
         state_with(world, "<shared-at-time>2026-03-02T10:00:00+01:00</shared-at-time>", ""));
}

static void a_shared_document_is_read_as_it_is(void **state)
{
    struct world *world = *state;
    struct bytes content;
    says_shared(world);
    says(world, "GET /shared/1", 200, "%PDF-1.7");

    assert_true(read_content(world, &content, NULL));

    assert_int_equal(content.size, 8);
    assert_memory_equal(content.data, "%PDF-1.7", 8);
}

static void a_shared_document_above_the_limit_is_not_read(void **state)
{
    struct world *world = *state;
    struct digipost_share_state shared;
    struct bytes content;
    struct error err = {0};
    says_shared(world);
    says(world, "GET /shared/1", 200, "%PDF-1.7 and more than was said");
    assert_true(digipost_share_state(world->digipost, world->arena, REQUEST_ID, &shared, NULL));

    assert_false(
        document_read(world->digipost, world->arena, &shared.documents[0], 7, &content, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_int_equal(postman_count(world->postman, "GET /shared/1"), 0);

    assert_false(
        document_read(world->digipost, world->arena, &shared.documents[0], 20, &content, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
}

static void outb_4_an_unsigned_document_is_taken_only_when_the_settings_say_so(void **state)
{
    struct world *world = *state;
    struct bytes content;
    struct digipost_settings lenient = settings(world);
    lenient.unsigned_streams = true;
    says_shared(world);
    struct error err = {0};
    const char *no = refusal(world, "DOCUMENT_NOT_FOUND", "CLIENT_TECHNICAL");
    struct postman_answer yes = {"GET /shared/1", 200, "%PDF-1.7", NULL, FLAW_UNSIGNED};
    struct postman_answer unsigned_no = {"GET /shared/1", 404, no, NULL, FLAW_UNSIGNED};
    postman_says(world->postman, yes);
    postman_says(world->postman, yes);
    postman_says(world->postman, unsigned_no);

    assert_false(read_content(world, &content, NULL));
    reopen(world, lenient);
    assert_true(read_content(world, &content, NULL));
    assert_int_equal(content.size, 8);
    assert_false(read_content(world, &content, &err)); /* a no must be signed all the same */
    assert_int_equal(err.code, ERROR_UNAVAILABLE);
}

static void outb_4_an_unsigned_document_must_have_the_size_it_should_have(void **state)
{
    struct world *world = *state;
    struct bytes content;
    struct digipost_settings lenient = settings(world);
    lenient.unsigned_streams = true;
    reopen(world, lenient);
    says_shared(world);
    static const enum flaw flaws[] = {FLAW_UNSIGNED, FLAW_OTHER_KEY, FLAW_HASH, FLAW_OLD};
    for (size_t i = 0; i < COUNT(flaws); i++)
        postman_says(world->postman,
                     (struct postman_answer){"GET /shared/1", 200, "%PDF-1.", NULL, flaws[i]});
    for (size_t i = 0; i < COUNT(flaws); i++) {
        struct error err = {0};
        assert_false(read_content(world, &content, &err));
        assert_int_equal(err.code, ERROR_UNAVAILABLE);
    }
    assert_int_equal(postman_count(world->postman, "GET /shared/1"), COUNT(flaws));
}

static void says_moved(struct world *world, const char *location)
{
    const char *header = arena_printf(world->arena, "Location: %s\r\n", location);
    postman_says(world->postman,
                 (struct postman_answer){"GET /shared/1", 307, NULL, header, FLAW_NONE});
}

static void a_redirect_within_digipost_is_signed_anew(void **state)
{
    struct world *world = *state;
    struct bytes content;
    says_shared(world);
    says_moved(world, "/bytes/1?token=Ab");
    says(world, "GET /bytes/1", 200, "%PDF-1.7");

    assert_true(read_content(world, &content, NULL));

    assert_int_equal(content.size, 8);
    size_t last = postman_total(world->postman) - 1;
    const char *request = arena_text_of(world->arena, postman_request(world->postman, last));
    assert_memory_equal(request, "GET /bytes/1?token=Ab HTTP/1.1\r\n", 32);
    assert_non_null(strstr(request, "\r\nX-Digipost-Signature: "));
}

static void outb_1_a_redirect_elsewhere_is_followed_only_to_the_content_address(void **state)
{
    struct world *world = *state;
    CLEANUP(postman_close) struct postman *elsewhere = postman_open();
    struct bytes content;
    struct error err = {0};
    struct digipost_settings with_content = settings(world);
    with_content.content_base_url = postman_url(elsewhere);
    postman_says(elsewhere,
                 (struct postman_answer){"GET /documents/1", 200, "%PDF-1.7", NULL, FLAW_UNSIGNED});
    says_shared(world);
    says_moved(world, arena_printf(world->arena, "%s/documents/1?token=x", postman_url(elsewhere)));

    assert_false(read_content(world, &content, &err));
    assert_int_equal(err.code, ERROR_DENIED);
    assert_int_equal(postman_total(elsewhere), 0);

    reopen(world, with_content);
    assert_true(read_content(world, &content, NULL));
    assert_int_equal(content.size, 8);
    const char *request = arena_text_of(world->arena, postman_request(elsewhere, 0));
    assert_null(strcasestr(request, "digipost")); /* nothing of the broker leaves with it */
}

static void outb_1_a_redirect_to_nowhere_or_round_and_round_ends(void **state)
{
    struct world *world = *state;
    static const char *const places[] = {"", "shared/2", "//x.test/", "file:///etc/passwd",
                                         "/shared/1"};
    for (size_t i = 0; i < COUNT(places); i++) {
        struct bytes content;
        postman_forget(world->postman);
        reopen(world, settings(world));
        says_shared(world);
        says_moved(world, places[i]);
        assert_false(read_content(world, &content, NULL));
        assert_in_range(postman_count(world->postman, "GET /shared/1"), 1, 3);
    }
}

static void a_document_that_is_withdrawn_is_denied(void **state)
{
    struct world *world = *state;
    struct bytes content;
    struct error err = {0};
    says_shared(world);
    says(world, "GET /shared/1", 403, refusal(world, "ILLEGAL_ACCESS", "CLIENT_TECHNICAL"));

    assert_false(read_content(world, &content, &err));

    assert_int_equal(err.code, ERROR_DENIED);
}

static void a_request_that_digipost_does_not_know_is_missing(void **state)
{
    struct world *world = *state;
    struct digipost_share_state shared;
    struct error err = {0};
    says_entry_points(world);
    says(world, STATE, 404, refusal(world, "DOCUMENT_NOT_FOUND", "CLIENT_TECHNICAL"));

    assert_false(digipost_share_state(world->digipost, world->arena, REQUEST_ID, &shared, &err));
    assert_int_equal(err.code, ERROR_MISSING);
    assert_false(
        digipost_share_state(world->digipost, world->arena, "../../messages", &shared, &err));
    assert_int_equal(err.code, ERROR_INVALID);
}

/* ---- the end of it ---- */

static void sharing_that_is_over_is_not_stopped_again(void **state)
{
    struct world *world = *state;
    static const char *const times[] = {
        "<shared-at-time>2026-03-01T10:00:00Z</shared-at-time>"
        "<withdrawn-time>2026-03-02T09:00:00Z</withdrawn-time>",
        "<shared-at-time>2026-03-01T10:00:00Z</shared-at-time>"
        "<expiry-time>2026-03-02T09:15:00Z</expiry-time>",
        "",
    };
    for (size_t i = 0; i < COUNT(times); i++) {
        postman_forget(world->postman);
        reopen(world, settings(world));
        says_entry_points(world);
        says(world, STATE, 200, state_with(world, times[i], ""));
        assert_true(digipost_share_stop(world->digipost, world->arena, REQUEST_ID, NULL));
        assert_int_equal(postman_total(world->postman), 3);
    }
}

static void sharing_without_a_link_to_stop_it_is_tried_later(void **state)
{
    struct world *world = *state;
    struct error err = {0};
    says_shared(world);

    assert_false(digipost_share_stop(world->digipost, world->arena, REQUEST_ID, &err));

    assert_int_equal(err.code, ERROR_UNAVAILABLE);
}

static void sharing_withdrawn_in_the_same_moment_counts_as_stopped(void **state)
{
    struct world *world = *state;
    const char *shared = "<shared-at-time>2026-03-02T09:00:00Z</shared-at-time>";
    says_entry_points(world);
    says(world, STATE, 200,
         state_with(world, shared, link_to(world, "stop_sharing", "/documents/9/data")));
    says(world, STATE, 200,
         state_with(world,
                    "<shared-at-time>2026-03-02T09:00:00Z</shared-at-time>"
                    "<withdrawn-time>2026-03-02T09:15:29Z</withdrawn-time>",
                    ""));
    says(world, "POST /documents/9/data", 409,
         refusal(world, "INVALID_TRANSACTION", "CLIENT_TECHNICAL"));

    assert_true(digipost_share_stop(world->digipost, world->arena, REQUEST_ID, NULL));
}

static void a_stop_that_is_refused_is_a_failure(void **state)
{
    struct world *world = *state;
    struct error err = {0};
    says_entry_points(world);
    says(world, STATE, 200,
         state_with(world, "<shared-at-time>2026-03-02T09:00:00Z</shared-at-time>",
                    link_to(world, "stop_sharing", "/documents/9/data")));
    says(world, "POST /documents/9/data", 409,
         refusal(world, "INVALID_TRANSACTION", "CLIENT_TECHNICAL"));

    assert_false(digipost_share_stop(world->digipost, world->arena, REQUEST_ID, &err));

    assert_int_equal(err.code, ERROR_CONFLICT);
}

int main(void)
{
    xml_start();
    fetch_start();
#define CASE(test) cmocka_unit_test_setup_teardown(test, open_client, close_client)
    const struct CMUnitTest tests[] = {
        CASE(events_are_read_page_by_page_until_one_is_not_full),
        CASE(an_event_that_is_listed_twice_is_given_once_and_by_time),
        CASE(a_poll_overlaps_the_one_before_and_goes_back_thirty_days_at_most),
        CASE(more_events_than_one_poll_takes_are_left_for_the_next),
        CASE(outb_5_events_that_cannot_be_read_move_nothing),
        CASE(a_shared_document_is_read_as_it_is),
        CASE(a_shared_document_above_the_limit_is_not_read),
        CASE(outb_4_an_unsigned_document_is_taken_only_when_the_settings_say_so),
        CASE(outb_4_an_unsigned_document_must_have_the_size_it_should_have),
        CASE(a_redirect_within_digipost_is_signed_anew),
        CASE(outb_1_a_redirect_elsewhere_is_followed_only_to_the_content_address),
        CASE(outb_1_a_redirect_to_nowhere_or_round_and_round_ends),
        CASE(a_document_that_is_withdrawn_is_denied),
        CASE(a_request_that_digipost_does_not_know_is_missing),
        CASE(sharing_that_is_over_is_not_stopped_again),
        CASE(sharing_without_a_link_to_stop_it_is_tried_later),
        CASE(sharing_withdrawn_in_the_same_moment_counts_as_stopped),
        CASE(a_stop_that_is_refused_is_a_failure),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
