/* Documents are looked through for viruses before they can be sent, those of citizens and those of
 * the agency: with a real clamd, killed and started, and with none. */
#include "tests/flow/agency.h"
#include "tests/flow/scanner.h"

#include "engine/base/breaker.h"
#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "storage/db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { WAIT_S = 60 };

static const char pay_slips[] = "Last opp lønnsslipper fra enheten din";
static const char tax_return[] = "Last opp siste skattemelding for deg fra enheten din";
static const char found[] = "Vi fant virus i filen, og har slettet den hos oss";
static const char held[] = "Vi får ikke sjekket filen for virus akkurat nå";

/* The file of EICAR by which scanners are tried, from parts, so that none stops this source. */
#define EICAR                                                                                      \
    "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EI"                                                              \
    "CAR-STANDARD-ANTIV"                                                                           \
    "IRUS-TEST-FILE!$H+H*"
#define HEALTHY_PDF "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
#define INFECTED_PDF "%PDF-1.4\n" EICAR "\n%%EOF\n"

struct ward {
    struct scene *scene; /* first, as teardown knows it */
    struct scanner scanner;
};

static struct ward *admit(struct bytes sought)
{
    struct ward *ward = calloc(1, sizeof *ward);
    if (!ward)
        abort();
    void *scene;
    scene_set_up_folder(&scene);
    ward->scene = scene;
    scanner_open(&ward->scanner, sought);
    return ward;
}

static int set_up(void **state)
{
    *state = admit(BYTES_OF(EICAR));
    return 0;
}

/* For the scanner everything is infected. */
static int set_up_with_a_suspicious_scanner(void **state)
{
    *state = admit(BYTES_OF("%PDF-"));
    return 0;
}

static int tear_down(void **state)
{
    struct ward *ward = *state;
    void *scene = ward->scene;
    int status = scene_tear_down(&scene);
    scanner_close(&ward->scanner);
    free(ward);
    return status;
}

static void start_scanner(struct ward *ward)
{
    if (!scanner_start(&ward->scanner))
        fail_msg("clamd did not start");
}

static struct browser *start_program(struct ward *ward, const char *policy)
{
    struct scene *scene = ward->scene;
    const char *const words[] = {"--clamd", ward->scanner.address, "--clamd_policy", policy};
    memcpy(scene->more, words, sizeof words);
    scene_start_again(scene);
    return scene->walk.browser;
}

static void skip_without_scanner(void)
{
    if (scanner_is_there())
        return;
    print_message("clamd is not on this machine (Debian: clamav-daemon)\n");
    skip();
}

/* What no page shows: how many there are, of this database. */
static int64_t count_rows(struct ward *ward, struct db_sql sql)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct error err = {0};
    struct db_pool *pool = NULL;
    struct db_rows *rows = NULL;
    const struct db_options options = {
        .url = arena_printf(arena, "sqlite:%s/skjema.db", ward->scene->server.data),
        .connections = 1,
        .wait_ms = 5000};
    int64_t count = -1;
    if (!db_pool_open(&options, &pool, &err))
        fail_msg("%s", err.text);
    {
        CLEANUP(db_return) struct db *db = NULL;
        if (!db_borrow(pool, &db, &err) || !db_query(arena, db, sql, DB_NO_VALUES, &rows, &err) ||
            !db_next(rows))
            fail_msg("%s", err.text);
        count = db_integer(rows, 0);
    }
    db_pool_close(&pool);
    return count;
}

static void upload(struct browser *browser, const char *label, const char *name,
                   struct bytes content)
{
    browser_choose_file(browser, label, name, "application/pdf", content);
    browser_press(browser, "Last opp valgt");
    assert_int_equal(browser_status(browser), 200);
    scene_must_see(browser, name);
}

/* Until no document waits for its check. */
static void wait_for_checks(struct ward *ward)
{
    struct browser *browser = ward->scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    char *address = arena_text(arena, browser_address(browser));
    int64_t until = clock_monotonic_ms() + (int64_t)WAIT_S * 1000;
    do {
        nanosleep(&(struct timespec){.tv_nsec = 100000000L}, NULL);
        browser_visit(browser, address);
    } while ((browser_sees(browser, "Sjekkes for virus") ||
              browser_sees(browser, "Venter på virussjekk")) &&
             clock_monotonic_ms() < until);
    scene_must_not_see(browser, "virus");
}

