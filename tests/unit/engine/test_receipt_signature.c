/* test_receipt_signature.c - the agency's signature on a PDF of ours, as other programs see it:
 * poppler, OpenSSL and qpdf. */
#include "engine/receipt_signature.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/pdf_signature.h"
#include "engine/receipt_parts.h"
#include "render/pdf_certificate.h"
#include "render/pdf_update.h"
#include "tests/unit/base/openssl.h"
#include "tests/unit/render/pdf_structure.h"
#include "tests/unit/render/pdf_tools.h"

#define NOON 1795431600 /* 2026-11-23 12:00 in Norway */

struct fixture {
    struct arena *arena;
    struct receipt_signature *signature;
    struct error err;
};

/* Made once, since keys take their time: a root, one below it, and the agency's below that. */
static struct arena *of_all;
static char *folder;

static struct bytes file(const char *name)
{
    return openssl_file(of_all, folder, name);
}

static struct bytes both(struct bytes a, struct bytes b)
{
    struct buf buf;
    buf_init(&buf, of_all);
    buf_add(&buf, a);
    buf_add(&buf, b);
    return buf_bytes(&buf);
}

static int set_up_all(void **state)
{
    (void)state;
    of_all = arena_open();
    folder = folder_make(of_all);
    openssl_certify(of_all, folder, "root", "/O=Testrot", NULL, "");
    openssl_certify(of_all, folder, "middle", "/O=Testutsteder", "root", "");
    openssl_certify(of_all, folder, "agency", "/O=Fjordvik kommune/2.5.4.97=NTRNO-310245682",
                    "middle", "");
    openssl_run(of_all, folder,
                "req -x509 -newkey rsa:2048 -nodes -keyout rsa.key -out rsa.pem -days 30 -CA "
                "middle.pem -CAkey middle.key -subj '/O=Fjordvik kommune'");
    return 0;
}

static int tear_down_all(void **state)
{
    (void)state;
    folder_remove(folder);
    arena_close(&of_all);
    return 0;
}

static void open_signature(struct fixture *fixture, const char *key, const char *certificate)
{
    if (!receipt_signature_open(file(key), key, both(file(certificate), file("middle.pem")),
                                certificate, "Fjordvik kommune", &fixture->signature,
                                &fixture->err))
        fail_msg("%s", fixture->err.text);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    fixture->arena = arena_open();
    open_signature(fixture, "agency.key", "agency.pem");
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    receipt_signature_close(&fixture->signature);
    arena_close(&fixture->arena);
    free(fixture);
    return 0;
}

static struct bytes plain_pdf(struct fixture *fixture)
{
    static const struct frame_agency agency = {.name = "Fjordvik kommune", .number = "310245682"};
    const struct pdf_certificate certificate = {
        .agency = &agency,
        .language = "nb",
        .title = "Serveringsbevilling",
        .number = "SB-2026-000001",
        .holder = "Ingrid Fjeld",
        .holder_number = "02878520281",
        .form_title = "Søknad om serveringsbevilling",
        .reference = "SB-2026-000001",
        .issued_at = NOON,
    };
    struct bytes pdf;
    assert_true(pdf_certificate_write(fixture->arena, &certificate, &pdf, &fixture->err));
    return pdf;
}

