/* A certificate by another agency, reused from the postbox: a serving licence, in nynorsk. */
#include "tests/flow/agency.h"

#include "engine/base/crypto.h"
#include "engine/base/text.h"
#include "storage/db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { WAIT_S = 30 };

static void next(struct browser *browser, const char *then)
{
    browser_press(browser, "Neste steg");
    if (browser_status(browser) != 200)
        fail_msg("%s", browser_text(browser));
    scene_must_see(browser, then);
}

static void fill_applicant_and_place(struct browser *browser)
{
    browser_fill(browser, "Organisasjonsnummer", "310 245 682");
    browser_fill(browser, "Namn på føretaket", "Fjordkaféen AS");
    browser_tick(browser, "Innehavar eller eigar");
    browser_fill(browser, "Telefonnummer", "99 99 99 99");
    next(browser, "Kva slags servering?");

    browser_fill(browser, "Namn på serveringsstaden", "Fjordkaféen");
    browser_fill(browser, "Gateadresse", "Sjøvegen 22");
    browser_fill(browser, "Postnummer", "9998");
    browser_tick(browser, "Kafé");
    browser_fill(browser, "Sitjeplassar", "24");
    browser_tick(browser, "#sted-ute-2");
    browser_tick(browser, "#sted-overtar-2");
    next(browser, "Opningstider");
}

static void fill_hours_and_people(struct browser *browser)
{
    browser_fill(browser, "Opnar søndag til torsdag", "10.00");
    browser_fill(browser, "Stengjer søndag til torsdag", "22.00");
    browser_fill(browser, "Opnar fredag og laurdag", "10.00");
    browser_fill(browser, "Stengjer fredag og laurdag", "03.30");
    browser_tick(browser, "Nei");
    browser_press(browser, "Neste steg");
    assert_int_equal(browser_status(browser), 422);
    scene_must_see(browser, "De kan ikkje halde ope mellom kl. 03.00 og 06.00");
    browser_fill(browser, "Stengjer fredag og laurdag", "01.00");
    next(browser, "Fullt namn på dagleg leiar");

    browser_fill(browser, "Fullt namn på dagleg leiar", "Oddny Hauge");
    browser_fill(browser, "Fødselsnummeret til dagleg leiar", "21887233060");
    browser_tick(browser, "Ja");
    next(browser, "Legg til alle som eig minst ein tredel");

    browser_tick(browser, "Ein person");
    browser_press(browser, "Vis spørsmål som høyrer til svaret");
    browser_fill(browser, "Namn", "Oddny Hauge");
    browser_fill(browser, "Fødselsnummer", "21887233060");
    browser_fill(browser, "Eigardel (prosent)", "100");
    next(browser, "Dokument vi treng");
}

static void fill_in(struct scene *scene)
{
    struct browser *browser = scene->walk.browser;
    char url[256];
    snprintf(url, sizeof url, "%s/skjema/serveringsbevilling?lang=nn", scene->server.site);
    browser_visit(browser, url);
    browser_press(browser, "Logg inn og start");
    walk_log_in(&scene->walk, "Oddny Hauge");
    if (browser_has_button(browser, "Start søknaden"))
        browser_press(browser, "Start søknaden");
    fill_applicant_and_place(browser);
    fill_hours_and_people(browser);
}

/* Both tax certificates that lie in the mailbox: 19 days and 8 months old. */
static void share_certificates(struct scene *scene)
{
    CLEANUP(browser_close) struct browser *postbox = walk_open_request(&scene->walk, "oddny");
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *html = arena_text_of(arena, browser_content(postbox));
    int count = 0;
    for (const char *at = html; (at = strstr(at, "\">Skatteattest</label>")); at++, count++) {
        const char *start = at;
        while (start[-1] != '"')
            start--;
        browser_tick(postbox, arena_printf(arena, "#%.*s", (int)(at - start), start));
    }
    assert_int_equal(count, 2);
    browser_press(postbox, "Del dokumenter");
    scene_must_see(postbox, "Du deler dokumenter");
}

/* What the pages do not show, from the database; the rows are in the arena. */
static struct db_rows *query(struct scene *scene, struct arena *arena, struct db_sql sql)
{
    struct error err;
    struct db_pool *pool;
    struct db_options options = {
        .url = arena_printf(arena, "sqlite:%s/skjema.db", scene->server.data),
        .connections = 1,
        .wait_ms = 5000,
    };
    assert_true(db_pool_open(&options, &pool, &err));
    struct db *db = NULL;
    struct db_rows *rows = NULL;
    assert_true(db_borrow(pool, &db, &err));
    assert_true(db_query(arena, db, sql, DB_NO_VALUES, &rows, &err));
    db_return(&db);
    db_pool_close(&pool);
    return rows;
}

/* Of the certificates, oldest first. */
static void read_ids(struct scene *scene, struct arena *arena, const char *ids[2])
{
    struct db_rows *rows =
        query(scene, arena, DB_SQL("SELECT id FROM shared_documents ORDER BY delivered_at"));
    assert_int_equal(db_count(rows), 2);
    for (int i = 0; db_next(rows); i++)
        ids[i] = db_text(rows, 0);
}

/* Certificates of that type that other agencies may ask for; type "" of any. */
static size_t offered(struct scene *scene, const char *type)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct db_rows *rows = query(
        scene, arena, DB_SQL("SELECT evidence_type FROM certificates WHERE kind = 'fetched'"));
    size_t count = 0;
    while (db_next(rows))
        count += !*type || text_equal(db_text(rows, 0), type);
    return count;
}