static void press_send(struct browser *browser)
{
    browser_tick(browser, "Jeg bekrefter at opplysningene er riktige");
    browser_press(browser, "Send søknaden");
}

static void file_5_a_virus_is_refused_destroyed_written_down_and_told_plainly(void **state)
{
    struct ward *ward = *state;
    skip_without_scanner();
    start_scanner(ward);
    struct browser *browser = start_program(ward, "required");
    walk_to_documents(&ward->scene->walk, "Ingrid Fjeld");
    upload(browser, tax_return, "skatt.pdf", BYTES_OF(HEALTHY_PDF));
    upload(browser, pay_slips, "smittet.pdf", BYTES_OF(INFECTED_PDF));

    walk_wait_for(&ward->scene->walk, found, WAIT_S);

    scene_must_see(browser, "Kan ikke legges ved");
    assert_int_equal(count_rows(ward, DB_SQL("SELECT COUNT(*) FROM attachment_chunks c JOIN "
                                             "attachments a ON a.id = c.attachment "
                                             "WHERE a.state = 'refused'")),
                     0);
    assert_int_equal(
        count_rows(ward, DB_SQL("SELECT COUNT(*) FROM audit JOIN attachments a ON a.id = object_id "
                                "WHERE action = 'document_refused' AND a.state = 'refused'")),
        1);
    browser_press(browser, "Neste steg"); /* it is as though nothing had been uploaded */
    scene_must_see(browser, "For å gå videre må du rette opp 1 feil");
    browser_press(browser, "Fjern smittet.pdf");
    scene_must_not_see(browser, found);
    upload(browser, pay_slips, "frisk.pdf", BYTES_OF(HEALTHY_PDF));
    wait_for_checks(ward);
    scene_must_see(browser, "2 av 2 krav er oppfylt");
}

static void file_5_with_the_scanner_down_a_file_is_held_and_ready_when_it_is_back(void **state)
{
    struct ward *ward = *state;
    skip_without_scanner();
    start_scanner(ward);
    struct browser *browser = start_program(ward, "required");
    walk_to_documents(&ward->scene->walk, "Ingrid Fjeld");
    upload(browser, tax_return, "skatt.pdf", BYTES_OF(HEALTHY_PDF));
    wait_for_checks(ward);
    scanner_kill(&ward->scanner);

    upload(browser, pay_slips, "mars.pdf", BYTES_OF(HEALTHY_PDF));
    walk_wait_for(&ward->scene->walk, held, WAIT_S);
    scene_must_see(browser, "Venter på virussjekk");
    start_scanner(ward);
    wait_for_checks(ward);

    scene_must_see(browser, "2 av 2 krav er oppfylt");
    browser_press(browser, "Neste steg");
    walk_send(&ward->scene->walk);
}

static void file_5_what_is_more_than_the_scanner_takes_is_held(void **state)
{
    struct ward *ward = *state;
    skip_without_scanner();
    start_scanner(ward);
    struct browser *browser = start_program(ward, "when-available");
    CLEANUP(arena_close) struct arena *arena = arena_open();
    unsigned char *large = ARENA_ARRAY(arena, SCANNER_MOST_BYTES + 1, unsigned char);
    memcpy(large, HEALTHY_PDF, sizeof HEALTHY_PDF);
    walk_to_documents(&ward->scene->walk, "Ingrid Fjeld");

    upload(browser, pay_slips, "stor.pdf", (struct bytes){large, SCANNER_MOST_BYTES + 1});

    walk_wait_for(&ward->scene->walk, held, WAIT_S);
}

static void file_5_what_is_held_cannot_be_sent_or_fetched_until_it_is_taken_away(void **state)
{
    struct ward *ward = *state;
    struct browser *browser = start_program(ward, "required"); /* and nobody is there */
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_documents(&ward->scene->walk, "Ingrid Fjeld");
    char *documents = arena_text(arena, browser_address(browser));
    upload(browser, tax_return, "skatt.pdf", BYTES_OF(HEALTHY_PDF));
    walk_wait_for(&ward->scene->walk, held, WAIT_S);
    browser_press(browser, "Jeg ettersender dokumentet");
    browser_press(browser, "Neste steg");
    scene_must_see(browser, "Se over og send inn");

    press_send(browser);

    assert_int_equal(browser_status(browser), 422);
    scene_must_see(browser, "skatt.pdf er ikke sjekket for virus ennå");
    browser_visit(browser, "/min-side/dokumenter");
    scene_must_see(browser, "Venter på virussjekk");
    assert_null(browser_link(browser, "Last ned"));
    browser_visit(browser, documents);
    browser_press(browser, "Fjern skatt.pdf");
    browser_press(browser, "Jeg ettersender dokumentet");
    browser_press(browser, "Neste steg");
    walk_send(&ward->scene->walk);
}

