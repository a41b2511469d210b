/* test_page_words.c - what pages say in which language, and to whom. */
#include "samples.h"

#include "render/message.h"
#include "render/my_documents.h"
#include "render/sending.h"
#include "render/sharing.h"
#include "render/site.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *const languages[] = {"nb", "nn", "en", "se"};

static void a_page_of_a_form_says_in_the_language_that_it_lacks_that_it_lacks_it(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct frame frame = samples_frame("nb");
    const struct sending_review review = {.outline = &(struct outline){.language = "nb"},
                                          .address_of_page = "/utkast/1/",
                                          .action = "",
                                          .back = ""};
    const char *has = arena_text_of(arena, sending_review_page(arena, &frame, &review));
    frame.lacking = "en";
    const char *lacks = arena_text_of(arena, sending_review_page(arena, &frame, &review));

    assert_null(strstr(has, "app-lacking"));
    assert_non_null(strstr(lacks, "<span lang=\"en\">The form does not exist in English."));
}

static void only_who_logs_in_to_apply_is_told_for_whom_one_can(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    for (size_t i = 0; i < COUNT(languages); i++) {
        struct frame frame = samples_frame(languages[i]);
        struct site_login login = {.go = "/logg-inn/idporten", .back = "/"};
        const char *question = message(languages[i], "login.others");
        assert_null(strstr(arena_text_of(arena, site_login_page(arena, &frame, &login)), question));
        login.form_title = "Søknad";
        assert_non_null(
            strstr(arena_text_of(arena, site_login_page(arena, &frame, &login)), question));
    }
}

static void the_form_that_a_document_waits_in_says_its_language_when_it_is_another(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct frame frame = samples_frame("en");
    const struct my_document items[] = {
        {.kind = MY_DOCUMENTS_UPLOADED,
         .document = {.name = "a.pdf", .type = "PDF"},
         .remove = "/min-side/dokumenter/a/fjern",
         .form = {.text = "Søknad om plass", .language = "nb"}},
        {.kind = MY_DOCUMENTS_UPLOADED,
         .document = {.name = "b.pdf", .type = "PDF"},
         .reference = "FB-2026-000001",
         .form = {.text = "Søknad om plass", .language = "nb"}},
    };
    const struct my_documents documents = {.counts = {2, 0, 0, 2}, .items = items, .count = 2};

    const char *page = arena_text_of(arena, my_documents_page(arena, &frame, &documents));

    assert_non_null(strstr(page, "In the draft “<span lang=\"nb\">Søknad om plass</span>”"));
    assert_non_null(strstr(page, "<span class=\"app-nowrap\">Used in FB-2026-000001</span>"));
    assert_non_null(strstr(page, "formaction=\"/min-side/dokumenter/a/fjern\""));
    assert_null(strstr(page, "Remove<span class=\"ds-sr-only\"> b.pdf"));
}

static void what_a_document_fits_says_its_language_when_it_is_another(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct frame frame = samples_frame("en");
    const struct sharing_box boxes[] = {{"1", "Skattemelding", "nb", true},
                                        {"2", "{dokument}", "nb", false}};
    const struct sharing_choice choice = {
        .document = {.name = "{krav}.pdf", .type = "PDF"}, .boxes = boxes, .box_count = 2};
    const struct sharing_choose choose = {.form_title = "Form",
                                          .choices = &choice,
                                          .count = 1,
                                          .action = "/utkast/x/velg",
                                          .back = "/utkast/x/dok"};

    const char *page = arena_text_of(arena, sharing_choose_page(arena, &frame, &choose));

    assert_non_null(strstr(page, "Fits “<span lang=\"nb\">Skattemelding</span>”"));
    assert_non_null(
        strstr(page, "Use “{krav}.pdf” for “<span lang=\"nb\">{dokument}</span>” too</label>"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_of_a_form_says_in_the_language_that_it_lacks_that_it_lacks_it),
        cmocka_unit_test(only_who_logs_in_to_apply_is_told_for_whom_one_can),
        cmocka_unit_test(the_form_that_a_document_waits_in_says_its_language_when_it_is_another),
        cmocka_unit_test(what_a_document_fits_says_its_language_when_it_is_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
