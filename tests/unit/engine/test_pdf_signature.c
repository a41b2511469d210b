#include "engine/pdf_signature.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/sandbox/sandbox_documents.h"
#include "engine/sandbox/sandbox_pdf_sign.h"
#include "tests/unit/base/openssl.h"
#include "tests/unit/render/pdf_tools.h"

#define NORDLYS "310123021"
#define ETATEN "974761076"

/* Made once, since it takes its time: a letter, keys of two organisations, the letter signed by the
 * first. */
static struct arena *of_all;
static struct bytes letter, signed_letter;
static struct bytes nordlys_key, nordlys_certificate, other_key, other_certificate;
static int64_t now;

struct fixture {
    struct arena *arena;
    char *folder;
    struct issuers issuers;
    struct pdf_signature signature;
    struct error err;
};

static struct bytes sign(struct arena *arena, struct bytes pdf, struct bytes key,
                         struct bytes certificate, int64_t at)
{
    struct error err;
    struct bytes made;
    if (!sandbox_pdf_sign(arena, pdf, key, certificate, at, &made, &err))
        fail_msg("%s", err.text);
    return made;
}

static int set_up_all(void **state)
{
    (void)state;
    struct error err;
    of_all = arena_open();
    crypto_make_certificate(of_all, "Nordlys Regnskap AS", &nordlys_key, &nordlys_certificate);
    crypto_make_certificate(of_all, "Ukjent Utsteder", &other_key, &other_certificate);
    now = clock_now();
    assert_true(
        sandbox_documents_pay_slip(of_all, sandbox_people_find("ingrid"), 2026, 10, &letter, &err));
    signed_letter = sign(of_all, letter, nordlys_key, nordlys_certificate, now);
    return 0;
}

static int tear_down_all(void **state)
{
    (void)state;
    arena_close(&of_all);
    return 0;
}

static void know(struct fixture *fixture, const char *number, struct bytes certificate)
{
    folder_write(fixture->arena, fixture->folder, number,
                 arena_text_of(fixture->arena, certificate));
    const char *line =
        arena_printf(fixture->arena, "%s = Utsteder %s | %s", number, number, number);
    assert_true(issuers_parse(&fixture->issuers, BYTES_OF(line), "issuers", fixture->folder,
                              &fixture->err));
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    fixture->arena = arena_open();
    fixture->folder = folder_make(fixture->arena);
    issuers_init(&fixture->issuers, fixture->arena);
    know(fixture, NORDLYS, nordlys_certificate);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    issuers_finish(&fixture->issuers);
    folder_remove(fixture->folder);
    arena_close(&fixture->arena);
    free(fixture);
    return 0;
}

static enum pdf_signature_outcome check_at(struct fixture *fixture, struct bytes pdf, int64_t at)
{
    const struct content content = content_of(pdf);
    assert_true(pdf_signature_check(fixture->arena, &content, &fixture->issuers, at,
                                    &fixture->signature, &fixture->err));
    return fixture->signature.outcome;
}

static enum pdf_signature_outcome check(struct fixture *fixture, struct bytes pdf)
{
    return check_at(fixture, pdf, now);
}

static struct bytes join(struct arena *arena, struct bytes a, const char *text)
{
    struct buf buf;
    buf_init(&buf, arena);
    buf_add(&buf, a);
    buf_add_text(&buf, text);
    return buf_bytes(&buf);
}

/* The first place where the words stand. */
static size_t place_of(struct bytes pdf, const char *words)
{
    const unsigned char *at = memmem(pdf.data, pdf.size, words, strlen(words));
    assert_non_null(at);
    return (size_t)(at - pdf.data);
}

/* A copy with other words there, as many. */
static struct bytes change(struct arena *arena, struct bytes pdf, size_t at, const char *words)
{
    struct bytes copy = arena_bytes(arena, pdf);
    memcpy((unsigned char *)copy.data + at, words, strlen(words));
    return copy;
}

