#include "render/step.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "forms/validate.h"
#include "samples.h"

/* One form of one page, with a place for what a test asks and for how it is bound. */
static const char *const form_start =
    "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml' "
    "xmlns:sk='urn:skjema:1'><h:head><h:title>Prøve</h:title><model><instance>"
    "<data id='prove'><s><a/><b/><c/><rad><x/></rad></s></data></instance>";
static const char *const form_middle =
    "</model></h:head><h:body class='pages'><group ref='/data/s'><label>Side</label>";
static const char *const form_end = "</group></h:body></h:html>";

struct tried {
    struct arena *arena;
    struct package *package;
    struct answers *answers;
    struct finding_list findings;
    bool validated;
};

static int open_tried(void **state)
{
    static struct tried tried;
    tried = (struct tried){.arena = arena_open()};
    *state = &tried;
    return 0;
}

static int close_tried(void **state)
{
    struct tried *tried = *state;
    answers_close(&tried->answers);
    package_close(&tried->package);
    arena_close(&tried->arena);
    return 0;
}

static void given(struct tried *tried, const char *binds, const char *controls)
{
    const char *xml = arena_printf(tried->arena, "%s%s%s%s%s", form_start, binds, form_middle,
                                   controls, form_end);
    tried->package = package_of("prove", BYTES_OF(xml));
    if (!tried->package->form)
        fail_msg("%s", tried->package->findings.items[0].text);
    tried->answers = answers_open(tried->package->form, SAMPLES_NOW);
}

static void answered(struct tried *tried, const char *path, const char *value)
{
    assert_true(answers_set(tried->answers, answers_find(tried->answers, path), value, NULL));
}

static const struct form_page *first_page(struct tried *tried)
{
    size_t count = 0;
    return form_pages(tried->package->form, &count);
}

static void validated(struct tried *tried)
{
    finding_list_init(&tried->findings, tried->arena);
    validate_page(tried->answers, first_page(tried), "nb", &tried->findings);
    tried->validated = true;
}

static const char *shown_in(struct tried *tried, const char *language, size_t current)
{
    static const struct step_link links[] = {{"Side", "/utkast/x/s", STEP_NOT_STARTED, true, NULL},
                                             {"Oppsummering", "/utkast/x/o", 0, true, NULL}};
    struct frame frame = samples_frame(language);
    struct step step = {
        .answers = tried->answers,
        .page = first_page(tried),
        .progress = {links, COUNT(links), current},
        .action = "/utkast/x/s",
        .findings = tried->validated ? &tried->findings : NULL,
        .room = {.file_bytes = 10000000, .total_bytes = 50000000},
    };
    return arena_text_of(tried->arena, step_page(tried->arena, &frame, &step));
}

static const char *shown_at(struct tried *tried, size_t current)
{
    return shown_in(tried, "nb", current);
}

static const char *shown(struct tried *tried)
{
    return shown_at(tried, 0);
}

static int times(const char *text, const char *part)
{
    int count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
        count++;
    return count;
}

/* ---- must or may ---- */

static void when_all_must_be_answered_it_is_said_once(void **state)
{
    given(*state,
          "<bind nodeset='/data/s/a' required='true()'/>"
          "<bind nodeset='/data/s/b' required='true()'/>",
          "<input ref='/data/s/a'><label>A</label></input>"
          "<input ref='/data/s/b'><label>B</label></input>");

    const char *page = shown(*state);

    assert_int_equal(times(page, "Alle felt må fylles ut"), 1);
    assert_int_equal(times(page, ">Må fylles ut<"), 0);
}

static void when_some_must_and_some_may_each_says_which(void **state)
{
    given(*state, "<bind nodeset='/data/s/a' required='true()'/>",
          "<input ref='/data/s/a'><label>A</label></input>"
          "<input ref='/data/s/b'><label>B</label></input>");

    const char *page = shown(*state);

    assert_int_equal(times(page, "Alle felt må fylles ut"), 0);
    assert_int_equal(times(page, ">Må fylles ut<"), 1);
    assert_int_equal(times(page, ">Valgfritt<"), 1);
}

static void a_question_that_is_hidden_does_not_count(void **state)
{
    given(*state,
          "<bind nodeset='/data/s/a' required='true()'/>"
          "<bind nodeset='/data/s/b' relevant='../a = 1'/>",
          "<input ref='/data/s/a'><label>A</label></input>"
          "<input ref='/data/s/b'><label>Skjult</label></input>");

    const char *page = shown(*state);

    assert_null(strstr(page, "Skjult"));
    assert_int_equal(times(page, "Alle felt må fylles ut"), 1);
}

