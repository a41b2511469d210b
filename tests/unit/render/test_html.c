#include "render/html.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int open_arena(void **state)
{
    *state = arena_open();
    return 0;
}

static int close_arena(void **state)
{
    struct arena *arena = *state;
    arena_close(&arena);
    return 0;
}

static const char *text_in(struct arena *arena, const char *text)
{
    struct html html;
    html_init(&html, arena);
    html_leaf(&html, text, "span");
    return arena_text_of(arena, html_bytes(&html));
}

static const char *attribute_in(struct arena *arena, const char *name, const char *value)
{
    struct html html;
    html_init(&html, arena);
    html_leaf(&html, "", "a", name, value);
    return arena_text_of(arena, html_bytes(&html));
}

static void out_1_markup_in_a_text_is_text(void **state)
{
    assert_string_equal(text_in(*state, "<script>alert('1') && \"2\"</script>"),
                        "<span>&lt;script&gt;alert(&#39;1&#39;) &amp;&amp; "
                        "&quot;2&quot;&lt;/script&gt;</span>");
}

static void out_1_a_quote_does_not_end_an_attribute(void **state)
{
    assert_string_equal(attribute_in(*state, "title", "\"><img src=x onerror='1'>"),
                        "<a title=\"&quot;&gt;&lt;img src=x onerror=&#39;1&#39;&gt;\"></a>");
}

