/* Packages are looked at with others' programs: unzip, xmlsec1, xmllint. */
#include "storage/postbox/asice.h"

#include "engine/base/clock.h"
#include "storage/postbox/lenke.h"
#include "tests/shared.h"
#include "tests/unit/base/business.h"

struct fixture {
    struct arena *arena;
    const char *folder;
    struct crypto_key *key;
    struct bytes chain;
};

static struct fixture fixture;

static int set_up(void **state)
{
    (void)state;
    fixture.arena = arena_open();
    fixture.folder = folder_make(fixture.arena);
    business_make(fixture.arena, fixture.folder);
    fixture.chain = business_file(fixture.arena, fixture.folder, "chain.pem");
    return crypto_private_key_open(business_file(fixture.arena, fixture.folder, "agency.key"),
                                   "agency.key", &fixture.key, NULL)
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    (void)state;
    crypto_key_close(&fixture.key);
    folder_remove(fixture.folder);
    arena_close(&fixture.arena);
    return 0;
}

static struct postbox_document document(const char *title, const char *type, const char *content)
{
    return (struct postbox_document){"0b5f9a52-6f0e-4c5e-9a39-2f7a6c1d0e11", title, type,
                                     BYTES_OF(content)};
}

static const struct postbox_link a_link = {"https://skjema.etat.example/brev/abc?a=1&b=2",
                                           "Ettersend vitnemål innen fristen.", "Ettersend",
                                           1772406000};

static struct asice_package a_package(const struct postbox_document *documents, size_t count)
{
    return (struct asice_package){.agency = AGENCY,
                                  .agency_unit = "soknad",
                                  .invoice = "SKJEMA-2041",
                                  .mailbox = "syntetisk.person#0AAA",
                                  .language = "nb",
                                  .main = &documents[0],
                                  .attachments = documents + 1,
                                  .attachment_count = count - 1,
                                  .link = &a_link};
}

static struct asice_signer signer(void)
{
    return (struct asice_signer){fixture.key, fixture.chain, clock_now()};
}

static struct bytes pack(const struct asice_package *package)
{
    struct bytes bytes;
    struct error err;
    const struct asice_signer who = signer();
    if (!asice_write(fixture.arena, package, &who, &bytes, &err))
        fail_msg("%s", err.text);
    return bytes;
}

/* Packed, and unzipped in FOLDER/out. */
static struct bytes pack_and_unzip(const struct asice_package *package)
{
    struct bytes bytes = pack(package);
    business_write(fixture.arena, fixture.folder, "a.asice", bytes);
    business_must(fixture.arena, fixture.folder,
                  "unzip -tq a.asice && rm -rf out && unzip -qd out a.asice");
    return bytes;
}

static const char *file(const char *name)
{
    return arena_text_of(fixture.arena, business_file(fixture.arena, fixture.folder, name));
}

#define XMLSEC                                                                                     \
    "cd out && xmlsec1 --verify --id-attr:Id http://uri.etsi.org/01903/v1.3.2#:SignedProperties "

static void four_documents(struct postbox_document to[4])
{
    to[0] = document("Kvittering for søknad", "pdf", "%PDF-1.7 main");
    to[1] = document("Vitnemål", "png", "first");
    to[2] = document("Vitnemål", "png", "second");
    to[3] = document("Vitnemål (2)", "zip", "third");
}

static void xmlsec_verifies_the_signature_of_every_file(void **state)
{
    (void)state;
    struct postbox_document documents[4];
    four_documents(documents);
    struct asice_package package = a_package(documents, 4);

    pack_and_unzip(&package);

    business_must(fixture.arena, fixture.folder, XMLSEC "--insecure META-INF/signatures.xml");
    assert_non_null(strstr(file("said"), "SignedInfo References (ok/all): 7/7"));
    business_must(fixture.arena, fixture.folder,
                  XMLSEC "--trusted-pem ../root.pem META-INF/signatures.xml");
}