/* ---- controls ---- */

static const char *choices(struct arena *arena, int count)
{
    struct buf out;
    buf_init(&out, arena);
    buf_add_text(&out, "<select1 ref='/data/s/a'><label>Velg en</label>");
    for (int i = 1; i <= count; i++)
        buf_printf(&out, "<item><label>Valg %d</label><value>v%d</value></item>", i, i);
    buf_add_text(&out, "</select1>");
    return buf_text(&out);
}

static void seven_choices_are_radio_buttons(void **state)
{
    struct tried *tried = *state;
    given(tried, "", choices(tried->arena, 7));
    answered(tried, "/data/s/a", "v3");

    const char *page = shown(tried);

    assert_int_equal(times(page, "type=\"radio\""), 7);
    assert_non_null(strstr(page, "value=\"v3\" checked>"));
    assert_int_equal(times(page, "checked>"), 1);
}

static void an_eighth_choice_makes_it_a_list_to_open(void **state)
{
    struct tried *tried = *state;
    given(tried, "", choices(tried->arena, 8));
    answered(tried, "/data/s/a", "v8");

    const char *page = shown(tried);

    assert_int_equal(times(page, "type=\"radio\""), 0);
    assert_non_null(strstr(page, "<option value>Velg …</option>"));
    assert_non_null(strstr(page, "<option value=\"v8\" selected>Valg 8</option>"));
}

static void an_amount_has_its_unit_and_thousands(void **state)
{
    given(*state, "<bind nodeset='/data/s/a' type='sk:belop'/>",
          "<input ref='/data/s/a'><label>Inntekt (kroner)</label></input>");
    answered(*state, "/data/s/a", "425000");

    const char *page = shown(*state);

    assert_non_null(strstr(page, "value=\"425\u00A0000\""));
    assert_non_null(strstr(page, "aria-hidden=\"true\">kr</span>"));
}

static void what_cannot_be_changed_is_text_and_no_input(void **state)
{
    given(*state, "<bind nodeset='/data/s/a' readonly='true()'/>",
          "<input ref='/data/s/a'><label>Navn</label></input>");
    answered(*state, "/data/s/a", "Ingrid Fjeld");

    const char *page = shown(*state);

    assert_non_null(strstr(page, "<dd>Ingrid Fjeld</dd>"));
    assert_int_equal(times(page, "type=\"text\""), 0);
}

static void a_box_to_tick_has_a_legend_too(void **state)
{
    given(*state, "", "<trigger ref='/data/s/a'><label>Jeg bekrefter dette</label></trigger>");
    answered(*state, "/data/s/a", "OK");

    const char *page = shown(*state);

    assert_non_null(strstr(page, "class=\"ds-label\">Bekreftelse"));
    assert_non_null(
        strstr(page, "type=\"checkbox\" id=\"s-a-1\" name=\"s-a\" value=\"OK\" checked>"));
}

static void a_button_of_the_forms_own_is_posted_with_the_page_and_comes_back_to_itself(void **state)
{
    given(*state, "",
          "<input ref='/data/s/a'><label>A</label></input><trigger id='tom'><label>Tøm</label>"
          "<setvalue event='DOMActivate' ref='/data/s/a'/></trigger>");

    const char *page = shown(*state);

    assert_non_null(strstr(page, "type=\"submit\" id=\"trykk-2\" name=\"_handling\" "
                                 "value=\"trykk:2\" formnovalidate>Tøm<"));
    assert_true(strstr(page, "id=\"s-a\"") < strstr(page, "trykk-2"));
}

static void what_stands_in_a_closed_case_is_not_on_the_page(void **state)
{
    given(*state, "",
          "<switch><case id='a'><input ref='/data/s/a'><label>Aa</label></input></case>"
          "<case id='b' selected='true'><input ref='/data/s/b'><label>Bb</label></input></case>"
          "</switch>");

    const char *page = shown(*state);

    assert_null(strstr(page, "Aa"));
    assert_non_null(strstr(page, "Bb"));
}