static void out_1_addresses_lead_only_where_a_page_may(void **state)
{
    static const struct {
        const char *address, *expected;
    } cases[] = {
        {"/utkast/x?a=1&b=2", "<a href=\"/utkast/x?a=1&amp;b=2\"></a>"},
        {"?lang=nn", "<a href=\"?lang=nn\"></a>"},
        {"#feil", "<a href=\"#feil\"></a>"},
        {"https://eksempel.no/", "<a href=\"https://eksempel.no/\"></a>"},
        {"mailto:post@eksempel.no", "<a href=\"mailto:post@eksempel.no\"></a>"},
        {"tel:+4722334455", "<a href=\"tel:+4722334455\"></a>"},
        {"javascript:alert(1)", "<a href=\"#\"></a>"},
        {" javascript:alert(1)", "<a href=\"#\"></a>"},
        {"JaVaScRiPt:alert(1)", "<a href=\"#\"></a>"},
        {"\x01javascript:alert(1)", "<a href=\"#\"></a>"},
        {"data:text/html,x", "<a href=\"#\"></a>"},
        {"vbscript:x", "<a href=\"#\"></a>"},
        {"//fremmed.example/", "<a href=\"#\"></a>"},
        {"/\\fremmed.example/", "<a href=\"#\"></a>"},
        {"/\t/fremmed.example/", "<a href=\"#\"></a>"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(attribute_in(*state, "href", cases[i].address), cases[i].expected);
}

static void out_1_control_characters_and_broken_utf_8_are_replaced(void **state)
{
    assert_string_equal(text_in(*state, "a\x01\x1F\x7F b"), "<span>a\uFFFD\uFFFD\uFFFD b</span>");
    assert_string_equal(text_in(*state, "a\xFFz"), "<span>a\uFFFDz</span>");
    assert_string_equal(text_in(*state, "\xC0\xBCscript\xC0\xBE"),
                        "<span>\uFFFD\uFFFDscript\uFFFD\uFFFD</span>");
    assert_string_equal(text_in(*state, "\xC2\x85"), "<span>\uFFFD</span>");
}

static void out_4_what_turns_the_direction_of_writing_is_replaced(void **state)
{
    assert_string_equal(text_in(*state, "gjp.\u202Efdp"), "<span>gjp.\uFFFDfdp</span>");
    assert_string_equal(text_in(*state, "\u2066x\u2069"), "<span>\uFFFDx\uFFFD</span>");
}

static void letters_of_all_our_languages_pass_unchanged(void **state)
{
    assert_string_equal(text_in(*state, "æøå ÆØÅ čđŋšŧž áâä – « » \u00A0 €\t\n"),
                        "<span>æøå ÆØÅ čđŋšŧž áâä – « » \u00A0 €\t\n</span>");
}

static void an_attribute_without_value_is_left_out_or_bare(void **state)
{
    struct html html;
    html_init(&html, *state);
    html_void(&html, "input", "name", "a", "checked", "", "aria-invalid", NULL);
    assert_string_equal(arena_text_of(*state, html_bytes(&html)), "\n<input name=\"a\" checked>");
}

static void what_was_opened_is_closed_in_order(void **state)
{
    struct html html;
    html_init(&html, *state);
    html_open(&html, "p", "class", "x");
    html_open(&html, "strong");
    html_text(&html, "a");
    html_void(&html, "br");
    html_close_to(&html, 0);
    assert_string_equal(arena_text_of(*state, html_bytes(&html)),
                        "\n<p class=\"x\"><strong>a<br></strong></p>");
}

static void a_leaf_without_text_is_nothing(void **state)
{
    struct html html;
    html_init(&html, *state);
    html_leaf(&html, NULL, "p");
    assert_int_equal(html_bytes(&html).size, 0);
}

static void lines_become_lines(void **state)
{
    struct html html;
    html_init(&html, *state);
    html_lines(&html, "Strandgata 4\r\n9999 <Fjordvik>\n");
    assert_string_equal(arena_text_of(*state, html_bytes(&html)),
                        "Strandgata 4<br>9999 &lt;Fjordvik&gt;<br>");
}

static void the_first_empty_line_of_a_long_text_survives(void **state)
{
    struct html html;
    html_init(&html, *state);
    html_leaf(&html, "\nto", "textarea");
    assert_string_equal(arena_text_of(*state, html_bytes(&html)), "<textarea>\n\nto</textarea>");
}

static void a_site_message_may_be_strong_and_nothing_else(void **state)
{
    struct html html;
    html_init(&html, *state);
    html_message(&html, "**Frist:** <b>1. juni</b> ** og mer");
    assert_string_equal(arena_text_of(*state, html_bytes(&html)),
                        "<strong>Frist:</strong> &lt;b&gt;1. juni&lt;/b&gt; ** og mer");
}

static void hdr_2_a_script_is_a_file_by_its_address(void **state)
{
    struct html html;
    html_init(&html, *state);

    html_script(&html, "/statisk/app.js");

    struct bytes page = html_bytes(&html);
    const char expected[] = "<script src=\"/statisk/app.js\" defer></script>";
    assert_non_null(memmem(page.data, page.size, expected, sizeof expected - 1));
}

/* A mistake of ours, which no page may be sent with. */
static bool ends_the_process(struct arena *arena, const char *attribute)
{
    pid_t child = fork();
    if (child == 0) {
        struct rlimit none = {0};
        struct html html;
        signal(SIGABRT, SIG_DFL);
        setrlimit(RLIMIT_CORE, &none);
        close(STDERR_FILENO);
        html_init(&html, arena);
        html_open(&html, "p", attribute, "x");
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

static void hdr_2_no_attribute_can_be_written_that_is_script_or_style(void **state)
{
    static const char *const bad[] = {"onclick",     "on",    "style",   "srcdoc",
                                      "hx-on:click", "hx-on", "hx-live", "hx-status:on click"};
    static const char *const good[] = {"open", "span", "src", "hx-post", "hx-status:422", "title"};
    for (size_t i = 0; i < COUNT(bad); i++)
        if (!ends_the_process(*state, bad[i]))
            fail_msg("%s", bad[i]);
    for (size_t i = 0; i < COUNT(good); i++)
        if (ends_the_process(*state, good[i]))
            fail_msg("%s", good[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(out_1_markup_in_a_text_is_text),
        cmocka_unit_test(out_1_a_quote_does_not_end_an_attribute),
        cmocka_unit_test(out_1_addresses_lead_only_where_a_page_may),
        cmocka_unit_test(out_1_control_characters_and_broken_utf_8_are_replaced),
        cmocka_unit_test(out_4_what_turns_the_direction_of_writing_is_replaced),
        cmocka_unit_test(letters_of_all_our_languages_pass_unchanged),
        cmocka_unit_test(an_attribute_without_value_is_left_out_or_bare),
        cmocka_unit_test(what_was_opened_is_closed_in_order),
        cmocka_unit_test(a_leaf_without_text_is_nothing),
        cmocka_unit_test(lines_become_lines),
        cmocka_unit_test(the_first_empty_line_of_a_long_text_survives),
        cmocka_unit_test(a_site_message_may_be_strong_and_nothing_else),
        cmocka_unit_test(hdr_2_a_script_is_a_file_by_its_address),
        cmocka_unit_test(hdr_2_no_attribute_can_be_written_that_is_script_or_style),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