static void a_letter_signed_by_an_issuer_we_know_is_theirs(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(check(fixture, signed_letter), PDF_SIGNATURE_ISSUER);

    assert_string_equal(fixture->signature.issuer->number, NORDLYS);
    assert_string_equal(fixture->signature.signer, "Nordlys Regnskap AS");
    assert_int_equal(fixture->signature.signed_at, now);
}

static void poppler_says_the_same_of_a_signed_a_changed_and_a_longer_letter(void **state)
{
    struct fixture *fixture = *state;
    struct arena *arena = fixture->arena;
    const char *command = "pdfsig -nocert %s || true";
    struct bytes changed =
        change(arena, signed_letter, place_of(signed_letter, "/Lang (nb)"), "/Lang (nn)");
    struct bytes longer = join(arena, signed_letter, "% more\n");

    const char *told = pdf_tools_run(arena, command, signed_letter);
    assert_non_null(strstr(told, "Signature is Valid"));
    assert_non_null(strstr(told, "Total document signed"));
    assert_int_equal(check(fixture, signed_letter), PDF_SIGNATURE_ISSUER);

    assert_non_null(strstr(pdf_tools_run(arena, command, changed), "Digest Mismatch"));
    assert_int_equal(check(fixture, changed), PDF_SIGNATURE_BROKEN);

    assert_non_null(strstr(pdf_tools_run(arena, command, longer), "Not total document signed"));
    assert_int_equal(check(fixture, longer), PDF_SIGNATURE_BROKEN);
    pdf_tools_check(arena, signed_letter);
}

static void a_letter_without_signature_has_none(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(check(fixture, letter), PDF_SIGNATURE_NONE);
    assert_int_equal(check(fixture, BYTES_OF("\x89PNG")), PDF_SIGNATURE_NONE);
    assert_int_equal(check(fixture, (struct bytes){0}), PDF_SIGNATURE_NONE);
    assert_int_equal(check(fixture, BYTES_OF("%PDF-1.7 (the key /ByteRange says what)")),
                     PDF_SIGNATURE_NONE);
    assert_int_equal(check(fixture, BYTES_OF("%PDF-1.7 /ByteRange")), PDF_SIGNATURE_NONE);
}

static void a_signer_we_do_not_know_is_told_by_name(void **state)
{
    struct fixture *fixture = *state;
    struct bytes pdf = sign(fixture->arena, letter, other_key, other_certificate, now);

    assert_int_equal(check(fixture, pdf), PDF_SIGNATURE_UNKNOWN);

    assert_string_equal(fixture->signature.signer, "Ukjent Utsteder");
    assert_null(fixture->signature.issuer);
}

static void any_byte_that_is_changed_breaks_it(void **state)
{
    struct fixture *fixture = *state;
    size_t hole = place_of(signed_letter, "/Contents<") + strlen("/Contents");

    for (size_t at = 0; at < signed_letter.size;
         at += at < hole + 64 || at > hole + 8190 ? 97 : 511) {
        struct bytes changed = arena_bytes(fixture->arena, signed_letter);
        ((unsigned char *)changed.data)[at] ^= 0x20;
        bool unread_letter_case =
            at > hole && at < hole + 8193 && strchr("abcdefABCDEF", changed.data[at]) != NULL;
        if (!unread_letter_case && check(fixture, changed) == PDF_SIGNATURE_ISSUER)
            fail_msg("a change of byte %zu of %zu was not seen", at, signed_letter.size);
    }
}