static void out_1_what_people_and_authors_write_is_text(void **state)
{
    given(*state, "",
          "<input ref='/data/s/a'><label>&lt;b&gt;A&lt;/b&gt;</label></input>"
          "<textarea ref='/data/s/b'><label>B</label></textarea>");
    answered(*state, "/data/s/a", "\"><script>alert(1)</script>");
    answered(*state, "/data/s/b", "</textarea><script>alert(2)</script>");

    const char *page = shown(*state);

    assert_null(strstr(page, "<script>"));
    assert_null(strstr(page, "<b>"));
    assert_non_null(strstr(page, "&lt;b&gt;A&lt;/b&gt;"));
    assert_non_null(strstr(page, "value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\""));
    assert_non_null(strstr(page, "&lt;/textarea&gt;&lt;script&gt;alert(2)"));
}

/* ---- mistakes ---- */

static void a_mistake_is_told_in_title_summary_and_at_the_control(void **state)
{
    given(*state, "<bind nodeset='/data/s/a' type='int'/>",
          "<input ref='/data/s/a'><label>Antall</label><sk:name>antall</sk:name></input>");
    answered(*state, "/data/s/a", "mange");
    validated(*state);

    const char *page = shown(*state);

    assert_non_null(strstr(page, "<title>Feil (1): Side – steg 1 av 2 – Prøve – Fjordvik"));
    assert_non_null(strstr(page, "href=\"#s-a\">Antall må være et helt tall"));
    assert_non_null(strstr(page, "id=\"s-a-feil\">Antall må være et helt tall"));
    assert_non_null(strstr(page, "aria-describedby=\"s-a-feil\" aria-invalid=\"true\""));
    assert_non_null(strstr(page, "value=\"mange\""));
}

static void the_summary_leads_to_the_part_of_a_date_that_is_wrong(void **state)
{
    given(*state, "<bind nodeset='/data/s/a' type='date'/>",
          "<input ref='/data/s/a'><label>Født</label><sk:name>fødselsdato</sk:name></input>");
    answered(*state, "/data/s/a", "31.13.2024");
    validated(*state);

    assert_non_null(strstr(shown(*state), "href=\"#s-a-maned\""));
}

static void the_summary_leads_to_the_first_of_the_choices(void **state)
{
    struct tried *tried = *state;
    given(tried, "<bind nodeset='/data/s/a' required='true()'/>", choices(tried->arena, 3));
    validated(tried);

    assert_non_null(strstr(shown(tried), "href=\"#s-a-1\""));
}

/* ---- buttons ---- */

static void enter_presses_next_and_nothing_else(void **state)
{
    given(*state, "",
          "<repeat nodeset='/data/s/rad'><input ref='/data/s/rad/x'>"
          "<label>X</label></input></repeat>");

    const char *first = strstr(shown(*state), "<button");
    while (first && !strstr(first, "form=\"skjema\"")) /* that of logging out is another form's */
        first = strstr(first + 1, "<button");

    assert_non_null(strstr(first, "value=\"" STEP_NEXT "\""));
    assert_true(strstr(first, "value=\"" STEP_NEXT "\"") < strchr(first, '>'));
}

static void the_first_step_has_no_way_back(void **state)
{
    given(*state, "", "<input ref='/data/s/a'><label>A</label></input>");

    assert_null(strstr(shown_at(*state, 0), "value=\"" STEP_PREVIOUS "\""));
    assert_non_null(strstr(shown_at(*state, 1), "value=\"" STEP_PREVIOUS "\""));
}

static void rows_can_be_added_and_removed_within_their_limits(void **state)
{
    given(*state, "",
          "<repeat nodeset='/data/s/rad' sk:min='1' sk:max='1'>"
          "<sk:name>rad</sk:name><input ref='/data/s/rad/x'><label>X</label></input>"
          "</repeat>");

    const char *page = shown(*state);

    assert_null(strstr(page, "value=\"" STEP_ADD));
    assert_null(strstr(page, "value=\"" STEP_REMOVE));
    assert_non_null(strstr(page, "Du kan ikke legge til flere."));
}

static void a_question_that_others_hang_on_has_a_button_to_show_them(void **state)
{
    struct tried *tried = *state;
    given(tried, "<bind nodeset='/data/s/b' relevant='../a = \"v1\"'/>",
          arena_printf(tried->arena, "%s<input ref='/data/s/b'><label>B</label></input>",
                       choices(tried->arena, 2)));

    assert_non_null(strstr(shown(tried), "value=\"" STEP_REFRESH "\""));
    answered(tried, "/data/s/a", "v1");
    assert_non_null(strstr(shown(tried), "class=\"app-conditional app-stack\""));
}