static struct bytes signed_pdf(struct fixture *fixture)
{
    struct bytes pdf;
    if (!receipt_signature_add(fixture->arena, fixture->signature, plain_pdf(fixture),
                               "Kvittering for æøå", clock_now(), &pdf, &fixture->err))
        fail_msg("%s", fixture->err.text);
    return pdf;
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void poppler_and_qpdf_find_a_signed_pdf_whole_and_valid(void **state)
{
    struct fixture *fixture = *state;

    struct bytes pdf = signed_pdf(fixture);

    pdf_tools_check(fixture->arena, pdf);
    const char *said = pdf_tools_run(fixture->arena, "pdfsig -nocert %s", pdf);
    assert_has(said, "Signature is Valid.");
    assert_has(said, "Total document signed");
    assert_has(said, "ETSI.CAdES.detached");
    assert_has(said, "SHA-256");
    assert_has(said, "Fjordvik kommune");
    const char *about = pdf_tools_run(fixture->arena, "pdfinfo %s", pdf);
    assert_has(about, "Title:           Serveringsbevilling"); /* kept from before */
    assert_null(strstr(about, "rror"));
}

static void a_signed_pdf_is_read_aloud_as_before(void **state)
{
    struct fixture *fixture = *state;
    struct arena *arena = fixture->arena;

    const char *before = pdf_structure_write(arena, pdf_structure_read(arena, plain_pdf(fixture)));
    const char *after = pdf_structure_write(arena, pdf_structure_read(arena, signed_pdf(fixture)));

    assert_string_equal(after, before);
}

static void an_rsa_key_signs_as_well(void **state)
{
    struct fixture *fixture = *state;
    receipt_signature_close(&fixture->signature);
    open_signature(fixture, "rsa.key", "rsa.pem");

    const char *said = pdf_tools_run(fixture->arena, "pdfsig -nocert %s", signed_pdf(fixture));

    assert_has(said, "Signature is Valid.");
    assert_has(said, "Total document signed");
}

/* The hole of /Contents; *size: of its hex. */
static size_t hole_of(struct bytes pdf, size_t *size)
{
    const unsigned char *at = memmem(pdf.data, pdf.size, "/Contents<", 10);
    assert_non_null(at);
    size_t start = (size_t)(at - pdf.data) + 10;
    *size = (size_t)((const unsigned char *)memchr(pdf.data + start, '>', pdf.size - start) -
                     pdf.data) -
            start;
    return start;
}

static struct bytes der_of(struct arena *arena, struct bytes pdf)
{
    size_t size, start = hole_of(pdf, &size);
    struct bytes der;
    assert_true(
        codec_unhex(arena, arena_text_of(arena, (struct bytes){pdf.data + start, size}), &der));
    return der;
}

static void write_bytes(const char *name, struct bytes a, struct bytes b)
{
    FILE *out = fopen(arena_printf(of_all, "%s/%s", folder, name), "wbe");
    assert_non_null(out);
    const struct bytes parts[] = {a, b};
    for (size_t i = 0; i < COUNT(parts); i++)
        if (parts[i].size)
            assert_int_equal(fwrite(parts[i].data, 1, parts[i].size, out), parts[i].size);
    assert_int_equal(fclose(out), 0);
}

static void openssl_verifies_it_as_cades_up_to_the_root(void **state)
{
    struct fixture *fixture = *state;
    struct bytes pdf = signed_pdf(fixture);
    size_t size, start = hole_of(pdf, &size);

    write_bytes("signature.der", der_of(fixture->arena, pdf), (struct bytes){0});
    write_bytes("covered", (struct bytes){pdf.data, start - 1},
                (struct bytes){pdf.data + start + size + 1, pdf.size - start - size - 1});

    openssl_run(fixture->arena, folder,
                "cms -verify -cades -binary -inform DER -in signature.der -content covered -CAfile "
                "root.pem -purpose any -out verified");
    openssl_run(fixture->arena, folder, "cms -cmsout -print -inform DER -in signature.der");
    const char *said = arena_text_of(fixture->arena, file("openssl.out"));
    assert_has(said, "id-smime-aa-signingCertificateV2");
    assert_has(said, "signingTime");
    assert_int_equal(pdf_tools_count(said, "d.certificate:"), 2); /* the whole chain */
}

static void no_more_room_is_kept_than_the_signature_takes(void **state)
{
    struct fixture *fixture = *state;
    size_t size;
    hole_of(signed_pdf(fixture), &size);
    assert_in_range(size, 1000, 2 * 2500);
}

static void what_stood_before_stays_byte_for_byte(void **state)
{
    struct fixture *fixture = *state;
    struct bytes plain = plain_pdf(fixture), pdf = signed_pdf(fixture);
    assert_true(pdf.size > plain.size);
    assert_memory_equal(pdf.data, plain.data, plain.size);
}

static void the_field_is_on_the_first_page_and_cannot_be_seen(void **state)
{
    struct fixture *fixture = *state;

    const char *objects = pdf_tools_objects(fixture->arena, signed_pdf(fixture));

    assert_has(objects, "/SigFlags 3");
    assert_has(objects, "/Annots [");
    assert_has(objects, "/Rect [\n    -1\n    -1\n    -1\n    -1\n  ]");
}

static void a_file_inside_may_be_there_before_the_signature(void **state)
{
    struct fixture *fixture = *state;
    struct bytes pdf;
    assert_true(pdf_update_embed(fixture->arena, plain_pdf(fixture), "proof.xml", "application/xml",
                                 BYTES_OF("<bevis/>"), &pdf, &fixture->err));

    assert_true(receipt_signature_add(fixture->arena, fixture->signature, pdf, "Utstedt",
                                      clock_now(), &pdf, &fixture->err));

    pdf_tools_check(fixture->arena, pdf);
    assert_has(pdf_tools_run(fixture->arena, "pdfsig -nocert %s", pdf), "Total document signed");
    assert_has(pdf_tools_run(fixture->arena, "pdfdetach -list %s", pdf), "proof.xml");
}

static void without_a_key_the_pdf_stays_as_it_is(void **state)
{
    struct fixture *fixture = *state;
    struct bytes plain = plain_pdf(fixture), pdf;
    assert_true(receipt_signature_add(fixture->arena, NULL, plain, "", NOON, &pdf, &fixture->err));
    assert_ptr_equal(pdf.data, plain.data);
    assert_int_equal(pdf.size, plain.size);
}

static void assert_refused(struct fixture *fixture, struct bytes key, struct bytes chain,
                           const char *why)
{
    struct receipt_signature *signature;
    assert_false(receipt_signature_open(key, "k.pem", chain, "c.pem", "Fjordvik kommune",
                                        &signature, &fixture->err));
    assert_int_equal(fixture->err.code, ERROR_INVALID);
    assert_has(fixture->err.text, why);
}

static void what_is_no_key_with_its_chain_is_refused_by_what_is_wrong(void **state)
{
    struct fixture *fixture = *state;
    struct bytes key = file("agency.key"), own = file("agency.pem"), middle = file("middle.pem");
    assert_refused(fixture, own, own, "no private key");
    assert_string_equal(fixture->err.file, "k.pem");
    assert_refused(fixture, key, key, "one to 8 certificates");
    assert_string_equal(fixture->err.file, "c.pem");
    assert_refused(fixture, key, middle, "not the key's");
    assert_refused(fixture, key, both(middle, own), "certificate 1 was not issued by the next");
    assert_refused(fixture, key, both(own, file("root.pem")), "certificate 1 was not issued");
}

/* Every byte of the signature is protected or could be no other: the reader of signatures, or the
 * strictness of ours, finds each. */
static void a_byte_changed_in_the_signature_itself_always_shows(void **state)
{
    struct fixture *fixture = *state;
    struct bytes pdf = signed_pdf(fixture), der = der_of(fixture->arena, pdf);
    assert_true(cms_signer_is_strict(der));
    size_t size, start = hole_of(pdf, &size), wide = (size_t)der.size;
    const struct content content = content_of(pdf);
    const struct cms_part parts[] = {
        {0, (int64_t)start - 1},
        {(int64_t)(start + size + 1), (int64_t)(pdf.size - start - size - 1)}};
    unsigned char *changed = (unsigned char *)arena_bytes(fixture->arena, der).data;

    for (size_t at = 0; at < wide; at++) {
        for (int bit = 0; bit < 8; bit += 5) { /* 5: a letter's case */
            changed[at] ^= (unsigned char)(1 << bit);
            struct bytes one = {changed, wide};
            struct arena *arena = arena_open();
            struct cms_signature said = {.verdict = CMS_BROKEN};
            if (cms_signer_is_strict(one))
                assert_true(cms_verify(arena, one, &content, parts, COUNT(parts), NULL,
                                       clock_now() + 60, &said, &fixture->err));
            if (said.verdict != CMS_BROKEN)
                fail_msg("byte %zu of %zu, bit %d: it does not show", at, wide, bit);
            arena_close(&arena);
            changed[at] ^= (unsigned char)(1 << bit);
        }
    }
}

static void the_list_of_parts_is_read_back_as_it_was_written(void **state)
{
    struct fixture *fixture = *state;
    struct bytes plain = plain_pdf(fixture);
    struct receipt_part *written, *read;
    size_t count, read_count;
    assert_true(receipt_parts_list(fixture->arena, plain, &written, &count, &fixture->err));

    assert_true(receipt_parts_read(fixture->arena, signed_pdf(fixture), &read, &read_count));

    assert_int_equal(read_count, count);
    size_t covered = 0;
    bool page = false;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(read[i].at, covered);
        covered += read[i].size;
        assert_string_equal(read[i].name, written[i].name);
        assert_memory_equal(read[i].sha256.bytes, written[i].sha256.bytes, CRYPTO_SHA256_BYTES);
        assert_string_not_equal(read[i].name, "other objects");
        page = page || strcmp(read[i].name, "page 1") == 0;
    }
    assert_int_equal(covered, plain.size);
    assert_true(page);
}