static void what_is_added_after_signing_breaks_it(void **state)
{
    struct fixture *fixture = *state;
    struct arena *arena = fixture->arena;

    assert_int_equal(check(fixture, join(arena, signed_letter, "\n")), PDF_SIGNATURE_BROKEN);
    assert_int_equal(check(fixture, join(arena, signed_letter,
                                         "1 0 obj\n<</Type/Catalog/Pages 9 0 R>>\nendobj\n"
                                         "trailer\n<</Root 1 0 R>>\n%%EOF\n")),
                     PDF_SIGNATURE_BROKEN);
    assert_string_equal(fixture->signature.why, "the file goes on after what was signed");
    struct bytes cut = {signed_letter.data, signed_letter.size - 1};
    assert_int_equal(check(fixture, cut), PDF_SIGNATURE_BROKEN);
}

static void of_several_signatures_the_last_one_counts(void **state)
{
    struct fixture *fixture = *state;
    struct arena *arena = fixture->arena;
    struct bytes theirs_last = sign(arena, sign(arena, letter, other_key, other_certificate, now),
                                    nordlys_key, nordlys_certificate, now);
    struct bytes others_last = sign(arena, signed_letter, other_key, other_certificate, now);

    assert_int_equal(check(fixture, theirs_last), PDF_SIGNATURE_ISSUER);
    assert_int_equal(check(fixture, others_last), PDF_SIGNATURE_UNKNOWN);
    assert_string_equal(fixture->signature.signer, "Ukjent Utsteder");
}

static void a_signature_over_one_that_was_broken_does_not_mend_it(void **state)
{
    struct fixture *fixture = *state;
    struct arena *arena = fixture->arena;
    struct bytes changed =
        change(arena, signed_letter, place_of(signed_letter, "/Lang (nb)"), "/Lang (nn)");

    struct bytes pdf = sign(arena, changed, other_key, other_certificate, now);

    assert_int_equal(check(fixture, pdf), PDF_SIGNATURE_BROKEN);
}

static void more_signatures_than_the_limit_are_broken(void **state)
{
    struct fixture *fixture = *state;
    struct arena *arena = fixture->arena;
    struct bytes pdf = letter;
    for (int i = 0; i < PDF_SIGNATURES_MAX; i++)
        pdf = sign(arena, pdf, nordlys_key, nordlys_certificate, now);

    assert_int_equal(check(fixture, pdf), PDF_SIGNATURE_ISSUER);

    pdf = sign(arena, pdf, nordlys_key, nordlys_certificate, now);
    assert_int_equal(check(fixture, pdf), PDF_SIGNATURE_BROKEN);
    assert_string_equal(fixture->signature.why, "too many signatures");
}

/* The signed letter with other numbers in its /ByteRange. */
static struct bytes with_ranges(struct arena *arena, const char *ranges)
{
    size_t at = place_of(signed_letter, "/ByteRange[") + strlen("/ByteRange");
    const char *end = memchr(signed_letter.data + at, ']', 64);
    assert_non_null(end);
    int width = (int)(end - (const char *)signed_letter.data - (long)at);
    return change(arena, signed_letter, at, arena_printf(arena, "%-*s]", width, ranges));
}

static void tricks_with_the_ranges_are_broken(void **state)
{
    struct fixture *fixture = *state;
    struct arena *arena = fixture->arena;
    size_t hole = place_of(signed_letter, "/Contents<") + strlen("/Contents");
    size_t after = place_of(signed_letter, "0>>>") + 2, size = signed_letter.size;
    assert_int_equal(check(fixture, with_ranges(arena, arena_printf(arena, "[0 %zu %zu %zu", hole,
                                                                    after, size - after))),
                     PDF_SIGNATURE_BROKEN); /* even blanks are signed */
    const char *tricks[] = {
        arena_printf(arena, "[0 %zu %zu %zu", hole - 9, after, size - after), /* a larger hole */
        arena_printf(arena, "[0 %zu %zu %zu", hole, after + 2, size - after - 2),
        arena_printf(arena, "[0 %zu %zu %zu", hole + 1, after, size - after), /* half of it */
        arena_printf(arena, "[0 %zu %zu %zu", hole, after, size - after - 1), /* not to the end */
        arena_printf(arena, "[0 %zu %zu %zu", hole, after, size - after + 1), /* past the end */
        arena_printf(arena, "[1 %zu %zu %zu", hole - 1, after, size - after), /* not the first */
        arena_printf(arena, "[0 %zu", size),                                  /* no hole */
        arena_printf(arena, "[0 %zu 0 0", size),
        arena_printf(arena, "[0 %zu %zu 0", after, hole), /* backwards */
        "[0 0 0 0",
        "[0 99999999999999999999 9 9",
        "[0 -1 5 5",
        "[0 ********** ********** *",
        "12 0 R",
    };
    for (size_t i = 0; i < COUNT(tricks); i++)
        if (check(fixture, with_ranges(arena, tricks[i])) != PDF_SIGNATURE_BROKEN)
            fail_msg("%s was not seen", tricks[i]);
}