static void only_a_page_with_documents_is_sent_in_parts(void **state)
{
    given(*state, "<bind nodeset='/data/s/a' type='binary'/>",
          "<upload ref='/data/s/a'><label>Attest</label></upload>");

    const char *page = shown(*state);

    assert_non_null(strstr(page, "enctype=\"multipart/form-data\""));
    assert_non_null(strstr(page, "name=\"" STEP_FILE_PREFIX "s-a\""));
    assert_non_null(strstr(page, "PDF, JPG eller PNG. Inntil 10\u00A0MB per fil."));
}

static void give(struct tried *tried, const char *document)
{
    struct attachment_info info = {.source = "disk", .document = document, .name = document};
    struct error err = {0};
    struct place *place = answers_find(tried->answers, "/data/s/a");
    assert_true(answers_attach(tried->answers, place, &info, &err));
}

static void a_box_counts_down_to_the_number_of_files_that_is_asked_for(void **state)
{
    struct tried *tried = *state;
    given(tried, "<bind nodeset='/data/s/a' type='binary' required='true()'/>",
          "<upload ref='/data/s/a' sk:files='3' sk:max-files='4'><label>Lønn</label></upload>");

    const char *none = shown(tried);
    give(tried, "d1");
    give(tried, "d2");
    const char *some = shown(tried);
    const char *in_english = shown_in(tried, "en", 0);
    give(tried, "d3");
    const char *all = shown(tried);

    assert_non_null(strstr(none, ">Mangler 3 av 3<"));
    assert_null(strstr(none, "Har du alt i færre filer"));
    assert_non_null(strstr(some, ">Mangler 1 av 3<"));
    assert_non_null(strstr(some, "Har du alt i færre filer, kan du gå videre."));
    assert_non_null(strstr(in_english, ">Missing 1 of 3<"));
    assert_non_null(strstr(all, ">Lagt ved<"));
    assert_null(strstr(all, "Mangler"));
}

static void the_name_of_a_document_says_its_language_when_the_page_has_another(void **state)
{
    given(*state, "<bind nodeset='/data/s/a' type='binary'/>",
          "<upload ref='/data/s/a'><label>Attest</label><sk:name>attesten</sk:name></upload>");

    const char *page = shown_in(*state, "en", 0);

    assert_non_null(strstr(page, "Upload <span lang=\"nb\">attesten</span> from your device</label>"));
}

/* ---- between presses ---- */

static void what_was_saved_between_presses_brings_the_line_and_the_revision(void **state)
{
    struct tried *tried = *state;
    struct frame frame = samples_frame("nb");
    const char *part =
        arena_text_of(tried->arena, step_saved_part(tried->arena, &frame, frame.now, 8));

    assert_non_null(strstr(part, "id=\"utkaststatus\""));
    assert_non_null(strstr(part, "name=\"_revisjon\" value=\"8\" hx-swap-oob=\"true\""));
    assert_null(strstr(part, "autofocus"));
    assert_null(strstr(part, "<main"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TRIED(name) cmocka_unit_test_setup_teardown(name, open_tried, close_tried)
        TRIED(when_all_must_be_answered_it_is_said_once),
        TRIED(what_was_saved_between_presses_brings_the_line_and_the_revision),
        TRIED(when_some_must_and_some_may_each_says_which),
        TRIED(a_question_that_is_hidden_does_not_count),
        TRIED(seven_choices_are_radio_buttons),
        TRIED(an_eighth_choice_makes_it_a_list_to_open),
        TRIED(an_amount_has_its_unit_and_thousands),
        TRIED(what_cannot_be_changed_is_text_and_no_input),
        TRIED(a_box_to_tick_has_a_legend_too),
        TRIED(a_button_of_the_forms_own_is_posted_with_the_page_and_comes_back_to_itself),
        TRIED(what_stands_in_a_closed_case_is_not_on_the_page),
        TRIED(out_1_what_people_and_authors_write_is_text),
        TRIED(a_mistake_is_told_in_title_summary_and_at_the_control),
        TRIED(the_summary_leads_to_the_part_of_a_date_that_is_wrong),
        TRIED(the_summary_leads_to_the_first_of_the_choices),
        TRIED(enter_presses_next_and_nothing_else),
        TRIED(the_first_step_has_no_way_back),
        TRIED(rows_can_be_added_and_removed_within_their_limits),
        TRIED(a_question_that_others_hang_on_has_a_button_to_show_them),
        TRIED(only_a_page_with_documents_is_sent_in_parts),
        TRIED(a_box_counts_down_to_the_number_of_files_that_is_asked_for),
        TRIED(the_name_of_a_document_says_its_language_when_the_page_has_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
