#include "storage/postbox/lenke.h"

#include "tests/shared.h"
#include "tests/unit/engine/folder.h"

static const char *write_link(struct arena *arena, struct postbox_link link, const char *language)
{
    struct bytes bytes;
    struct error err;
    if (!lenke_write(arena, &link, language, &bytes, &err))
        fail_msg("%s", err.text);
    return arena_text_of(arena, bytes);
}

static void a_link_has_its_texts_in_the_language_of_the_letter(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();

    const char *xml = write_link(arena,
                                 (struct postbox_link){"https://etat.example/brev/abc?a=1&b=2",
                                                       "Send <alt> på nytt", "Svar", 1772406000},
                                 "nn");

    assert_string_equal(xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                             "<lenke xmlns=\"http://begrep.difi.no/sdp/utvidelser/lenke\">"
                             "<url>https://etat.example/brev/abc?a=1&amp;b=2</url>"
                             "<beskrivelse lang=\"nn\">Send &lt;alt&gt; på nytt</beskrivelse>"
                             "<knappTekst lang=\"nn\">Svar</knappTekst>"
                             "<frist>2026-03-02T00:00:00+01:00</frist></lenke>\n");
}

static void a_link_may_be_an_address_alone(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();

    const char *xml = write_link(arena, (struct postbox_link){.url = "http://etat.example"}, "se");

    assert_non_null(strstr(xml, "<url>http://etat.example</url></lenke>"));
}

static const char seventy[] =
    "æøå4567890123456789012345678901234567890123456789012345678901234567890";

static void xmllint_validates_what_is_written(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    shared_or_skip(arena, "protocols/xsd/dpi/utvidelser/lenke.xsd");
    char *folder = folder_make(arena);
    const struct postbox_link links[] = {
        {"https://etat.example/brev/abc?a=1&b=2#æ", seventy, "123456789012345678901234567890", 1},
        {.url = "http://e"},
    };

    for (size_t i = 0; i < COUNT(links); i++) {
        const char *file =
            folder_write(arena, folder, "lenke.xml", write_link(arena, links[i], "nb"));
        const char *schema = shared_path(arena, "protocols/xsd/dpi/utvidelser/lenke.xsd");
        assert_int_equal(
            system(arena_printf(arena, "xmllint --nonet --noout --schema %s %s", schema, file)), 0);
    }
    folder_remove(folder);
}

static void what_the_schema_forbids_is_refused(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *seventy_one = arena_printf(arena, "%sx", seventy);
    const struct {
        struct postbox_link link;
        const char *language;
    } wrong[] = {
        {{.url = "ftp://etat.example"}, "nb"},
        {{.url = "https://"}, "nb"},
        {{.url = "https://etat.example/a b"}, "nb"},
        {{.url = ""}, "nb"},
        {{.url = "https://e", .description = ""}, "nb"},
        {{.url = "https://e", .description = "\xff"}, "nb"},
        {{.url = "https://e", .description = seventy_one}, "nb"},
        {{.url = "https://e", .button = ""}, "nb"},
        {{.url = "https://e", .button = "1234567890123456789012345678901"}, "nb"},
        {{.url = "https://e"}, "nob"},
        {{.url = "https://e"}, NULL},
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct bytes bytes;
        struct error err;
        assert_false(lenke_write(arena, &wrong[i].link, wrong[i].language, &bytes, &err));
        assert_int_equal(err.code, ERROR_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_has_its_texts_in_the_language_of_the_letter),
        cmocka_unit_test(a_link_may_be_an_address_alone),
        cmocka_unit_test(xmllint_validates_what_is_written),
        cmocka_unit_test(what_the_schema_forbids_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