static void xmlsec_finds_each_file_that_was_changed(void **state)
{
    (void)state;
    struct postbox_document documents[4];
    four_documents(documents);
    struct asice_package package = a_package(documents, 4);
    static const char *const changes[] = {
        "printf x >> out/vitnemal-2.png",
        "printf ' ' >> out/manifest.xml",
        "printf ' ' >> out/lenke.xml",
        "sed -i s/zip/pdf/ out/META-INF/signatures.xml", /* a DataObjectFormat */
        "sed -i 's/<SigningTime>20/<SigningTime>21/' out/META-INF/signatures.xml",
    };

    for (size_t i = 0; i < COUNT(changes); i++) {
        pack_and_unzip(&package);
        business_must(fixture.arena, fixture.folder, changes[i]);
        assert_false(business_run(fixture.arena, fixture.folder,
                                  XMLSEC "--insecure META-INF/signatures.xml"));
    }
}

static void the_files_are_in_the_order_that_other_clients_write(void **state)
{
    (void)state;
    struct postbox_document documents[4];
    four_documents(documents);
    struct asice_package package = a_package(documents, 4);

    struct bytes bytes = pack_and_unzip(&package);

    business_must(fixture.arena, fixture.folder, "zipinfo -1 a.asice");
    assert_string_equal(file("said"), "mimetype\n"
                                      "manifest.xml\n"
                                      "kvittering-for-soknad.pdf\n"
                                      "vitnemal.png\n"
                                      "vitnemal-2.png\n"
                                      "vitnemal-2.zip\n"
                                      "lenke.xml\n"
                                      "META-INF/signatures.xml\n"
                                      "META-INF/manifest.xml\n");
    /* stored, without an extra field, so that the type can be read at byte 38 */
    assert_memory_equal(bytes.data, "PK\x03\x04", 4);
    assert_memory_equal(bytes.data + 8, "\0\0", 2);
    assert_memory_equal(bytes.data + 28, "\0\0", 2);
    assert_memory_equal(bytes.data + 30, "mimetypeapplication/vnd.etsi.asic-e+zipPK", 41);
    business_must(fixture.arena, fixture.folder, "zipinfo -z a.asice");
    assert_non_null(strstr(file("said"), "mimetype=application/vnd.etsi.asic-e+zip"));
}

static void the_signature_names_signer_and_time_as_the_profile_says(void **state)
{
    (void)state;
    struct postbox_document main = document("Brev", "pdf", "%PDF-1.7");
    struct asice_package package = a_package(&main, 1);

    pack_and_unzip(&package);

    const char *signatures = file("out/META-INF/signatures.xml");
    static const char *const parts[] = {
        "<Reference Id=\"ID_0\" URI=\"manifest.xml\">",
        "<Reference Id=\"ID_1\" URI=\"brev.pdf\">",
        "<Reference Type=\"http://uri.etsi.org/01903#SignedProperties\" URI=\"#SignedProperties\">",
        "<ns2:DigestMethod Algorithm=\"http://www.w3.org/2000/09/xmldsig#sha1\"/>",
        "<ns2:X509IssuerName>CN=Test root, O=TEST ONLY, C=NO</ns2:X509IssuerName>",
        "<DataObjectFormat ObjectReference=\"#ID_1\"><MimeType>application/pdf</MimeType>",
        "xmlns=\"http://uri.etsi.org/02918/v1.2.1#\"",
    };
    for (size_t i = 0; i < COUNT(parts); i++)
        if (!strstr(signatures, parts[i]))
            fail_msg("no %s in %s", parts[i], signatures);
    assert_null(strstr(signatures, "ID_3"));
}

#define XSD "protocols/xsd/dpi/"

