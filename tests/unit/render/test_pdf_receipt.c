#include "render/pdf_receipt.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "pdf_structure.h"
#include "pdf_tools.h"
#include "render/receipt_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define NOON 1795431600 /* 2026-11-23 12:00 in Norway */

static const struct frame_agency agency = {
    .name = "Fjordvik kommune",
    .number = "310245682",
    .address = "Rådhusplassen 1, 9999 Fjordvik",
    .phone = "23 45 60 00",
    .email = "post@fjordvik.example",
};
static const struct pdf_path logo[] = {{"M4 4h28v17c0 6-6 10-14 12C10 31 4 27 4 21z", 0, 0x0062BA}};
static const char *const next[] = {
    "Vi kontrollerer inntekten mot opplysninger fra Skatteetaten.",
    "Vedtaket kommer i din digitale postkasse.",
};

/* Adds a node after the last one; NULL: as the first of the outline. */
static struct outline_node *add(struct arena *arena, struct outline_node ***end,
                                enum outline_kind kind, const char *label, const char *value)
{
    struct outline_node *node = ARENA_NEW(arena, struct outline_node);
    *node = (struct outline_node){.kind = kind, .label = label, .value = value};
    **end = node;
    *end = &node->next;
    return node;
}

static struct pdf_receipt receipt_of(const struct outline *outline)
{
    return (struct pdf_receipt){
        .agency = &agency,
        .logo = logo,
        .logo_count = COUNT(logo),
        .logo_size = 36,
        .reference = "FB-2026-004182",
        .received_at = NOON,
        .answer_by = NOON + 21 * 86400,
        .person_name = "Ingrid Fjeld",
        .person_number = "02878520281",
        .next = next,
        .next_count = COUNT(next),
        .outline = outline,
    };
}

static struct bytes write_receipt(struct arena *arena, const struct pdf_receipt *receipt)
{
    struct bytes bytes = {0};
    struct error err = {0};
    if (!pdf_receipt_write(arena, receipt, &bytes, &err))
        fail_msg("%s", err.text);
    pdf_structure_read(arena, bytes);
    return bytes;
}

/* One question with this answer. */
static struct bytes with_answer(struct arena *arena, const char *value)
{
    struct outline outline = {.language = "nb", .form_title = "Søknad om plass"};
    struct outline_node **end = &outline.first;
    add(arena, &end, OUTLINE_ANSWER, "Spørsmålet", value);
    struct pdf_receipt receipt = receipt_of(&outline);
    return write_receipt(arena, &receipt);
}

static struct outline_document document(const char *name, enum outline_origin origin,
                                        const char *issuer, const char *number, const char *digest)
{
    return (struct outline_document){.name = name,
                                     .type = "PDF",
                                     .size_bytes = 184000,
                                     .origin = origin,
                                     .issuer = issuer,
                                     .issuer_number = number,
                                     .sha256_hex = digest};
}

static struct outline example(struct arena *arena, const char *language)
{
    struct outline outline = {.language = language,
                              .form_title = "Søknad om redusert foreldrebetaling"};
    struct outline_node **sections = &outline.first;

    struct outline_node **end =
        &add(arena, &sections, OUTLINE_SECTION, "Husholdning og inntekt", NULL)->first_child;
    add(arena, &end, OUTLINE_ANSWER, "Hvem bor du sammen med?", "Jeg har samboer");
    add(arena, &end, OUTLINE_ANSWER, "Din inntekt per år", "425\u00A0000\u00A0kr");
    struct outline_node **child = &add(arena, &end, OUTLINE_GROUP, "Barn 1", NULL)->first_child;
    add(arena, &child, OUTLINE_ANSWER, "Barnets navn", "Áŋŋa Čáhppe Fjeld");
    add(arena, &child, OUTLINE_ANSWER, "Fødselsdato", "7. mars 2022");
    add(arena, &end, OUTLINE_ANSWER, "Noe mer vi bør vite?", "Første linje.\n\nTredje linje 👶.");
    add(arena, &end, OUTLINE_ANSWER, "Andre ytelser", "");