static void to_the_choice(struct scene *scene)
{
    struct browser *browser = scene->walk.browser;
    fill_in(scene);
    browser_press(browser, "Hent frå digital postkasse");
    scene_must_see(browser, "ubetalt skatt eller meirverdiavgift");
    browser_press(browser, "Gå til postkassa");
    share_certificates(scene);
    walk_wait_for(&scene->walk, "Legg ved valde dokument", WAIT_S);
}

static int count_of(const char *text, const char *word)
{
    int count = 0;
    for (; (text = strstr(text, word)); text++)
        count++;
    return count;
}

/* The agency that needs it next is given the same bytes, when she says yes, and whose hands they
 * went through. */
static void another_agency_reads_it(struct scene *scene)
{
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(agency_close) struct agency agency;
    agency_open(&agency, scene, arena, "organisation=310123021&scope=skjema:bevis.read");
    assert_int_equal(agency_ask(&agency, "21887233060", "skatteattest", "sak-7"), 202);
    const char *address = agency_text(&agency, "href");
    scene_wait_for_letters(scene, "oddny", "Ein annan etat ber om eit dokument om deg", 1, WAIT_S);

    browser_visit(browser, "/min-side");
    browser_press(browser, "Les og svar");
    scene_must_see(browser, "Skatteattest");
    browser_press(browser, "Ja, del dokumentet");
    scene_must_see(browser, "Du har sagt ja");

    assert_int_equal(agency_send(&agency, "GET", address, NULL, NULL), 200);
    json_t *json = agency_json(&agency);
    const json_t *chain = json_object_get(json_object_get(json, "evidence"), "provenance");
    static const char *const events[] = {"delivered-to-mailbox", "fetched-from-mailbox",
                                         "consented"};
    assert_int_equal(json_array_size(chain), COUNT(events));
    for (size_t i = 0; i < COUNT(events); i++)
        assert_string_equal(json_string_value(json_object_get(json_array_get(chain, i), "event")),
                            events[i]);
    json_decref(json);
    assert_string_equal(agency_text(&agency, "evidence.issuer.number"), "974761076");
    const char *digest = agency_text(&agency, "evidence.sha256");
    assert_int_equal(agency_send(&agency, "GET", agency_text(&agency, "evidence.href"), NULL, NULL),
                     200);
    struct bytes read = arena_bytes(arena, browser_content(agency.client));
    assert_string_equal(crypto_sha256_hex(arena, read), digest);
    browser_visit(browser, "/min-side/dokumenter");
    browser_press(browser, "Last ned Skatteattest");
    struct bytes hers = browser_content(browser);
    assert_int_equal(hers.size, read.size);
    assert_memory_equal(hers.data, read.data, read.size);
    agency_check_answers(scene);
}

static void a_fresh_certificate_is_reused_and_an_old_one_is_refused_with_the_reason(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    to_the_choice(scene);
    scene_must_see(browser, "Passar til «Skatteattest for føretaket»");
    scene_must_see(browser, "eldre enn 6 månader");
    scene_must_not_see(browser, "Passar til «Leigekontrakt");

    browser_press(browser, "Legg ved valde dokument");
    walk_wait_for(&scene->walk, "1 av 4 krav er oppfylte", WAIT_S);
    scene_must_see(browser, "Stadfesta frå avsendar");
    scene_upload(browser, "Last opp prov for greidd", "prov.pdf");
    scene_upload(browser, "Last opp planteikning", "teikning.pdf");
    scene_upload(browser, "Last opp leigekontrakt", "kontrakt.pdf");
    browser_tick(browser, "Eg stadfestar at eg har rett");
    next(browser, "Sjå over og send inn");
    browser_tick(browser, "Eg stadfestar at opplysningane er rette");
    browser_press(browser, "Send søknaden");
    scene_must_see(browser, "Vi har motteke søknaden din");

    walk_wait_for(&scene->walk, "Kopien ligg i postkassa di", WAIT_S);
    assert_int_equal(
        walk_letters(&scene->walk, "oddny", "Kvittering frå Fjordvik kommune", NULL, 0), 1);
    browser_visit(browser, "/min-side/dokumenter");
    scene_must_see(browser, "Skatteattest");
    assert_int_equal(count_of(browser_text(browser), "Stadfesta frå avsendar"), 1);

    assert_int_equal(offered(scene, "skatteattest"), 1);
    assert_int_equal(offered(scene, ""), 1); /* not what she uploaded herself */
    another_agency_reads_it(scene);
}

static void what_a_form_does_not_offer_nobody_can_ask_for(void **state)
{
    struct scene *scene = *state;
    walk_to_review(&scene->walk); /* with documents from the postbox, without sk:reuse */
    walk_send(&scene->walk);
    assert_int_equal(offered(scene, ""), 0);
}

static void a_handmade_post_does_not_force_the_old_certificate(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *ids[2];
    to_the_choice(scene);
    read_ids(scene, arena, ids);
    const char *html = arena_text_of(arena, browser_content(browser));
    assert_null(strstr(html, ids[0]));
    assert_non_null(strstr(html, ids[1]));

    char *body = arena_printf(arena, "_csrf=%s&dok=%s", browser_value(browser, "_csrf"), ids[0]);
    browser_send(browser, "POST", arena_text(arena, browser_address(browser)), NULL,
                 "application/x-www-form-urlencoded", BYTES_OF(body));

    assert_int_equal(browser_status(browser), 303);
    browser_visit(browser, arena_text(arena, browser_header(browser, "Location")));
    scene_must_see(browser, "0 av 4 krav er oppfylte");
    browser_visit(browser, "/min-side/dokumenter");
    scene_must_see(browser, "Du har ingen dokument her");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_fresh_certificate_is_reused_and_an_old_one_is_refused_with_the_reason, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(what_a_form_does_not_offer_nobody_can_ask_for, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(a_handmade_post_does_not_force_the_old_certificate,
                                        scene_set_up, scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