static void a_list_of_parts_that_was_changed_is_none(void **state)
{
    struct fixture *fixture = *state;
    struct bytes pdf = signed_pdf(fixture);
    struct receipt_part *parts;
    size_t count;
    unsigned char *start = memmem(pdf.data, pdf.size, "skjema parts\n", 13);
    size_t size = (size_t)(strstr((char *)start, "\n\nendstream") - (char *)start);
    for (size_t at = 0; at < size; at += 7) {
        start[at] ^= 1;
        assert_false(receipt_parts_read(fixture->arena, pdf, &parts, &count));
        start[at] ^= 1;
    }
    assert_true(receipt_parts_read(fixture->arena, pdf, &parts, &count));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(poppler_and_qpdf_find_a_signed_pdf_whole_and_valid),
        TEST(a_signed_pdf_is_read_aloud_as_before),
        TEST(an_rsa_key_signs_as_well),
        TEST(openssl_verifies_it_as_cades_up_to_the_root),
        TEST(no_more_room_is_kept_than_the_signature_takes),
        TEST(what_stood_before_stays_byte_for_byte),
        TEST(the_field_is_on_the_first_page_and_cannot_be_seen),
        TEST(a_file_inside_may_be_there_before_the_signature),
        TEST(without_a_key_the_pdf_stays_as_it_is),
        TEST(what_is_no_key_with_its_chain_is_refused_by_what_is_wrong),
        TEST(a_byte_changed_in_the_signature_itself_always_shows),
        TEST(the_list_of_parts_is_read_back_as_it_was_written),
        TEST(a_list_of_parts_that_was_changed_is_none),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