    end = &add(arena, &sections, OUTLINE_SECTION, "Dokumentasjon", NULL)->first_child;
    struct outline_node *upload = add(arena, &end, OUTLINE_DOCUMENTS, "Skattemelding", NULL);
    upload->documents = ARENA_ARRAY(arena, 3, struct outline_document);
    upload->document_count = 3;
    upload->documents[0] =
        document("Skattemelding for 2025", OUTLINE_ORIGIN_ISSUER, "Skatteetaten", "974761076",
                 "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
    upload->documents[0].signer = "SKATTEETATEN";
    upload->documents[0].signed_at = 1773648000; /* 16 March 2026 */
    upload->documents[0].valid_until = 1798671600;
    upload->documents[1] =
        document("skattemelding-jonas.pdf", OUTLINE_ORIGIN_UPLOADED, "", "",
                 "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752");
    upload->documents[2] =
        document("Lønnsslipp oktober", OUTLINE_ORIGIN_UNCONFIRMED, "Nordlys Regnskap AS", "",
                 "fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13");
    add(arena, &end, OUTLINE_DOCUMENTS, "Lønnsslipper", NULL)->later = true;
    add(arena, &end, OUTLINE_DOCUMENTS, "Attest", NULL);
    return outline;
}

static void a_receipt_in_bokmaal_reads_as_agreed(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct outline outline = example(arena, "nb");
    struct pdf_receipt receipt = receipt_of(&outline);

    struct bytes bytes = write_receipt(arena, &receipt);

    pdf_tools_golden(arena, "receipt_nb.txt", pdf_tools_text(arena, bytes, 0));
    (void)state;
}

static void a_receipt_in_nynorsk_reads_as_agreed(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct outline outline = example(arena, "nn");
    struct pdf_receipt receipt = receipt_of(&outline);

    struct bytes bytes = write_receipt(arena, &receipt);

    pdf_tools_golden(arena, "receipt_nn.txt", pdf_tools_text(arena, bytes, 0));
    (void)state;
}

static void a_receipt_is_read_aloud_as_agreed(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct outline outline = example(arena, "nb");
    outline.first->first_child->language = "nn";
    struct pdf_receipt receipt = receipt_of(&outline);

    struct bytes bytes = write_receipt(arena, &receipt);

    pdf_tools_golden(arena, "receipt_nb.structure",
                     pdf_structure_write(arena, pdf_structure_read(arena, bytes)));
    pdf_tools_quiet(arena, bytes);
    const char *heard = pdf_tools_run(arena, "pdfinfo -struct-text %s", bytes);
    assert_non_null(strstr(heard, "\"425\u00A0000\u00A0kr\""));
}

/* The PDF with one thing changed for another of the same length, where it stands first. */
static struct bytes with_change(struct arena *arena, struct bytes pdf, const char *from,
                                const char *to)
{
    struct bytes copy = arena_bytes(arena, pdf);
    char *at = memmem(copy.data, copy.size, from, strlen(from));
    assert_non_null(at);
    assert_int_equal(strlen(from), strlen(to));
    memcpy(at, to, strlen(to));
    return copy;
}

static void a_structure_that_breaks_a_rule_is_seen(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    static const struct {
        const char *from, *to, *told;
    } changes[] = {
        {"/S/H2", "/S/H3", "headings leave no level out"},
        {"/S/H2", "/S/H1", "headings leave no level out"},
        {"/S/H2", "/S/Hx", "roles are standard"},
        {"/S/Lbl", "/S/H2 ", "it lies where it may"},
        {"/S/P/", "/S/L/", "a list says what its labels are"},
        {"/Alt<", "/Alx<", "a figure has words instead"},
        {"/Scope/", "/Skope/", "a header says of what"},
        {"/K 3>>", "/K 4>>", "the way back leads to the element"},
        {"/Marked true", "/Marked null", "it is tagged"},
        {"/Tabs /S", "/Tabs /R", "one tabs in the order"},
        {"/Lang (nb)", "/Lang (no)", "XMP has the same language"},
        {"<pdfuaid:part>1", "<pdfuaid:part>2", "it says that it is PDF/UA-1"},
        {"%PDF-1.7", "%PDF-1.4", "it is PDF 1.7"},
    };
    struct outline outline = example(arena, "nb");
    struct pdf_receipt receipt = receipt_of(&outline);
    struct bytes bytes = write_receipt(arena, &receipt);

    for (size_t i = 0; i < COUNT(changes); i++) {
        struct bytes changed = with_change(arena, bytes, changes[i].from, changes[i].to);
        const char *told = pdf_structure_trouble(arena, changed);
        if (!strstr(told, changes[i].told))
            fail_msg("%s for %s: \"%s\"", changes[i].to, changes[i].from, told);
    }
}

/* The next word without the marks that stand round it, or NULL. */
static char *next_word(struct arena *arena, const char **at)
{
    static const char blank[] = " \n\f", marks[] = ":.";
    *at += strspn(*at, blank);
    size_t size = strcspn(*at, blank), bare = size;
    while (bare && strchr(marks, (*at)[bare - 1]))
        bare--;
    char *word = arena_printf(arena, "%.*s", (int)bare, *at);
    *at += size;
    return size ? word : NULL;
}

static char *without_no_break_spaces(struct arena *arena, const char *text)
{
    struct buf out;
    buf_init(&out, arena);
    for (; *text; text++) {
        bool is_one = text_starts_with(text, "\u00A0");
        buf_add_byte(&out, is_one ? ' ' : (unsigned char)*text);
        text += is_one;
    }
    return buf_text(&out);
}

static void every_word_of_the_plain_text_stands_in_the_letter(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    static const char *const languages[] = {"nb", "nn"};
    for (size_t i = 0; i < COUNT(languages); i++) {
        struct outline outline = example(arena, languages[i]);
        struct pdf_receipt receipt = receipt_of(&outline);
        const char *letter = without_no_break_spaces(
            arena, pdf_tools_text(arena, write_receipt(arena, &receipt), 0));

        const char *plain = without_no_break_spaces(arena, receipt_text_write(arena, &receipt));

        size_t words = 0;
        for (const char *at = plain, *word; (word = next_word(arena, &at)); words++)
            if (!strstr(letter, word))
                fail_msg("'%s' does not stand in the letter", word);
        assert_in_range(words, 100, 400);
    }
}

static void the_same_receipt_gives_the_same_small_file(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct outline outline = example(arena, "nb");
    struct pdf_receipt receipt = receipt_of(&outline);

    struct bytes first = write_receipt(arena, &receipt), second = write_receipt(arena, &receipt);

    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
    assert_in_range(first.size, 5000, 50000);
    (void)state;
}

static void the_identity_number_is_masked(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();

    struct bytes bytes = with_answer(arena, "Ja");

    const char *text = pdf_tools_text(arena, bytes, 0);
    assert_non_null(strstr(text, "028785 *****"));
    assert_null(strstr(text, "20281"));
    (void)state;
}

/* Fails unless it is marked on each of its pages, and claims nothing that only a receipt has. */
static void check_draft(struct arena *arena, struct bytes pdf, const char *mark)
{
    static const char *const of_receipts[] = {"FB-2026-004182", "SHA-256", "9f86d081884c7d65",
                                              "Vi har mottatt"};
    for (int page = 1; page <= 2; page++)
        if (pdf_tools_count(pdf_tools_text(arena, pdf, page), mark) < 3)
            fail_msg("page %d does not say '%s' in its band, in its head and at its foot", page,
                     mark);
    const char *text = pdf_tools_text(arena, pdf, 0);
    for (size_t i = 0; i < COUNT(of_receipts); i++)
        if (strstr(text, of_receipts[i]))
            fail_msg("a draft says '%s'", of_receipts[i]);
    assert_non_null(strstr(text, "Jeg har samboer"));
    assert_non_null(strstr(text, "skattemelding-jonas.pdf"));
    assert_null(strstr(pdf_tools_objects(arena, pdf), "/EmbeddedFile"));
}

static void a_draft_says_on_every_page_that_it_is_not_sent(void **state)
{
    static const struct {
        const char *language, *mark;
    } drafts[] = {{"nb", "Utkast – ikke sendt"},
                  {"nn", "Utkast – ikkje sendt"},
                  {"en", "Draft – not sent"},
                  {"se", "Evttohus – ii sáddejuvvon"}};
    (void)state;
    for (size_t i = 0; i < COUNT(drafts); i++) {
        CLEANUP(arena_close) struct arena *arena = arena_open();
        struct outline outline = example(arena, drafts[i].language);
        struct outline_node **end = &outline.first;
        while (*end)
            end = &(*end)->next;
        for (int more = 0; more < 30; more++) /* onto a second page */
            add(arena, &end, OUTLINE_ANSWER, "Spørsmål?", "Svar.");
        struct pdf_receipt draft = receipt_of(&outline);
        draft.is_draft = true;
        draft.reference = NULL;
        draft.next_count = 0;
        draft.answer_by = 0;

        check_draft(arena, write_receipt(arena, &draft), drafts[i].mark);
    }
}

static void two_hundred_answers_are_all_there(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct outline outline = {.language = "nb", .form_title = "Langt skjema"};
    struct outline_node **sections = &outline.first, **end = NULL;
    for (int i = 0; i < 200; i++) {
        if (i % 10 == 0)
            end =
                &add(arena, &sections, OUTLINE_SECTION, arena_printf(arena, "Del %d", i / 10), NULL)
                     ->first_child;
        add(arena, &end, OUTLINE_ANSWER, arena_printf(arena, "Spørsmål nummer %d?", i),
            arena_printf(arena, "Svaret er %d.", i));
    }
    struct pdf_receipt receipt = receipt_of(&outline);

    struct bytes bytes = write_receipt(arena, &receipt);

    const char *text = pdf_tools_text(arena, bytes, 0);
    for (int i = 0; i < 200; i++) {
        assert_int_equal(pdf_tools_count(text, arena_printf(arena, "Spørsmål nummer %d?", i)), 1);
        assert_int_equal(pdf_tools_count(text, arena_printf(arena, "Svaret er %d.", i)), 1);
    }
    assert_in_range(bytes.size, 5000, 90000);
    (void)state;
}

static void a_long_answer_is_whole(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct buf value;
    buf_init(&value, arena);
    while (value.size < 100000)
        buf_add_text(&value, "Saken gjelder årene før flyttingen. ");
    size_t sentences = value.size / strlen("Saken gjelder årene før flyttingen. ");

    struct bytes bytes = with_answer(arena, buf_text(&value));

    const char *text = pdf_tools_text(arena, bytes, 0);
    assert_int_equal(pdf_tools_count(text, "flyttingen."), sentences);
    assert_int_equal(pdf_tools_count(text, "Saken"), sentences);
    (void)state;
}

static void file_7_hostile_answers_are_only_text(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    static const char *const answers[] = {
        ") Tj ET /Evil Do BT (",    "<script>alert(1)</script>", "{navn} {page} %s %n",
        "endstream endobj trailer", "\\\\ ) >> stream",          "=1+1|cmd'",
    };

    for (size_t i = 0; i < COUNT(answers); i++) {
        struct bytes bytes = with_answer(arena, answers[i]);
        assert_non_null(strstr(pdf_tools_text(arena, bytes, 0), answers[i]));
        assert_null(strstr(pdf_tools_objects(arena, bytes), "Evil"));
    }
    (void)state;
}

static void file_7_broken_and_strange_answers_make_a_sound_file(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    static const char *const answers[] = {
        "\xFF\xFE\x80 \xC3",  "\x01\x02\x7F\xC2\x85", "\u202Egnorw\u202C",
        "\uFEFF\u200B\u00AD", "e\u0301a\u030A",       "مرحبا",
        "\U0010FFFF",         "\t \r\n \n\n",
    };

    for (size_t i = 0; i < COUNT(answers); i++) {
        struct bytes bytes = with_answer(arena, answers[i]);
        assert_non_null(strstr(pdf_tools_text(arena, bytes, 0), "Spørsmålet"));
    }
    (void)state;
}

static void what_was_sent_afterwards_has_a_receipt_of_its_own(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct outline outline = example(arena, "se");
    struct pdf_receipt receipt = receipt_of(&outline);
    receipt.is_supplement = true;
    receipt.due_at = NOON - 86400;

    struct bytes bytes = write_receipt(arena, &receipt);

    const char *heard = pdf_structure_write(arena, pdf_structure_read(arena, bytes));
    assert_non_null(strstr(heard, "P Kvitteren maŋŋil sáddejuvvon dokumeanttain\n"));
    assert_non_null(strstr(heard, "H2 Maid sáddejit maŋŋil\n"));
}

static void words_in_another_language_than_the_form_say_so(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct outline outline = example(arena, "pl");
    struct pdf_receipt receipt = receipt_of(&outline);

    struct bytes bytes = write_receipt(arena, &receipt);

    const char *heard = pdf_structure_write(arena, pdf_structure_read(arena, bytes));

    assert_non_null(strstr(heard, "\n  Sect\n    H2 (en) Your answers\n"));
    assert_non_null(strstr(heard, "LBody Vi kontrollerer inntekten"));
    assert_non_null(strstr(heard, "Lbl Barnets navn\n")); /* the form's own, as far as it says */
    assert_non_null(strstr(heard, "LBody (en) Not answered\n"));
}

static void groups_deeper_than_headings_go_are_all_there(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct outline outline = {.language = "nb", .form_title = "Dypt skjema"};
    struct outline_node **end = &outline.first;
    for (int i = 0; i < 10; i++) {
        struct outline_node **inside =
            &add(arena, &end, OUTLINE_GROUP, arena_printf(arena, "Gruppe %d", i), NULL)
                 ->first_child;
        add(arena, &end, OUTLINE_ANSWER, arena_printf(arena, "Etter %d", i), "Ja");
        end = inside;
        add(arena, &end, OUTLINE_ANSWER, arena_printf(arena, "I %d", i), "Ja");
    }
    struct pdf_receipt receipt = receipt_of(&outline);

    struct bytes bytes = write_receipt(arena, &receipt);

    const char *heard = pdf_structure_write(arena, pdf_structure_read(arena, bytes));
    assert_non_null(strstr(heard, "H3 Gruppe 0\n"));
    assert_non_null(strstr(heard, "H6 Gruppe 3\n"));
    assert_non_null(strstr(heard, "H6 Gruppe 9\n"));
    for (int i = 0; i < 10; i++)
        assert_int_equal(pdf_tools_count(heard, arena_printf(arena, "Lbl Etter %d\n", i)), 1);
}

static void a_receipt_too_long_for_a_pdf_fails_and_says_so(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    enum { LINES = 20000 };
    char *value = arena_alloc(arena, 2 * LINES + 1);
    for (size_t i = 0; i < LINES; i++)
        memcpy(value + 2 * i, "x\n", 2);
    struct outline outline = {.language = "nb", .form_title = "Søknad"};
    struct outline_node **end = &outline.first;
    add(arena, &end, OUTLINE_ANSWER, "Spørsmålet", value);
    struct pdf_receipt receipt = receipt_of(&outline);
    struct bytes bytes = {0};
    struct error err = {0};

    assert_false(pdf_receipt_write(arena, &receipt, &bytes, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    (void)state;
}

static void a_form_without_questions_says_so(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct outline outline = {.language = "nn", .form_title = "Tomt skjema"};
    struct pdf_receipt receipt = receipt_of(&outline);
    receipt.next_count = 0;
    receipt.answer_by = 0;
    receipt.person_number = NULL;
    receipt.logo_count = 0;

    struct bytes bytes = write_receipt(arena, &receipt);

    const char *text = pdf_tools_text(arena, bytes, 0);
    assert_non_null(strstr(text, "Skjemaet hadde ingen spørsmål."));
    assert_null(strstr(text, "Du får svar"));
    assert_null(strstr(text, "SHA-256"));
    assert_non_null(strstr(text, "Side 1 av 1"));
    (void)state;
}

static void a_name_that_is_not_known_leaves_no_hole(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct outline outline = {.language = "nb", .form_title = "Tomt skjema"};
    struct pdf_receipt receipt = receipt_of(&outline);
    receipt.person_name = "";

    const char *text = pdf_tools_text(arena, write_receipt(arena, &receipt), 0);
    const char *plain = receipt_text_write(arena, &receipt);
    assert_null(strstr(text, "Sendt inn av"));
    assert_null(strstr(plain, "Sendt inn av"));
    assert_non_null(strstr(text, "028785"));
    assert_non_null(strstr(plain, "028785"));
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_receipt_in_bokmaal_reads_as_agreed),
        cmocka_unit_test(a_receipt_in_nynorsk_reads_as_agreed),
        cmocka_unit_test(a_receipt_is_read_aloud_as_agreed),
        cmocka_unit_test(a_structure_that_breaks_a_rule_is_seen),
        cmocka_unit_test(every_word_of_the_plain_text_stands_in_the_letter),
        cmocka_unit_test(the_same_receipt_gives_the_same_small_file),
        cmocka_unit_test(the_identity_number_is_masked),
        cmocka_unit_test(a_draft_says_on_every_page_that_it_is_not_sent),
        cmocka_unit_test(two_hundred_answers_are_all_there),
        cmocka_unit_test(a_long_answer_is_whole),
        cmocka_unit_test(file_7_hostile_answers_are_only_text),
        cmocka_unit_test(file_7_broken_and_strange_answers_make_a_sound_file),
        cmocka_unit_test(what_was_sent_afterwards_has_a_receipt_of_its_own),
        cmocka_unit_test(words_in_another_language_than_the_form_say_so),
        cmocka_unit_test(groups_deeper_than_headings_go_are_all_there),
        cmocka_unit_test(a_receipt_too_long_for_a_pdf_fails_and_says_so),
        cmocka_unit_test(a_form_without_questions_says_so),
        cmocka_unit_test(a_name_that_is_not_known_leaves_no_hole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
