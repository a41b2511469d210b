/* test_verify.c - a receipt proves itself, and one that was changed does not: whatever byte it is,
 * the part that it is in is named. */
#include "engine/verify/verify_receipt.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/receipt_make.h"
#include "engine/receipt_parts.h"
#include "store.h"
#include "tests/unit/base/openssl.h"

#include <ctype.h>

#define NOON 1795431600 /* 2026-11-23 12:00 in Norway */
#define SHA "eb201af5aaf0d60629d3d2a61e466cfc0fedb517add831ecac5235e1daa963d6"

static const char xml[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<data id=\"f\" xmlns:sk=\"urn:skjema:1\"><navn>Áŋŋá Østbø "
    "🙂</navn><fra>2026-12-01</fra>"
    "<inntekt>412000</inntekt><valg>b</valg><tom/><barn><navn>Ola</navn></barn>"
    "<barn><navn>Kari</navn></barn><om>%s</om>"
    "<vedlegg sk:sha256=\"" SHA "\">lonn.pdf</vedlegg></data>\n";

struct fixture {
    struct store *store;
    struct receipt_signature *signature;
    struct submission submission;
    struct outline outline;
    struct attachment attachment;
    bool is_supplement;
    struct verify_question question;
    struct verify_report report;
    struct audit_head head;
};

static struct arena *of_all;
static char *folder;

static int set_up_all(void **state)
{
    (void)state;
    of_all = arena_open();
    folder = folder_make(of_all);
    openssl_certify(of_all, folder, "root", "/O=Testrot", NULL, "");
    openssl_certify(of_all, folder, "agency", "/O=Fjordvik kommune/2.5.4.97=NTRNO-310245682",
                    "root", "");
    openssl_certify(of_all, folder, "other", "/O=Fjordvik kommune", NULL, "");
    return 0;
}

static int tear_down_all(void **state)
{
    (void)state;
    folder_remove(folder);
    arena_close(&of_all);
    return 0;
}

static struct receipt_signature *open_signature(const char *name)
{
    struct receipt_signature *signature;
    struct error err;
    const char *key = arena_printf(of_all, "%s.key", name),
               *pem = arena_printf(of_all, "%s.pem", name);
    if (!receipt_signature_open(openssl_file(of_all, folder, key), key,
                                openssl_file(of_all, folder, pem), pem, "Fjordvik kommune",
                                &signature, &err))
        fail_msg("%s", err.text);
    return signature;
}

static const char *long_text(struct arena *arena)
{
    const char *text = "";
    for (int i = 0; i < 120; i++)
        text = arena_printf(arena, "%s%d linjer om saken, æøå og čđŋšŧž, og en til. ", text, i);
    return text;
}

static struct outline_node *add_answer(struct fixture *fixture, struct outline_node *before,
                                       struct outline_node answer)
{
    struct outline_node *node = ARENA_NEW(fixture->store->arena, struct outline_node);
    *node = answer;
    node->kind = OUTLINE_ANSWER;
    before->next = node;
    return node;
}

/* What stands in the XML, as outline_make gives it. */
static void make_outline(struct fixture *fixture)
{
    static const struct outline_node answers[] = {
        {.label = "Navn", .value = "Áŋŋá Østbø 🙂", .path = "/data/navn", .type = "string"},
        {.label = "Fra når", .value = "1. desember 2026", .path = "/data/fra", .type = "date"},
        {.label = "Inntekt",
         .value = "412\u00A0000\u00A0kr",
         .path = "/data/inntekt",
         .type = "sk:belop"},
        {.label = "Hvilken", .value = "Den andre", .path = "/data/valg", .stored = "b"},
        {.label = "Tomt", .value = "", .path = "/data/tom", .type = "string"},
        {.label = "Navn", .value = "Ola", .path = "/data/barn[1]/navn", .type = "string"},
        {.label = "Navn", .value = "Kari", .path = "/data/barn[2]/navn", .type = "string"},
        {.label = "Regnet ut", .value = "Halv pris"},
    };
    struct arena *arena = fixture->store->arena;
    struct outline_node *first = ARENA_NEW(arena, struct outline_node), *last = first;
    for (size_t i = 0; i < COUNT(answers); i++)
        last = add_answer(fixture, last, answers[i]);
    last = add_answer(
        fixture, last,
        (struct outline_node){
            .label = "Om saken", .value = long_text(arena), .path = "/data/om", .type = "string"});
    struct outline_document *document = ARENA_NEW(arena, struct outline_document);
    *document = (struct outline_document){.name = "lonn.pdf",
                                          .type = "PDF",
                                          .size_bytes = 9,
                                          .issuer = "",
                                          .issuer_number = "",
                                          .sha256_hex = SHA,
                                          .origin = OUTLINE_ORIGIN_UPLOADED};
    struct outline_node *upload = ARENA_NEW(arena, struct outline_node);
    *upload = (struct outline_node){.kind = OUTLINE_DOCUMENTS,
                                    .label = "Lønn",
                                    .value = "",
                                    .documents = document,
                                    .document_count = 1};
    last->next = upload;
    fixture->outline =
        (struct outline){.language = "nb", .form_title = "Søknad", .first = first->next};
}

/* So that the log has a head. */
static void note_a_start(struct store *store)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, audit_add(store->arena, store->db,
                           &(struct audit_entry){.actor = AUDIT_SYSTEM, .action = AUDIT_STARTED},
                           &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    void *store;
    assert_non_null(fixture);
    assert_int_equal(store_setup(&store), 0);
    fixture->store = store;
    struct arena *arena = fixture->store->arena;
    fixture->signature = open_signature("agency");
    fixture->submission = (struct submission){
        .reference = "FB-2026-000001", .form_id = "f", .form_version = "0", .language = "nb"};
    fixture->submission.answers = BYTES_OF(arena_printf(arena, xml, long_text(arena)));
    fixture->attachment = (struct attachment){.name = "lonn.pdf",
                                              .media_type = "application/pdf",
                                              .size_bytes = 9,
                                              .verdict = ATTACHMENT_UPLOADED};
    struct bytes digest;
    assert_true(codec_unhex(arena, SHA, &digest));
    memcpy(fixture->attachment.sha256.bytes, digest.data, CRYPTO_SHA256_BYTES);
    make_outline(fixture);
    note_a_start(fixture->store);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    void *store = fixture->store;
    struct cms_trust *trust = (struct cms_trust *)(uintptr_t)fixture->question.trust;
    cms_trust_close(&trust);
    receipt_signature_close(&fixture->signature);
    free(fixture);
    return store_teardown(&store);
}

static struct bytes make_of(struct fixture *fixture, const struct outline *printed)
{
    static const struct frame_agency agency = {.name = "Fjordvik kommune", .number = "310245682"};
    const struct pdf_receipt page = {.agency = &agency,
                                     .is_supplement = fixture->is_supplement,
                                     .reference = fixture->submission.reference,
                                     .received_at = clock_now(),
                                     .person_name = "Kari Test",
                                     .outline = printed};
    const struct attachment *const attachments[] = {&fixture->attachment};
    const struct receipt_manifest manifest = {.is_supplement = fixture->is_supplement,
                                              .submission = &fixture->submission,
                                              .received_at = page.received_at,
                                              .language = "nb",
                                              .attachments = attachments,
                                              .attachment_count = 1,
                                              .outline = &fixture->outline};
    struct bytes pdf;
    WORKS(fixture->store,
          receipt_make(fixture->store->arena, fixture->store->db, fixture->signature, page,
                       manifest, &pdf, &fixture->store->err));
    return pdf;
}

static struct bytes make(struct fixture *fixture)
{
    return make_of(fixture, &fixture->outline);
}

static void verify_in(struct fixture *fixture, struct arena *arena, struct bytes pdf)
{
    verify_report_init(&fixture->report, arena);
    verify_receipt(pdf, &fixture->question, &fixture->report, &fixture->head);
}

static void verify(struct fixture *fixture, struct bytes pdf)
{
    verify_in(fixture, fixture->store->arena, pdf);
}

static const struct verify_line *line_of(const struct fixture *fixture, const char *part)
{
    for (size_t i = 0; i < fixture->report.count; i++)
        if (strcmp(fixture->report.lines[i].part, part) == 0)
            return &fixture->report.lines[i];
    return NULL;
}

static void assert_good(struct fixture *fixture)
{
    for (size_t i = 0; i < fixture->report.count; i++)
        if (!fixture->report.lines[i].good)
            fail_msg("%s: %s", fixture->report.lines[i].part, fixture->report.lines[i].text);
    assert_true(fixture->report.good);
}

static void assert_wrong(struct fixture *fixture, const char *part, const char *words)
{
    const struct verify_line *line = line_of(fixture, part);
    assert_false(fixture->report.good);
    if (!line)
        fail_msg("nothing is said of %s", part);
    assert_false(line->good);
    if (!strstr(line->text, words))
        fail_msg("%s: %s (not: %s)", part, line->text, words);
}

static void trust(struct fixture *fixture, const char *name)
{
    struct cms_trust *trusted = cms_trust_open();
    struct crypto_sha256 fingerprint;
    assert_true(cms_trust_add(trusted, openssl_file(of_all, folder, name), name, &fingerprint,
                              &fixture->store->err));
    fixture->question.trust = trusted;
}

static void a_receipt_as_it_was_given_proves_itself(void **state)
{
    struct fixture *fixture = *state;

    verify(fixture, make(fixture));

    assert_good(fixture);
    static const char *const parts[] = {"signature",  "signer", "manifest.json",
                                        "soknad.xml", "pages",  "audit log"};
    for (size_t i = 0; i < COUNT(parts); i++)
        assert_non_null(line_of(fixture, parts[i]));
    assert_non_null(strstr(line_of(fixture, "pages")->text, "9 answers and 1 attachments"));
    assert_int_equal(fixture->head.sequence, 1);
}

static void who_signed_is_vouched_for_only_by_those_who_are_named(void **state)
{
    struct fixture *fixture = *state;
    struct bytes pdf = make(fixture);
    verify(fixture, pdf);
    assert_non_null(strstr(line_of(fixture, "signer")->text, "nobody vouches for it here"));

    trust(fixture, "root.pem");
    verify(fixture, pdf);

    assert_good(fixture);
    assert_non_null(strstr(line_of(fixture, "signer")->text, "vouched for"));
    assert_non_null(strstr(line_of(fixture, "signer")->text, "310245682"));
}

static void another_who_calls_itself_the_agency_is_not_vouched_for(void **state)
{
    struct fixture *fixture = *state;
    receipt_signature_close(&fixture->signature);
    fixture->signature = open_signature("other");
    struct bytes pdf = make(fixture);
    trust(fixture, "root.pem");

    verify(fixture, pdf);

    assert_wrong(fixture, "signer", "nobody vouches for it");
}

static void a_receipt_that_is_not_signed_proves_nothing(void **state)
{
    struct fixture *fixture = *state;
    receipt_signature_close(&fixture->signature);

    verify(fixture, make(fixture));

    assert_wrong(fixture, "signature", "there is none");
    assert_true(line_of(fixture, "pages")->good);
}

static void what_is_added_after_the_signature_shows(void **state)
{
    struct fixture *fixture = *state;
    struct buf longer;
    buf_init(&longer, fixture->store->arena);
    buf_add(&longer, make(fixture));
    buf_add_text(&longer, "\n");

    verify(fixture, buf_bytes(&longer));

    assert_wrong(fixture, "signature", "does not cover the whole file");
}

/* All places that hold the file together, and many between them; those of the signature's own hex
 * test_receipt_signature.c tries bit by bit. */
static bool is_tried(struct bytes pdf, size_t before, size_t at)
{
    bool is_hex = at >= before && isxdigit(pdf.data[at]) && isxdigit(pdf.data[at - 1]);
    if (at < 64 || (at >= before && !is_hex))
        return true;
    bool structural = pdf.data[at] == '/' || pdf.data[at] == '<';
    return at % (is_hex ? 5 : 41) == 0 || (structural && at % 3 == 0);
}

static void whatever_byte_is_changed_the_part_that_it_is_in_is_named(void **state)
{
    struct fixture *fixture = *state;
    struct bytes pdf = make(fixture);
    struct receipt_part *parts;
    size_t count, part = 0, tried = 0;
    assert_true(receipt_parts_read(fixture->store->arena, pdf, &parts, &count));
    size_t before = parts[count - 1].at + parts[count - 1].size;
    unsigned char *bytes = (unsigned char *)pdf.data;

    for (size_t at = 0; at < pdf.size; at++) {
        while (part + 1 < count && at >= parts[part + 1].at)
            part++;
        if (!is_tried(pdf, before, at))
            continue;
        CLEANUP(arena_close) struct arena *arena = arena_open();
        unsigned char was = bytes[at];
        bytes[at] ^= (unsigned char)(1 << (at % 7));
        verify_in(fixture, arena, pdf);
        const char *name = at < before ? parts[part].name : "signature";
        const struct verify_line *line = line_of(fixture, name);
        if (fixture->report.good || !line || line->good)
            fail_msg("byte %zu, of %s, was changed, and it says: %s", at, name,
                     line ? line->text : "nothing of it");
        bytes[at] = was;
        tried++;
    }
    assert_true(tried > 2000);
}

static void parts_have_the_names_of_what_a_reader_knows(void **state)
{
    struct fixture *fixture = *state;
    struct receipt_part *parts;
    size_t count;
    assert_true(receipt_parts_read(fixture->store->arena, make(fixture), &parts, &count));
    static const char *const names[] = {
        "page 1",    "page 2",   "soknad.xml", "manifest.json", "fonts",
        "structure", "metadata", "catalog",    "page tree",     "cross-references"};
    for (size_t n = 0; n < COUNT(names); n++) {
        bool found = false;
        for (size_t i = 0; i < count; i++) {
            found = found || strcmp(parts[i].name, names[n]) == 0;
            assert_string_not_equal(parts[i].name, "other objects");
        }
        if (!found)
            fail_msg("no part is called %s", names[n]);
    }
}

/* The agency's own key, but what is printed is not what is inside. */
static void pages_that_say_otherwise_than_the_xml_show_though_they_are_signed(void **state)
{
    struct fixture *fixture = *state;
    struct arena *arena = fixture->store->arena;
    const char *changed = arena_text_of(arena, fixture->submission.answers);
    char *amount = strstr(changed, "412000");
    amount[0] = '9';
    fixture->submission.answers = BYTES_OF(changed);

    verify(fixture, make(fixture));

    assert_wrong(fixture, "pages", "\"Inntekt\" is not answered there as in soknad.xml");
    assert_true(line_of(fixture, "signature")->good);
}

static void a_label_that_is_printed_for_another_value_than_the_xml_has_shows(void **state)
{
    struct fixture *fixture = *state;
    char *changed = arena_text_of(fixture->store->arena, fixture->submission.answers);
    strstr(changed, "<valg>b")[6] = 'a';
    fixture->submission.answers = BYTES_OF(changed);

    verify(fixture, make(fixture));

    assert_wrong(fixture, "soknad.xml", "/data/valg");
}

static void a_question_that_is_not_printed_shows(void **state)
{
    struct fixture *fixture = *state;
    struct outline printed = fixture->outline;
    printed.first = printed.first->next;

    verify(fixture, make_of(fixture, &printed));

    assert_wrong(fixture, "pages", "\"Navn\"");
}

static void a_receipt_for_documents_sent_afterwards_proves_itself_too(void **state)
{
    struct fixture *fixture = *state;
    struct outline_node *node = fixture->outline.first;
    while (node->kind != OUTLINE_DOCUMENTS)
        node = node->next;
    fixture->outline.first = node;
    fixture->is_supplement = true;

    verify(fixture, make(fixture));

    assert_good(fixture);
    assert_null(line_of(fixture, "soknad.xml")); /* that was sent before */
    assert_non_null(strstr(line_of(fixture, "pages")->text, "0 answers and 1 attachments"));
}

static void give(struct fixture *fixture, const struct verify_file *files, size_t count)
{
    fixture->question.has_files = true;
    fixture->question.files = files;
    fixture->question.file_count = count;
}

static void attachments_are_known_by_what_they_hold_whatever_they_are_called(void **state)
{
    struct fixture *fixture = *state;
    static const struct verify_file files[] = {{"scan0001", 9, SHA}};
    give(fixture, files, 1);

    verify(fixture, make(fixture));

    assert_good(fixture);
    assert_non_null(strstr(line_of(fixture, "attachments")->text, "1, each as it was sent"));
}

static void attachments_that_are_missing_extra_or_changed_are_named(void **state)
{
    struct fixture *fixture = *state;
    struct bytes pdf = make(fixture);
    static const char other[] = "ab201af5aaf0d60629d3d2a61e466cfc0fedb517add831ecac5235e1daa963d6";
    static const struct verify_file changed[] = {{"lonn.pdf", 9, other}};
    static const struct verify_file extra[] = {{"lonn.pdf", 9, SHA}, {"mer.pdf", 9, other}};

    give(fixture, NULL, 0);
    verify(fixture, pdf);
    assert_wrong(fixture, "attachment lonn.pdf", "is missing");

    give(fixture, changed, 1);
    verify(fixture, pdf);
    assert_wrong(fixture, "attachment lonn.pdf", "was changed");

    give(fixture, extra, 2);
    verify(fixture, pdf);
    assert_wrong(fixture, "attachment mer.pdf", "is extra");
}

static void what_is_no_pdf_of_ours_is_told_and_nothing_more(void **state)
{
    struct fixture *fixture = *state;
    static const char *const files[] = {"", "%PDF-1.7\n", "hei", "%PDF-1.7\nstartxref\n9\n%%EOF\n"};
    for (size_t i = 0; i < COUNT(files); i++) {
        verify(fixture, BYTES_OF(files[i]));
        assert_false(fixture->report.good);
        assert_non_null(line_of(fixture, "file"));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_receipt_as_it_was_given_proves_itself),
        TEST(who_signed_is_vouched_for_only_by_those_who_are_named),
        TEST(another_who_calls_itself_the_agency_is_not_vouched_for),
        TEST(a_receipt_that_is_not_signed_proves_nothing),
        TEST(what_is_added_after_the_signature_shows),
        TEST(whatever_byte_is_changed_the_part_that_it_is_in_is_named),
        TEST(parts_have_the_names_of_what_a_reader_knows),
        TEST(pages_that_say_otherwise_than_the_xml_show_though_they_are_signed),
        TEST(a_label_that_is_printed_for_another_value_than_the_xml_has_shows),
        TEST(a_question_that_is_not_printed_shows),
        TEST(a_receipt_for_documents_sent_afterwards_proves_itself_too),
        TEST(attachments_are_known_by_what_they_hold_whatever_they_are_called),
        TEST(attachments_that_are_missing_extra_or_changed_are_named),
        TEST(what_is_no_pdf_of_ours_is_told_and_nothing_more),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