/* A file whose one signature has that text between its dictionary's start and the hole; all but the
 * hole is signed as it should be. */
static struct bytes made(struct arena *arena, const char *head, const char *hole_form,
                         const char *tail)
{
    char *start =
        arena_printf(arena, "%%PDF-1.7\n1 0 obj\n<</SubFilter/adbe.pkcs7.detached%s", head);
    const int width = 5000;
    size_t hole = strlen(start) + 60, after = hole + (size_t)width;
    char *ranges = arena_printf(arena, "/ByteRange[0 %zu %zu %zu]", hole, after, strlen(tail));
    char *before = arena_printf(arena, "%s%-*s%s", start, 60 - (int)strlen(hole_form), ranges, "");
    before = arena_printf(arena, "%.*s%s", (int)(hole - strlen(hole_form)), before, hole_form);
    const struct cms_part parts[] = {{0, (int64_t)hole}, {(int64_t)after, (int64_t)strlen(tail)}};
    char *pdf = arena_printf(arena, "%s<%0*d>%s", before, width - 2, 0, tail);
    const struct content content = content_of(BYTES_OF(pdf));
    struct bytes signature;
    struct error err;
    assert_true(cms_sign(arena, &content, parts, COUNT(parts), nordlys_key, nordlys_certificate,
                         now, &signature, &err));
    memcpy(pdf + hole + 1, codec_hex(arena, signature), 2 * signature.size);
    return BYTES_OF(pdf);
}

static void the_hole_must_be_the_contents_of_the_same_dictionary(void **state)
{
    struct fixture *fixture = *state;
    struct arena *arena = fixture->arena;

    assert_int_equal(check(fixture, made(arena, "", "/Contents ", ">>\nendobj\n")),
                     PDF_SIGNATURE_ISSUER);
    assert_int_equal(check(fixture, made(arena, "", "/Other ", ">>\nendobj\n")),
                     PDF_SIGNATURE_BROKEN);
    assert_int_equal(check(fixture, made(arena, "", "endobj /Contents ", ">>\nendobj\n")),
                     PDF_SIGNATURE_BROKEN);
}

/* The same file with a signature by the openssl program that says no time. */
static struct bytes sign_without_time(struct fixture *fixture, struct bytes pdf)
{
    struct arena *arena = fixture->arena;
    size_t hole = place_of(pdf, "<30"), after = place_of(pdf, "00>>>") + 3;
    folder_write(arena, fixture->folder, "key", arena_text_of(arena, nordlys_key));
    folder_write(arena, fixture->folder, "signed",
                 arena_printf(arena, "%.*s%.*s", (int)hole, (const char *)pdf.data,
                              (int)(pdf.size - after), (const char *)pdf.data + after));
    openssl_run(arena, fixture->folder,
                "cms -sign -binary -noattr -in signed -outform DER -out signature -inkey key "
                "-signer " NORDLYS);
    struct bytes signature = openssl_file(arena, fixture->folder, "signature");
    struct bytes copy =
        change(arena, pdf, hole + 1, arena_printf(arena, "%0*d", (int)(after - hole) - 2, 0));
    return change(arena, copy, hole + 1, codec_hex(arena, signature));
}