static bool is_valid_by(const char *schema, const char *name)
{
    const char *path = business_absolute(fixture.arena, shared_path(fixture.arena, schema));
    return business_run(
        fixture.arena, fixture.folder,
        arena_printf(fixture.arena, "xmllint --nonet --noout --schema %s %s", path, name));
}

static void xmllint_validates_every_xml_file(void **state)
{
    (void)state;
    shared_or_skip(fixture.arena, XSD "sdp-manifest.xsd");
    struct postbox_document documents[4];
    four_documents(documents);
    struct asice_package package = a_package(documents, 4);

    pack_and_unzip(&package);

    assert_true(is_valid_by(XSD "sdp-manifest.xsd", "out/manifest.xml"));
    assert_true(is_valid_by(XSD "utvidelser/lenke.xsd", "out/lenke.xml"));
    assert_true(is_valid_by(XSD "asic-e/ts_102918v010201_2.xsd", "out/META-INF/signatures.xml"));
    business_must(fixture.arena, fixture.folder,
                  "xmllint --xpath \"//*[local-name()='QualifyingProperties']\" "
                  "out/META-INF/signatures.xml > properties.xml");
    if (!is_valid_by(XSD "etsi/XAdES.xsd", "properties.xml"))
        fail_msg("%s", file("said"));
    assert_false(is_valid_by(XSD "sdp-manifest.xsd", "out/lenke.xml")); /* it does look */
}

static void two_hundred_attachments_of_one_title_have_names_and_titles_of_their_own(void **state)
{
    (void)state;
    enum { MANY = ASICE_MAX_ATTACHMENTS + 1 };
    struct postbox_document documents[MANY];
    for (size_t i = 0; i < MANY; i++)
        documents[i] = document("Vedlegg", "pdf", "%PDF-1.7");
    struct asice_package package = a_package(documents, MANY);

    pack_and_unzip(&package);

    business_must(fixture.arena, fixture.folder, "ls out/*.pdf | wc -l");
    assert_string_equal(file("said"), "201\n");
    business_must(fixture.arena, fixture.folder,
                  "grep -o '<tittel[^/]*' out/manifest.xml | sort -u | wc -l");
    assert_string_equal(file("said"), "201\n");
    if (access(shared_path(fixture.arena, XSD), R_OK) == 0)
        assert_true(is_valid_by(XSD "sdp-manifest.xsd", "out/manifest.xml"));
}