static void file_5_nobody_there_lets_a_file_pass_where_the_setting_says_so(void **state)
{
    struct ward *ward = *state;
    struct browser *browser = start_program(ward, "when-available");
    walk_to_documents(&ward->scene->walk, "Ingrid Fjeld");

    upload(browser, tax_return, "skatt.pdf", BYTES_OF(HEALTHY_PDF));

    wait_for_checks(ward);
    scene_must_see(browser, "1 av 2 krav er oppfylt");
}

static void file_8_a_document_from_the_postbox_is_looked_through_like_an_upload(void **state)
{
    struct ward *ward = *state;
    skip_without_scanner();
    start_scanner(ward);
    struct browser *browser = start_program(ward, "required");
    struct walk *walk = &ward->scene->walk;
    walk_to_documents(walk, "Ingrid Fjeld");
    walk_consent(walk);
    CLEANUP(browser_close) struct browser *postbox = walk_open_request(walk, "ingrid");
    browser_tick_described(postbox, "Lønnsslipp", "Fra Nordlys Regnskap AS");
    browser_press(postbox, "Del dokumenter");
    walk_wait_for(walk, "Legg ved valgte dokumenter", WAIT_S);

    browser_press(browser, "Legg ved valgte dokumenter");
    walk_wait_for(walk, found, WAIT_S);

    assert_int_equal(count_rows(ward, DB_SQL("SELECT COUNT(*) FROM attachment_chunks")), 0);
    assert_int_equal(count_rows(ward, DB_SQL("SELECT COUNT(*) FROM attachments "
                                             "WHERE source = 'postbox' AND state = 'refused'")),
                     1);
}

/* ---- of the agency ---- */

#define CASE_SYSTEM "organisation=310245682&scope=skjema:bevis.write"

/* Ingrid has sent something; its reference. */
static const char *apply(struct ward *ward, struct arena *arena)
{
    scene_fill_hello(ward->scene, "Ingrid Fjeld");
    walk_send(&ward->scene->walk);
    return scene_reference(ward->scene, arena);
}

/* The case system sends a decision, or issues a certificate; the status. */
static int send_to(struct agency *ours, const char *path, const char *reference, const char *pdf,
                   int key)
{
    bool decides = strcmp(path, "/api/v1/decisions") == 0;
    const char *body = arena_printf(
        ours->arena, "{\"submission\": \"%s\", %s, \"title\": \"Vedtak\", \"pdf\": \"%s\"}",
        reference, decides ? "\"outcome\": \"granted\"" : "\"type\": \"bevilling\"",
        codec_base64(ours->arena, BYTES_OF(pdf)));
    return agency_send(ours, "POST", path,
                       arena_printf(ours->arena, "Idempotency-Key: sak-%d", key), body);
}

/* `skjema decide` at a terminal; its exit status. */
static int decide(struct ward *ward, struct arena *arena, const char *reference, const char *pdf,
                  const char *policy, const char **said)
{
    const struct server_under_test *server = &ward->scene->server;
    const char *path = arena_printf(arena, "%s/vedtak.pdf", server->data);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(pdf, file) > 0);
    assert_int_equal(fclose(file), 0);
    const char *const words[] = {"decide",       reference,        "--file",
                                 path,           "--outcome",      "granted",
                                 "--title",      "Vedtak",         "--data",
                                 server->data,   "--clamd",        ward->scanner.address,
                                 "--sandbox",    "--clamd_policy", policy,
                                 "--public_url", server->site,     NULL};
    return server_run(arena, scene_program(), words, said);
}

static void check_nothing_came(struct ward *ward)
{
    assert_int_equal(count_rows(ward, DB_SQL("SELECT (SELECT COUNT(*) FROM decisions) + "
                                             "(SELECT COUNT(*) FROM certificates) + "
                                             "(SELECT COUNT(*) FROM outbox "
                                             "WHERE kind IN ('decision', 'certificate'))")),
                     0);
}