static void the_time_is_the_signatures_else_the_dictionarys(void **state)
{
    struct fixture *fixture = *state;
    struct arena *arena = fixture->arena;
    struct clock_time t = clock_utc(now - 3600);
    const char *hour_ago = arena_printf(arena, "/M (D:%04d%02d%02d%02d%02d%02d+02'00')", t.year,
                                        t.month, t.day, t.hour, t.minute, t.second);
    struct bytes pdf = made(arena, hour_ago, "/Contents", ">>");

    assert_int_equal(check(fixture, pdf), PDF_SIGNATURE_ISSUER);
    assert_int_equal(fixture->signature.signed_at, now);

    assert_int_equal(check(fixture, sign_without_time(fixture, pdf)), PDF_SIGNATURE_ISSUER);
    assert_int_equal(fixture->signature.signed_at, now - 3 * 3600);

    struct bytes later = made(arena, "/M(D:20991123120000Z)", "/Contents", ">>");
    assert_int_equal(check(fixture, sign_without_time(fixture, later)), PDF_SIGNATURE_UNKNOWN);

    struct bytes unsaid = made(arena, "/M(D:20261399)", "/Contents", ">>");
    assert_int_equal(check(fixture, sign_without_time(fixture, unsaid)), PDF_SIGNATURE_ISSUER);
    assert_int_equal(fixture->signature.signed_at, 0);
}

static void other_kinds_of_signature_are_not_believed(void **state)
{
    struct fixture *fixture = *state;
    struct bytes pdf = signed_letter;
    size_t at = place_of(pdf, "/SubFilter/ETSI.CAdES.detached");

    struct bytes other = change(fixture->arena, pdf, at, "/SubFilter/ETSI.RFC3161       ");

    assert_int_equal(check(fixture, other), PDF_SIGNATURE_UNKNOWN);
}

static void a_certificate_that_had_expired_confirms_nobody(void **state)
{
    struct fixture *fixture = *state;
    const int64_t twenty_years = 20LL * 365 * 86400;

    assert_int_equal(check_at(fixture, signed_letter, now + twenty_years), PDF_SIGNATURE_UNKNOWN);
    assert_int_equal(check_at(fixture, signed_letter, now - 86400), PDF_SIGNATURE_UNKNOWN);
}

static void an_authoritys_certificate_is_the_issuers_whose_number_it_names(void **state)
{
    struct fixture *fixture = *state;
    struct arena *arena = fixture->arena;
    openssl_certify(arena, fixture->folder, "ca", "/CN=Rot", NULL, "");
    openssl_certify(arena, fixture->folder, "a", "/O=Etaten/serialNumber=" ETATEN, "ca", "");
    openssl_certify(arena, fixture->folder, "b", "/O=Nordlys/serialNumber=310245682", "ca", "");
    know(fixture, ETATEN, openssl_file(arena, fixture->folder, "ca.pem"));
    const int64_t then = clock_now() + 60;

    struct bytes theirs = sign(arena, letter, openssl_file(arena, fixture->folder, "a.key"),
                               openssl_file(arena, fixture->folder, "a.pem"), then);
    assert_int_equal(check_at(fixture, theirs, then), PDF_SIGNATURE_ISSUER);
    assert_string_equal(fixture->signature.issuer->number, ETATEN);

    struct bytes others = sign(arena, letter, openssl_file(arena, fixture->folder, "b.key"),
                               openssl_file(arena, fixture->folder, "b.pem"), then);
    assert_int_equal(check_at(fixture, others, then), PDF_SIGNATURE_UNKNOWN);
}