static void names_are_of_letters_that_every_system_has(void **state)
{
    (void)state;
    static const struct {
        const char *title, *type;
        int number;
        const char *name;
    } cases[] = {
        {"Søknad om plass", "pdf", 1, "soknad-om-plass.pdf"},
        {"Áŋŋel Čáhput", "pdf", 2, "annel-cahput-2.pdf"},
        {"../../etc/passwd", "txt", 1, "etc-passwd.txt"},
        {"Blåbærsyltetøy: 2 kg!", "png", 1, "blabaersyltetoy-2-kg.png"},
        {"请", "pdf", 1, "dokument.pdf"},
        {"", "pdf", 3, "dokument-3.pdf"},
        {"a", "zip", 1, "a.zip"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(
            asice_name(fixture.arena, cases[i].title, cases[i].type, cases[i].number),
            cases[i].name);
    const char *most = arena_printf(fixture.arena, "%0300d", 1);
    assert_true(strlen(asice_name(fixture.arena, most, "docx", 200)) <= ASICE_MAX_NAME);
}

static enum error_code refusal_of(const struct asice_package *package)
{
    struct bytes bytes;
    struct error err;
    const struct asice_signer who = signer();
    assert_false(asice_write(fixture.arena, package, &who, &bytes, &err));
    return err.code;
}

static void what_mailboxes_do_not_take_is_refused_before_it_is_signed(void **state)
{
    (void)state;
    enum { TOO_MANY = ASICE_MAX_ATTACHMENTS + 2 };
    struct postbox_document main = document("Brev", "pdf", "%PDF-1.7");
    struct postbox_document xml = document("Data", "xml", "<a/>");
    struct postbox_document html = document("Side", "html", "<p>");
    struct postbox_document empty = document("Tomt", "pdf", "");
    struct postbox_document nameless = document("", "pdf", "%PDF");
    struct postbox_document broken = document("\xff", "pdf", "%PDF");
    struct postbox_document many[TOO_MANY];
    for (size_t i = 0; i < TOO_MANY; i++)
        many[i] = main;
    const struct postbox_document *const wrong[] = {&xml, &html, &empty, &nameless, &broken};

    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct asice_package package = a_package(wrong[i], 1);
        assert_int_equal(refusal_of(&package), ERROR_INVALID);
    }
    struct asice_package package = a_package(many, TOO_MANY);
    assert_int_equal(refusal_of(&package), ERROR_LIMIT);
    package = a_package(&main, 1);
    package.agency = "31000000";
    assert_int_equal(refusal_of(&package), ERROR_INVALID);
    package = a_package(&main, 1);
    package.language = "nob";
    assert_int_equal(refusal_of(&package), ERROR_INVALID);
    package = a_package(&main, 1);
    package.invoice = "12345678901234567890123456789012345678901";
    assert_int_equal(refusal_of(&package), ERROR_INVALID);
    package = a_package(&main, 1);
    package.link = &(struct postbox_link){.url = "javascript:alert(1)"};
    assert_int_equal(refusal_of(&package), ERROR_INVALID);
}

static void a_package_that_is_too_large_is_refused(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    unsigned char *noise = arena_alloc(arena, ASICE_MAX_BYTES);
    for (uint32_t i = 0, x = 1; i < ASICE_MAX_BYTES; i++) {
        x = x * 1664525 + 1013904223;
        noise[i] = (unsigned char)(x >> 24);
    }
    struct postbox_document main = document("Brev", "pdf", "");
    main.content = (struct bytes){noise, ASICE_MAX_BYTES};
    struct asice_package package = a_package(&main, 1);

    assert_int_equal(refusal_of(&package), ERROR_LIMIT);
}

static void a_key_of_another_certificate_is_refused(void **state)
{
    (void)state;
    struct postbox_document main = document("Brev", "pdf", "%PDF-1.7");
    struct asice_package package = a_package(&main, 1);
    struct asice_signer who = signer();
    who.chain_pem = business_file(fixture.arena, fixture.folder, "mailbox.pem");
    struct bytes bytes;
    struct error err;

    assert_false(asice_write(fixture.arena, &package, &who, &bytes, &err));

    assert_int_equal(err.code, ERROR_INVALID);
}

static void the_same_letter_gives_the_same_bytes(void **state)
{
    (void)state;
    struct postbox_document documents[4];
    four_documents(documents);
    struct asice_package package = a_package(documents, 4);
    const struct asice_signer who = signer();
    struct bytes first, second;

    assert_true(asice_write(fixture.arena, &package, &who, &first, NULL));
    assert_true(asice_write(fixture.arena, &package, &who, &second, NULL));

    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xmlsec_verifies_the_signature_of_every_file),
        cmocka_unit_test(xmlsec_finds_each_file_that_was_changed),
        cmocka_unit_test(the_files_are_in_the_order_that_other_clients_write),
        cmocka_unit_test(the_signature_names_signer_and_time_as_the_profile_says),
        cmocka_unit_test(xmllint_validates_every_xml_file),
        cmocka_unit_test(two_hundred_attachments_of_one_title_have_names_and_titles_of_their_own),
        cmocka_unit_test(names_are_of_letters_that_every_system_has),
        cmocka_unit_test(what_mailboxes_do_not_take_is_refused_before_it_is_signed),
        cmocka_unit_test(a_package_that_is_too_large_is_refused),
        cmocka_unit_test(a_key_of_another_certificate_is_refused),
        cmocka_unit_test(the_same_letter_gives_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