static void file_5_a_virus_in_what_the_agency_sends_goes_to_nobody(void **state)
{
    struct ward *ward = *state;
    skip_without_scanner();
    start_scanner(ward);
    start_program(ward, "required");
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(agency_close) struct agency ours;
    const char *said, *reference = apply(ward, arena);
    agency_open(&ours, ward->scene, arena, CASE_SYSTEM);

    assert_int_equal(send_to(&ours, "/api/v1/decisions", reference, INFECTED_PDF, 1), 422);
    assert_non_null(
        strstr(arena_text_of(arena, browser_content(ours.client)), "a virus was found"));
    assert_int_equal(send_to(&ours, "/api/v1/certificates", reference, INFECTED_PDF, 1), 422);
    assert_int_equal(decide(ward, arena, reference, INFECTED_PDF, "required", &said), 1);
    assert_non_null(strstr(said, "a virus was found"));

    check_nothing_came(ward);
    assert_int_equal(count_rows(ward, DB_SQL("SELECT COUNT(*) FROM audit JOIN submissions s "
                                             "ON s.id = object_id AND s.state = 'sent' "
                                             "WHERE action = 'document_refused'")),
                     3);
    assert_int_equal(send_to(&ours, "/api/v1/decisions", reference, HEALTHY_PDF, 1), 201);
    assert_int_equal(send_to(&ours, "/api/v1/certificates", reference, HEALTHY_PDF, 1), 201);
    agency_check_answers(ward->scene);
}

static void file_5_what_the_agency_sends_waits_until_somebody_can_look_through_it(void **state)
{
    struct ward *ward = *state;
    start_program(ward, "required"); /* and nobody is there */
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(agency_close) struct agency ours;
    const char *said, *reference = apply(ward, arena);
    agency_open(&ours, ward->scene, arena, CASE_SYSTEM);

    assert_int_equal(send_to(&ours, "/api/v1/decisions", reference, HEALTHY_PDF, 1), 503);
    assert_non_null(browser_header(ours.client, "Retry-After"));
    assert_int_equal(send_to(&ours, "/api/v1/certificates", reference, HEALTHY_PDF, 1), 503);
    assert_int_equal(decide(ward, arena, reference, HEALTHY_PDF, "required", &said), 1);
    assert_non_null(strstr(said, "cannot be looked through"));

    check_nothing_came(ward);
    agency_check_answers(ward->scene);
}

/* However often nobody is there, which is no reason to leave the scanner alone and let all wait. */
static void file_5_nobody_there_lets_the_agency_pass_where_the_setting_says_so(void **state)
{
    struct ward *ward = *state;
    start_program(ward, "when-available");
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(agency_close) struct agency ours;
    const char *said, *reference = apply(ward, arena);
    agency_open(&ours, ward->scene, arena, CASE_SYSTEM);

    for (int i = 0; i <= BREAKER_FAILURES; i++)
        assert_int_equal(send_to(&ours, "/api/v1/decisions", reference, HEALTHY_PDF, i), 201);
    assert_int_equal(decide(ward, arena, reference, HEALTHY_PDF, "when-available", &said), 0);

    assert_int_equal(count_rows(ward, DB_SQL("SELECT COUNT(*) FROM decisions")),
                     BREAKER_FAILURES + 2);
}

#define WITH(test, set_up) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(file_5_a_virus_is_refused_destroyed_written_down_and_told_plainly, set_up),
        WITH(file_5_with_the_scanner_down_a_file_is_held_and_ready_when_it_is_back, set_up),
        WITH(file_5_what_is_more_than_the_scanner_takes_is_held, set_up),
        WITH(file_5_what_is_held_cannot_be_sent_or_fetched_until_it_is_taken_away, set_up),
        WITH(file_5_nobody_there_lets_a_file_pass_where_the_setting_says_so, set_up),
        WITH(file_8_a_document_from_the_postbox_is_looked_through_like_an_upload,
             set_up_with_a_suspicious_scanner),
        WITH(file_5_a_virus_in_what_the_agency_sends_goes_to_nobody, set_up),
        WITH(file_5_what_the_agency_sends_waits_until_somebody_can_look_through_it, set_up),
        WITH(file_5_nobody_there_lets_the_agency_pass_where_the_setting_says_so, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
