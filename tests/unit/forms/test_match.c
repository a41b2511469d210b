/* test_match.c - a document against sk:match, in words. */
#include "forms/match.h"
#include "given.h"

#include "engine/base/text.h"

static const char model[] = "<instance><data id='m'><vedlegg/><alt/></data></instance>"
                            "<bind nodeset='/data/vedlegg' type='binary'/>"
                            "<bind nodeset='/data/alt' type='binary'/>";
static const char body[] =
    "<upload ref='/data/vedlegg' sk:sources='postbox'><label>Attest</label>"
    "<sk:purpose>Vi trenger den.</sk:purpose>"
    "<sk:match type='attest' issuer='974761076 310123021' max-age='P6M' min-age='P14D' "
    "subject='skatt'/></upload>"
    "<upload ref='/data/alt' sk:sources='postbox'><label>Alt</label>"
    "<sk:purpose>Vi trenger det.</sk:purpose></upload>";

static const char *name(const void *context, struct arena *arena, const char *number)
{
    (void)context;
    return text_equal(number, "974761076") ? "Skatteetaten (974 761 076)"
                                           : arena_printf(arena, "nr. %s", number);
}

/* In November 2026, as given.h has it. */
static const struct attachment_info good = {.source = "postbox",
                                            .document = "d",
                                            .name = "Skatteattest",
                                            .issuer = "974761076",
                                            .type = "attest",
                                            .issued = "2026-10-01"};

static const char *reason(struct given *given, struct attachment_info info, const char *language)
{
    const struct form_upload *rules =
        place_field(given_place(given, "/data/vedlegg"))->control->upload;
    const char *why = match_reason(given->answers, given->arena, rules, &info, language);
    return why ? why : "";
}

static void what_is_wrong_with_a_document_is_told_in_words(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    struct attachment_info info = good;
    assert_string_equal(reason(&given, info, "nb"), "");
    info.issued = "2026-05-01";
    assert_string_equal(reason(&given, info, "nb"), "eldre enn 6 måneder");
    assert_string_equal(reason(&given, info, "en"), "older than 6 months");
    info.issued = "2026-11-20";
    assert_string_equal(reason(&given, info, "nb"), "nyere enn 14 dager");
    info.issued = NULL;
    assert_string_equal(reason(&given, info, "nb"),
                        "eldre enn 6 måneder"); /* not known to be new */
    info = good;
    info.name = "Lønnsslipp";
    assert_string_equal(reason(&given, info, "nb"), "tittelen nevner ikke «skatt»");
    info = good;
    info.type = "annet";
    assert_string_equal(reason(&given, info, "nb"), "en annen type dokument");
    info.type = NULL; /* the postbox tells no types */
    assert_string_equal(reason(&given, info, "nb"), "");
    given_end(&given);
}

/* What came from the postbox once is judged as it was then; of an upload only its age is known. */
static void a_document_that_is_used_again_is_judged_by_what_is_known_of_it(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    struct attachment_info info = good;
    info.source = "earlier";
    info.delivered = "2026-10-01T08:00:00+02:00";
    info.fetched = "2024-01-01T08:00:00+01:00";
    assert_string_equal(reason(&given, info, "nb"), "");
    info.issued = "2026-05-01";
    assert_string_equal(reason(&given, info, "nb"), "eldre enn 6 måneder");
    info = good;
    info.source = "earlier";
    info.delivered = info.issuer = info.issued = NULL;
    info.name = "bilde.pdf";
    info.fetched = "2026-11-20T08:00:00+01:00";
    assert_string_equal(reason(&given, info, "nb"), "");
    info.fetched = "2026-05-01T08:00:00+02:00";
    assert_string_equal(reason(&given, info, "nb"), "eldre enn 6 måneder");
    given_end(&given);
}

static void issuers_are_called_by_name_where_one_is_known(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    struct attachment_info info = good;
    info.issuer = "310123005";
    assert_string_equal(reason(&given, info, "nb"),
                        "ikke fra 974\u00A0761\u00A0076, 310\u00A0123\u00A0021");
    answers_name_organisations(given.answers, name, NULL);
    assert_string_equal(reason(&given, info, "nb"),
                        "ikke fra Skatteetaten (974 761 076), nr. 310123021");
    info.issuer = NULL;
    assert_string_equal(reason(&given, info, "nb"),
                        "ikke fra Skatteetaten (974 761 076), nr. 310123021");
    given_end(&given);
}

static void an_upload_without_rules_takes_any_document(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    const struct form_upload *rules =
        place_field(given_place(&given, "/data/alt"))->control->upload;
    const struct form_match *nearest = NULL;
    assert_null(match_document(rules, &good, answers_today(given.answers), &nearest));
    given_end(&given);
}

static void ages_are_told_in_the_largest_unit_that_is_whole(void **state)
{
    static const struct {
        const char *duration, *said;
    } cases[] = {{"P1Y", "1 år"},        {"P10Y", "10 år"},    {"P18M", "18 måneder"},
                 {"P1M", "1 måned"},     {"P14D", "14 dager"}, {"P2W", "14 dager"},
                 {"P1M15D", "45 dager"}, {"P1D", "1 dag"}};
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct form_duration age;
        assert_true(form_duration_parse(cases[i].duration, &age));
        assert_string_equal(match_age(arena, age, "nb"), cases[i].said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_with_a_document_is_told_in_words),
        cmocka_unit_test(a_document_that_is_used_again_is_judged_by_what_is_known_of_it),
        cmocka_unit_test(issuers_are_called_by_name_where_one_is_known),
        cmocka_unit_test(an_upload_without_rules_takes_any_document),
        cmocka_unit_test(ages_are_told_in_the_largest_unit_that_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