static void a_signed_file_embedded_in_another_is_not_its_signature(void **state)
{
    struct fixture *fixture = *state;
    struct arena *arena = fixture->arena;
    struct buf buf;
    buf_init(&buf, arena);
    buf_add_text(&buf, "%PDF-1.7\n1 0 obj\n<</Type/EmbeddedFile>>\nstream\r\n");
    buf_add_text(&buf, "<</Type/Sig/ByteRange[0 10 30 40]/Contents<00>>>\nendstream\nendobj\n");
    assert_int_equal(check(fixture, buf_bytes(&buf)), PDF_SIGNATURE_NONE);

    buf_add_text(&buf, "<</Type/Sig/ByteRange[0 10 30 40]/Contents<00>>>\n");
    assert_int_equal(check(fixture, buf_bytes(&buf)), PDF_SIGNATURE_BROKEN);
}

/* A letter behind so much that windows begin and end in the middle of words. */
static void a_signature_is_found_wherever_windows_end(void **state)
{
    struct fixture *fixture = *state;
    for (size_t more = 65536 - 200; more < 65536 + 40; more += 3) {
        char *comment = arena_printf(fixture->arena, "%%PDF-1.7\n%%%0*d\n", (int)more, 0);
        struct bytes pdf = join(fixture->arena, BYTES_OF(comment),
                                "<</Type/Sig/ByteRange[0 10 30 40]/Contents<00>>>\nendstream");
        if (check(fixture, pdf) != PDF_SIGNATURE_BROKEN)
            fail_msg("not found behind %zu bytes", more);
        pdf = join(fixture->arena, BYTES_OF(comment),
                   "<<>>\nstream\n/ByteRange[0 10 30 40]/Contents<00>>>\nendstream");
        if (check(fixture, pdf) != PDF_SIGNATURE_NONE)
            fail_msg("a stream behind %zu bytes was not passed over", more);
    }
}

static bool fail_to_read(void *context, int64_t at, unsigned char *to, size_t size,
                         struct error *err)
{
    (void)context, (void)at, (void)to, (void)size;
    return error_set(err, ERROR_BROKEN, "not what was stored");
}

static void a_file_that_cannot_be_read_is_a_failure_and_no_verdict(void **state)
{
    struct fixture *fixture = *state;
    const struct content content = {.size_bytes = 100, .read = fail_to_read};

    assert_false(pdf_signature_check(fixture->arena, &content, &fixture->issuers, now,
                                     &fixture->signature, &fixture->err));
    assert_int_equal(fixture->err.code, ERROR_BROKEN);
}

#define WITH_REGISTER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_REGISTER(a_letter_signed_by_an_issuer_we_know_is_theirs),
        WITH_REGISTER(poppler_says_the_same_of_a_signed_a_changed_and_a_longer_letter),
        WITH_REGISTER(a_letter_without_signature_has_none),
        WITH_REGISTER(a_signer_we_do_not_know_is_told_by_name),
        WITH_REGISTER(any_byte_that_is_changed_breaks_it),
        WITH_REGISTER(what_is_added_after_signing_breaks_it),
        WITH_REGISTER(of_several_signatures_the_last_one_counts),
        WITH_REGISTER(a_signature_over_one_that_was_broken_does_not_mend_it),
        WITH_REGISTER(more_signatures_than_the_limit_are_broken),
        WITH_REGISTER(tricks_with_the_ranges_are_broken),
        WITH_REGISTER(the_hole_must_be_the_contents_of_the_same_dictionary),
        WITH_REGISTER(the_time_is_the_signatures_else_the_dictionarys),
        WITH_REGISTER(other_kinds_of_signature_are_not_believed),
        WITH_REGISTER(a_certificate_that_had_expired_confirms_nobody),
        WITH_REGISTER(an_authoritys_certificate_is_the_issuers_whose_number_it_names),
        WITH_REGISTER(a_signed_file_embedded_in_another_is_not_its_signature),
        WITH_REGISTER(a_signature_is_found_wherever_windows_end),
        WITH_REGISTER(a_file_that_cannot_be_read_is_a_failure_and_no_verdict),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
