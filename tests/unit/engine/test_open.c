/* Packages of ours, those that other programs make (zip, openssl, xmlsec1), and each kind of
 * damage: what `skjema open` says of them. */
#include "engine/open/open_look.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/cms_envelope.h"
#include "engine/base/text.h"
#include "storage/postbox/asice.h"
#include "tests/shared.h"
#include "tests/unit/base/business.h"

#include <sys/wait.h>

enum { DAY = 86400 };

struct fixture {
    struct arena *arena;
    const char *folder;
    struct crypto_key *key, *mailbox_key;
    struct x509_trust *trust;
    struct open_rules rules;
    struct bytes package, sealed;
};

static struct fixture f;

static struct bytes file(const char *name)
{
    return business_file(f.arena, f.folder, name);
}

static struct crypto_key *open_key(const char *name)
{
    struct crypto_key *key = NULL;
    assert_true(crypto_private_key_open(file(name), name, &key, NULL));
    return key;
}

static struct postbox_document document(const char *title, const char *type, const char *content)
{
    return (struct postbox_document){"0b5f9a52-6f0e-4c5e-9a39-2f7a6c1d0e11", title, type,
                                     BYTES_OF(content)};
}

static struct bytes pack(void)
{
    const struct postbox_document documents[] = {document("Kvittering for søknad", "pdf", "%PDF"),
                                                 document("Vedlegg a", "png", "first"),
                                                 document("Vedlegg b", "png", "second")};
    const struct postbox_link link = {"https://skjema.etat.example/brev/abc", "Svar her", "Svar",
                                      1772406000};
    const struct asice_package package = {.agency = AGENCY,
                                          .mailbox = "syntetisk#0AAA",
                                          .language = "nb",
                                          .main = &documents[0],
                                          .attachments = documents + 1,
                                          .attachment_count = 2,
                                          .link = &link};
    const struct asice_signer signer = {f.key, file("chain.pem"), clock_now()};
    struct bytes bytes;
    struct error err;
    if (!asice_write(f.arena, &package, &signer, &bytes, &err))
        fail_msg("%s", err.text);
    return bytes;
}

static int set_up(void **state)
{
    (void)state;
    f.arena = arena_open();
    f.folder = folder_make(f.arena);
    business_make(f.arena, f.folder);
    f.key = open_key("agency.key");
    f.mailbox_key = open_key("mailbox.key");
    f.trust = x509_trust_open();
    assert_true(x509_trust_add(f.trust, file("root.pem"), "root", NULL));
    f.rules = (struct open_rules){file("mailbox.key"), f.trust, clock_now() + 60};
    f.package = pack();
    business_write(f.arena, f.folder, "a.asice", f.package);
    return cms_envelope_seal(f.arena, f.package, file("mailbox.pem"), f.rules.at, &f.sealed, NULL)
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    (void)state;
    x509_trust_close(&f.trust);
    crypto_key_close(&f.key);
    crypto_key_close(&f.mailbox_key);
    folder_remove(f.folder);
    arena_close(&f.arena);
    return 0;
}

/* ---- looking ---- */

static struct open_report look_by(const struct open_rules *rules, struct bytes bytes,
                                  struct open_seen *seen)
{
    struct open_report report;
    open_report_init(&report, f.arena);
    open_look(&report, rules, bytes, seen);
    return report;
}

static struct open_report look(struct bytes bytes)
{
    struct open_seen seen = {.has_letter = false};
    return look_by(&f.rules, bytes, &seen);
}

static const char *all_of(const struct open_report *report)
{
    struct buf text;
    buf_init(&text, f.arena);
    for (size_t i = 0; i < report->line_count; i++)
        buf_printf(&text, "%s%s: %s\n",
                   report->lines[i].weight == OPEN_WRONG     ? "WRONG "
                   : report->lines[i].weight == OPEN_WARNING ? "WARNING "
                                                             : "",
                   report->lines[i].where, report->lines[i].text);
    return buf_text(&text);
}

static bool says(const struct open_report *report, const char *line)
{
    return strstr(all_of(report), line) != NULL;
}

static void assert_says(const struct open_report *report, const char *line)
{
    if (!says(report, line))
        fail_msg("no \"%s\" in\n%s", line, all_of(report));
}

static void assert_clean(const struct open_report *report)
{
    if (report->wrong_count || report->warning_count)
        fail_msg("%s", all_of(report));
}

static const char letter_id[] = "0b5f9a52-6f0e-4c5e-9a39-2f7a6c1d0e11";
static const char conversation_id[] = "7d1f6c0e-3f55-4c0a-8a5c-6f2d9b1c7a42";

static struct sbd_digital a_letter(void)
{
    return (struct sbd_digital){.message_id = letter_id,
                                .conversation_id = conversation_id,
                                .created_at = 1768465800,
                                .sender = AGENCY,
                                .receiver = MAILBOX,
                                .agency = AGENCY,
                                .mailbox = "syntetisk#0AAA",
                                .package = crypto_sha256(f.sealed),
                                .token = "e30.e30.e30",
                                .level = 4,
                                .title = "Kvittering",
                                .language = "nb"};
}

static struct bytes sign_letter(const struct sbd_digital *letter)
{
    struct bytes document;
    char *jws = NULL;
    struct error err;
    if (!sbd_write(f.arena, letter, &document, &err) ||
        !sbd_sign(f.arena, document, f.key, file("chain.pem"), &jws, &err))
        fail_msg("%s", err.text);
    return BYTES_OF(jws);
}

static const char *a_receipt(const char *type, const char *more)
{
    return arena_printf(
        f.arena,
        "{\"standardBusinessDocument\":{\"standardBusinessDocumentHeader\":{\"headerVersion\":"
        "\"1.0\",\"sender\":[{\"identifier\":{\"authority\":\"iso6523-actorid-upis\",\"value\":"
        "\"0192:" MAILBOX "\"}}],\"receiver\":[{\"identifier\":{\"authority\":\"iso6523-actorid-"
        "upis\",\"value\":\"0192:" AGENCY "\"}}],\"documentIdentification\":{\"standard\":\"urn\","
        "\"typeVersion\":\"1.0\",\"instanceIdentifier\":\"c1a4d6f2-9a0b-4a6a-bb52-0f1f2a3b4c02\","
        "\"type\":\"%s\",\"creationDateAndTime\":\"2026-01-15T09:31:10.000+01:00\"},"
        "\"businessScope\":{\"scope\":[{\"type\":\"ConversationId\",\"instanceIdentifier\":"
        "\"%s\"}]}},\"%s\":{\"avsender\":{\"virksomhetsidentifikator\":{\"authority\":"
        "\"iso6523-actorid-upis\",\"value\":\"0192:" AGENCY "\"}},\"mottaker\":{"
        "\"virksomhetsidentifikator\":{\"authority\":\"iso6523-actorid-upis\",\"value\":"
        "\"0192:" MAILBOX "\"}},\"tidspunkt\":\"2026-01-15T09:31:09.000+01:00\"%s}}}",
        type, conversation_id, type, more);
}

static struct bytes sign_receipt(const char *document, const struct crypto_key *key,
                                 const char *certificate)
{
    char *jws;
    struct error err;
    if (!sbd_sign(f.arena, BYTES_OF(document), key, file(certificate), &jws, &err))
        fail_msg("%s", err.text);
    return BYTES_OF(jws);
}

/* ---- what is whole ---- */

static void a_package_of_ours_opens_without_a_word_against_it(void **state)
{
    (void)state;
    struct open_report report = look(f.package);

    assert_clean(&report);
    assert_says(&report, "signed by: Eksempeletaten, organisation " AGENCY);
    assert_says(&report, "main document: \"Kvittering for søknad\", kvittering-for-soknad.pdf, "
                         "application/pdf, 4 bytes");
    assert_says(&report, "attachment: \"Vedlegg b\", vedlegg-b.png, image/png, 6 bytes");
    assert_says(&report, "button: \"Svar\" to https://skjema.etat.example/brev/abc");
    assert_says(&report, "until: 2026-03-02T00:00:00+01:00");
    assert_says(&report, "to mailbox: syntetisk#0AAA");
    assert_int_equal(report.file_count, 8);
}

static void an_encrypted_package_opens_with_the_mailbox_key_alone(void **state)
{
    (void)state;
    struct open_report report = look(f.sealed);
    struct open_rules other = f.rules;
    other.key_pem = file("agency.key");
    struct open_seen seen = {.has_letter = false};

    assert_clean(&report);
    assert_says(&report, "an encrypted package (CMS)");
    assert_says(&report, "main document");
    report = look_by(&other, f.sealed, &seen);
    assert_says(&report, "WRONG envelope: it is encrypted for another key, or damaged");
    other.key_pem = (struct bytes){NULL, 0};
    report = look_by(&other, f.sealed, &seen);
    assert_says(&report, "WRONG envelope: it cannot be opened without a key: see --key");
}

static void a_letter_and_its_package_are_held_against_each_other(void **state)
{
    (void)state;
    struct sbd_digital letter = a_letter();
    struct open_seen seen = {.has_letter = false};
    struct open_report report = look_by(&f.rules, sign_letter(&letter), &seen), package, compared;

    assert_clean(&report);
    assert_says(&report, "a letter, message 0b5f9a52-6f0e-4c5e-9a39-2f7a6c1d0e11");
    package = look_by(&f.rules, f.sealed, &seen);
    assert_clean(&package);
    open_report_init(&compared, f.arena);
    open_compare(&compared, &seen);
    assert_clean(&compared);

    letter.package = crypto_sha256(BYTES_OF("another"));
    letter.agency = "310000012";
    letter.mailbox = "annen#0BBB";
    look_by(&f.rules, sign_letter(&letter), &seen);
    open_report_init(&compared, f.arena);
    open_compare(&compared, &seen);
    assert_says(&compared, "the package is not the one that the letter was signed with");
    assert_says(&compared, "they name different agencies");
    assert_says(&compared, "they name different mailboxes");
}

static void receipts_say_what_became_of_the_letter(void **state)
{
    (void)state;
    const char *delivered = a_receipt("leveringskvittering", "");
    const char *failed = a_receipt("feil", ",\"feiltype\":\"KLIENT\",\"detaljer\":\"Ukjent\"");

    struct open_report report = look(sign_receipt(delivered, f.mailbox_key, "mailbox.pem"));
    assert_clean(&report);
    assert_says(&report, "the mailbox guarantees that the letter is delivered");
    assert_says(&report, "happened at: 2026-01-15T09:31:09+01:00");
    report = look(sign_receipt(failed, f.mailbox_key, "mailbox.pem"));
    assert_clean(&report);
    assert_says(&report, "refused, by the sender's fault");
    assert_says(&report, "in their words: \"Ukjent\"");
    report = look(BYTES_OF(delivered));
    assert_int_equal(report.wrong_count, 0);
    assert_says(&report, "WARNING document: nothing signs it");
}

/* ---- what others write ---- */

#define UNZIP "rm -rf out b.zip && unzip -qd out a.asice && cd out && "
#define ZIP " && zip -Xq0 ../b.zip mimetype && zip -XDqr9 ../b.zip . -x mimetype"
#define SIGN                                                                                       \
    " && xmlsec1 --sign --privkey-pem ../agency.key --id-attr:Id "                                 \
    "http://uri.etsi.org/01903/v1.3.2#:SignedProperties --output s.xml META-INF/signatures.xml "   \
    "&& mv s.xml META-INF/signatures.xml"
#define IN_SIGNATURE(what) "sed -i '" what "' META-INF/signatures.xml"

static struct open_report look_at_made(const char *command)
{
    business_must(f.arena, f.folder, command);
    return look(file("b.zip"));
}

struct attempt {
    const char *command, *says;
};

static bool tell(bool good, const struct attempt *attempt, const struct open_report *report)
{
    if (!good)
        print_error("%s\nsays not \"%s\" but\n%s\n", attempt->command, attempt->says,
                    all_of(report));
    return good;
}

static void packages_of_other_programs_are_read(void **state)
{
    (void)state;
    static const struct attempt tries[] = {
        {UNZIP "true" ZIP, ""},
        {UNZIP "true" SIGN ZIP, ""},
        /* through a pipe: data descriptors; without mimetype; with folders and odd order */
        {UNZIP "zip -Xqr - META-INF manifest.xml lenke.xml *.pdf *.png | cat > ../b.zip",
         "WARNING mimetype: there is no such file"},
        {UNZIP "zip -Xqr ../b.zip manifest.xml META-INF *.pdf *.png mimetype lenke.xml",
         "WARNING mimetype: it is not first"},
        {UNZIP "rm META-INF/manifest.xml" ZIP, ""},
        {UNZIP "sed -i s/vedlegg-a/vedlegg-x/ META-INF/manifest.xml" ZIP,
         "WARNING META-INF/manifest.xml: it lists vedlegg-x.png, which is not"},
        {UNZIP "touch META-INF/container.xml" ZIP, "WARNING META-INF/container.xml"},
        {UNZIP IN_SIGNATURE("s|org/02918/|org/2918/|") ZIP, ""},
        {UNZIP IN_SIGNATURE("s|org/02918/v1.2.1|org/02918/v1.1.1|") SIGN ZIP, ""},
        {UNZIP IN_SIGNATURE("s|http://www.w3.org/TR/2001/REC-xml-c14n-20010315|"
                            "http://www.w3.org/2006/12/xml-c14n11|g") SIGN ZIP,
         ""},
        {UNZIP "mv vedlegg-a.png 'vedlegg a.png' && sed -i 's/vedlegg-a/vedlegg a/' manifest.xml "
               "META-INF/manifest.xml && " IN_SIGNATURE("s/vedlegg-a/vedlegg%20a/") SIGN ZIP,
         ""},
        {UNZIP "mv vedlegg-a.png 'vedlegg a.png' && sed -i 's/vedlegg-a/vedlegg a/' manifest.xml "
               "META-INF/manifest.xml && cp 'vedlegg a.png' vedlegg+a.png && " IN_SIGNATURE(
                   "s/vedlegg-a/vedlegg+a/") SIGN " && rm vedlegg+a.png" ZIP,
         ""},
        {UNZIP "mv vedlegg-a.png vedlegg-å.png && sed -i 's/vedlegg-a/vedlegg-å/' manifest.xml "
               "META-INF/manifest.xml && " IN_SIGNATURE("s/vedlegg-a/vedlegg-%C3%A5/") SIGN ZIP,
         ""},
        {UNZIP
         "sed -i 's|<person>|<person><personidentifikator>01898099999</personidentifikator>|' "
         "manifest.xml" SIGN ZIP,
         "WARNING manifest.xml:4: it names the person by number"},
        {UNZIP IN_SIGNATURE(
             "s|http://www.w3.org/2000/09/xmldsig#sha1|"
             "http://www.w3.org/2001/04/xmlenc#sha256|") " && openssl x509 -in "
                                                         "../agency.pem -outform DER | openssl "
                                                         "dgst -sha256 -binary | base64 -w0 > ../d "
                                                         "&& "
                                                         "perl -0pi -e 'my $d = `cat ../d`; "
                                                         "s|(<ns2:DigestValue>)[^<]*|$1$d|' "
                                                         "META-INF/signatures.xml" SIGN ZIP,
         "the certificate's digest is SHA-256, where the profile says SHA-1"},
    };
    int failed = 0;
    for (size_t i = 0; i < COUNT(tries); i++) {
        struct open_report report = look_at_made(tries[i].command);
        bool good = !report.wrong_count && !report.warning_count == !*tries[i].says;
        failed += !tell(good && says(&report, tries[i].says), &tries[i], &report);
    }
    assert_int_equal(failed, 0);
}

static void an_envelope_of_openssl_with_indefinite_lengths_and_sha_1_opens(void **state)
{
    (void)state;
    openssl_run(f.arena, f.folder,
                "cms -encrypt -binary -stream -aes-256-cbc -outform DER -in a.asice -out b.cms "
                "-recip mailbox.pem -keyopt rsa_padding_mode:oaep");

    struct open_report report = look(file("b.cms"));

    assert_int_equal(report.wrong_count, 0);
    assert_int_equal(report.warning_count, 1);
    assert_says(&report, "WARNING envelope: its key is sent with OAEP and SHA1");
}

static void the_published_manifest_and_link_are_read(void **state)
{
    (void)state;
    shared_or_skip(f.arena, "protocols/dpi-samples/manifest.xml");
    struct open_entry entries[] = {
        {.name = "manifest.xml",
         .content = shared_read(f.arena, "protocols/dpi-samples/manifest.xml")},
        {.name = "lenke.xml", .content = shared_read(f.arena, "protocols/dpi-samples/lenke.xml")},
        {.name = "kvittering.pdf", .content = BYTES_OF("%PDF")},
        {.name = "soknad.zip", .content = BYTES_OF("PK")}};
    const struct open_zip zip = {entries, COUNT(entries), ""};
    struct open_parties parties;
    struct open_report report;
    open_report_init(&report, f.arena);

    open_manifest_check(&report, &zip, NULL, &parties);

    assert_clean(&report);
    assert_string_equal(parties.agency, "0192:310000004");
    assert_string_equal(parties.mailbox, "syntetisk.person#0AAA");
    assert_says(&report, "until: 2026-03-01T23:59:00+01:00");
}

/* ---- what is wrong has a name ---- */

static void each_kind_of_damage_is_named_with_its_place(void **state)
{
    (void)state;
    static const struct attempt tries[] = {
        {UNZIP "printf x >> vedlegg-b.png" ZIP,
         "WRONG vedlegg-b.png: it was changed after signing"},
        {UNZIP "printf ' ' >> manifest.xml" ZIP,
         "WRONG manifest.xml: it was changed after signing"},
        {UNZIP "rm vedlegg-b.png" ZIP, "a reference to vedlegg-b.png, which is not in the package"},
        {UNZIP "rm vedlegg-b.png" ZIP,
         "WRONG manifest.xml:18: vedlegg-b.png is not in the package"},
        {UNZIP "printf x > ekstra.pdf" ZIP, "WRONG ekstra.pdf: it is not signed"},
        {UNZIP "printf x > ekstra.pdf" ZIP, "WRONG ekstra.pdf: the manifest does not name it"},
        {UNZIP "rm META-INF/signatures.xml" ZIP, "WRONG package: it is not signed"},
        {UNZIP "cp META-INF/signatures.xml META-INF/signatures2.xml" ZIP, "a second signature"},
        {UNZIP "rm manifest.xml" ZIP, "WRONG package: there is no manifest.xml"},
        {UNZIP "printf application/zip > mimetype" ZIP, "WRONG mimetype: it does not say"},
        {UNZIP IN_SIGNATURE("s|<SigningTime>20|<SigningTime>21|") ZIP,
         "SignedProperties were changed after signing"},
        {UNZIP IN_SIGNATURE("s|URI=\"vedlegg-b.png\"|URI=\"vedlegg-%62.png\"|") ZIP,
         "the signature does not fit what is signed and who signed"},
        {UNZIP IN_SIGNATURE("s|URI=\"vedlegg-b.png\"|URI=\"http://etat.example/b\"|") ZIP,
         "a reference to http://etat.example/b, which is not in the package"},
        {UNZIP IN_SIGNATURE("s|URI=\"vedlegg-b.png\"|URI=\"../vedlegg-b.png\"|") ZIP,
         "a reference to ../vedlegg-b.png, which is not in the package"},
        {UNZIP IN_SIGNATURE("s|URI=\"vedlegg-b.png\"|URI=\"vedlegg-a.png\"|") SIGN ZIP,
         "vedlegg-a.png is signed twice"},
        {UNZIP IN_SIGNATURE("s|more#rsa-sha256|more#rsa-sha512|") SIGN ZIP,
         "RSA with SHA-256 is what is allowed"},
        {UNZIP IN_SIGNATURE("0,/xmlenc#sha256/s|xmlenc#sha256|xmlenc#sha512|") SIGN ZIP,
         "a digest made with http://www.w3.org/2001/04/xmlenc#sha512"},
        {UNZIP IN_SIGNATURE("s|REC-xml-c14n-20010315|REC-xml-c14n-20010315#WithComments|g")
             SIGN ZIP,
         "REC-xml-c14n-20010315#WithComments is not allowed"},
        {UNZIP IN_SIGNATURE("s|<DataObjectFormat ObjectReference=\"#ID_2\"><MimeType>image/png"
                            "</MimeType></DataObjectFormat>||") SIGN ZIP,
         "WRONG vedlegg-a.png: its signature does not say what kind of file it is"},
        {UNZIP IN_SIGNATURE("s|#ID_2\"><MimeType>image/png|#ID_2\"><MimeType>image/gif|") SIGN ZIP,
         "vedlegg-a.png is image/png here, but image/gif in the signature"},
        {UNZIP IN_SIGNATURE("s|<ns2:X509SerialNumber>|&9|") SIGN ZIP,
         "IssuerSerial has another serial number"},
        {UNZIP IN_SIGNATURE("s|#sha1\"/><ns2:DigestValue>.|&B|") SIGN ZIP,
         "the certificate that SigningCertificate names is another"},
        {UNZIP IN_SIGNATURE("s|Target=\"#Signature\"|Target=\"#Other\"|") ZIP,
         "QualifyingProperties are not those of this signature"},
        {UNZIP IN_SIGNATURE("s|<KeyInfo>|<KeyInfo Id=\"SignedProperties\">|") ZIP,
         "the id of SignedProperties is missing or there more than once"},
        {UNZIP IN_SIGNATURE("s|XAdESSignatures|Signatures|g") ZIP,
         "its root is not XAdESSignatures"},
        {UNZIP IN_SIGNATURE("s|<XAdES|<!DOCTYPE a [<!ENTITY b \"c\">]><XAdES|") ZIP,
         "DOCTYPE is not allowed"},
        {UNZIP "sed -i 's|mime=\"image/png\"|mime=\"text/xml\"|' manifest.xml" SIGN ZIP,
         "WRONG manifest.xml:15: mailboxes take no text/xml"},
        {UNZIP "sed -i 's|lang=\"nb\"|lang=\"nob\"|' manifest.xml" SIGN ZIP,
         "a title must have 1 to 255 characters and a language of two letters"},
        {UNZIP "sed -i 's|<person>|<navn/><person>|' manifest.xml" SIGN ZIP,
         "<navn> does not belong here"},
        {UNZIP "sed -i 's|vedlegg-b|vedlegg-a|' manifest.xml" SIGN ZIP,
         "vedlegg-a.png is named twice"},
        {UNZIP "sed -i 's|0192:|192:|' manifest.xml" SIGN ZIP,
         "the sender is not named as 4 digits, a colon and its number"},
        {UNZIP "sed -i 's|https://|file://|' lenke.xml" SIGN ZIP,
         "WRONG lenke.xml: it leads to no http or https address"},
        {UNZIP "sed -i 's|Svar<|1234567890123456789012345678901<|' lenke.xml" SIGN ZIP,
         "<knappTekst> must have 1 to 30 characters"},
        {UNZIP "ln -s /etc/passwd ekstra.pdf && zip -yq ../b.zip ekstra.pdf && rm ekstra.pdf" ZIP,
         "WRONG ekstra.pdf: it is a symbolic link"},
        {UNZIP "zip -qP x ../b.zip vedlegg-b.png && rm vedlegg-b.png" ZIP,
         "WRONG vedlegg-b.png: it is encrypted by the zip itself"},
        {UNZIP "zip -qZ bzip2 ../b.zip manifest.xml && rm manifest.xml" ZIP,
         "compressed in a way that is not allowed"},
        {UNZIP "head -c 20000000 /dev/zero > stor.pdf" ZIP,
         "WRONG stor.pdf: it becomes far larger when unpacked: a zip bomb?"},
        {UNZIP "for i in $(seq 300); do touch $i.pdf; done" ZIP, "files; at most 300"},
        {UNZIP "true" ZIP " && printf x >> ../b.zip", "WRONG zip: it has no directory at its end"},
        {UNZIP "true" ZIP " && truncate -s -1 ../b.zip",
         "WRONG zip: it has no directory at its end"},
        {UNZIP "true" ZIP " && printf PK > ../c && printf '\\003\\004' >> ../c && cat ../b.zip >> "
               "../c && mv ../c ../b.zip",
         "WRONG zip: its directory does not end where it says"},
    };
    int failed = 0;
    for (size_t i = 0; i < COUNT(tries); i++) {
        struct open_report report = look_at_made(tries[i].command);
        failed += !tell(report.wrong_count && says(&report, tries[i].says), &tries[i], &report);
    }
    assert_int_equal(failed, 0);
}

/* The same length of bytes for others, wherever they stand; at least `least` times. */
static struct bytes replaced(struct bytes bytes, const char *old, const char *new, int least)
{
    struct bytes copy = arena_bytes(f.arena, bytes);
    size_t size = strlen(old);
    int count = 0;
    assert_int_equal(size, strlen(new));
    for (unsigned char *at = (unsigned char *)copy.data;
         (at = memmem(at, (size_t)(copy.data + copy.size - at), old, size)); count++)
        memcpy(at, new, size);
    assert_true(count >= least);
    return copy;
}

static void a_zip_that_leads_outside_or_says_two_things_is_refused(void **state)
{
    (void)state;
    struct bytes once = arena_bytes(f.arena, f.package);
    unsigned char *local = memmem(once.data, once.size, "vedlegg-b.png", 13);
    memcpy(local, "vedlegg-c.png", 13);
    const struct {
        struct bytes zip;
        const char *says;
    } tries[] = {
        {replaced(f.package, "vedlegg-b.png", "../legg-b.png", 2),
         "WRONG ../legg-b.png: its name leads outside the package"},
        {replaced(f.package, "vedlegg-b.png", "/edlegg-b.png", 2), "leads outside the package"},
        {replaced(f.package, "vedlegg-b.png", "a//legg-b.png", 2), "leads outside the package"},
        {replaced(f.package, "vedlegg-b.png", "..\\legg-b.png", 2), "a character that is not safe"},
        {replaced(f.package, "vedlegg-b.png", "vedlegg\nb.png", 2), "a character that is not safe"},
        {replaced(f.package, "vedlegg-b.png", "vedlegg-\xff.png", 2), "its name is no UTF-8"},
        {replaced(f.package, "vedlegg-b.png", "vedlegg-a.png", 2),
         "WRONG vedlegg-a.png: there are two files of this name"},
        {replaced(f.package, "vedlegg-b.png", "Vedlegg-A.png", 2),
         "WARNING Vedlegg-A.png: another file has this name but for small and capital letters"},
        {once, "the directory says something else than what stands before it"},
    };
    for (size_t i = 0; i < COUNT(tries); i++) {
        struct open_report report = look(tries[i].zip);
        assert_true(report.wrong_count > 0);
        assert_says(&report, tries[i].says);
        for (size_t k = 0; k < report.file_count; k++)
            assert_true(!strstr(report.files[k].name, "..") && report.files[k].name[0] != '/');
    }
}

static bool gives_the_same(const struct open_report *a, const struct open_report *b)
{
    bool same = a->file_count == b->file_count;
    for (size_t i = 0; same && i < a->file_count; i++)
        same = text_equal(a->files[i].name, b->files[i].name) &&
               crypto_equal(a->files[i].content, b->files[i].content);
    return same;
}

/* What is left are times and versions in the zip, and its comment, which no signature reaches. */
static void a_byte_that_is_changed_is_told_or_changes_no_file(void **state)
{
    (void)state;
    struct open_report whole = look(f.package);
    CLEANUP(arena_close) struct arena *arena = arena_open();
    size_t told = 0, untold = 0;
    for (size_t at = 0; at < f.package.size; at += 7) {
        arena_reset(arena);
        struct bytes copy = arena_bytes(arena, f.package);
        ((unsigned char *)copy.data)[at] ^= 0x40;
        struct open_report report;
        struct open_seen seen = {.has_letter = false};
        open_report_init(&report, arena);
        open_look(&report, &f.rules, copy, &seen);
        bool is_told = report.wrong_count || report.warning_count;
        assert_true(is_told || gives_the_same(&report, &whole));
        told += is_told;
        untold += !is_told;
    }
    assert_true(told > 5 * untold);
}

static void signers_that_are_not_to_be_believed_are_named(void **state)
{
    (void)state;
    struct open_rules rules = f.rules;
    struct open_seen seen = {.has_letter = false};
    struct bytes receipt = sign_receipt(a_receipt("leveringskvittering", ""), f.key, "agency.pem");
    char *bent = arena_text_of(f.arena, receipt);
    strchr(bent, '.')[40] ^= 1;

    rules.at += 31 * DAY;
    struct open_report report = look_by(&rules, f.package, &seen);
    assert_says(&report,
                "WRONG META-INF/signatures.xml: nobody trusted vouches for the certificate: "
                "certificate has expired");
    rules = f.rules;
    rules.trust = NULL;
    report = look_by(&rules, f.package, &seen);
    assert_int_equal(report.wrong_count, 0);
    assert_says(&report, "WARNING META-INF/signatures.xml: nobody was asked");
    report = look(receipt);
    assert_says(&report,
                "WRONG signature: signed by another organisation than the sender, " MAILBOX);
    report = look(BYTES_OF(bent));
    assert_says(&report, "WRONG signature: a document whose signature does not fit");
    report = look(sign_receipt(a_receipt("leveringskvittering", ",\"maskinportentoken\":\"e30\""),
                               f.mailbox_key, "mailbox.pem"));
    assert_says(&report, "has maskinportentoken, which the schema forbids");
}

static void files_of_another_kind_are_told_so(void **state)
{
    (void)state;
    static const struct attempt tries[] = {
        {"%PDF-1.7", "`skjema verify`"},
        {"", "begins like nothing of Digital post"},
        {"hei", "begins like nothing of Digital post"},
        {"0\x80\x06", "no whole CMS EnvelopedData"},
        {"-----BEGIN CMS-----", "this is PEM"},
        {"{\"a\":1}", "not a standardBusinessDocument"},
        {"a.b.c", "WRONG signature"},
        {"PK\x05\x06", "WRONG zip"},
    };
    for (size_t i = 0; i < COUNT(tries); i++) {
        struct open_report report = look(BYTES_OF(tries[i].command));
        assert_true(report.wrong_count > 0);
        assert_says(&report, tries[i].says);
    }
}

static void what_strangers_wrote_does_nothing_to_a_terminal(void **state)
{
    (void)state;
    struct open_report report = look_at_made(UNZIP "sed -i 's|Vedlegg a|\xc2\x9b"
                                                   "31m\xe2\x80\xae"
                                                   "dno|' manifest.xml" SIGN ZIP);

    assert_says(&report, "\"\xef\xbf\xbd"
                         "31m\xef\xbf\xbd"
                         "dno\"");
}

/* ---- the program ---- */

static int run(const char *words)
{
    const char *command = arena_printf(
        f.arena,
        "cd %s && mkdir -p trust && cp root.pem trust && " SKJEMA_PROGRAM " open %s >said 2>&1",
        f.folder, words);
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void the_program_says_by_its_exit_whether_something_is_wrong(void **state)
{
    (void)state;
    struct sbd_digital letter = a_letter();
    business_write(f.arena, f.folder, "a.cms", f.sealed);
    business_write(f.arena, f.folder, "sbd.jwt", sign_letter(&letter));

    assert_int_equal(run("sbd.jwt a.cms --key mailbox.key --trust trust --into kept"), 0);
    assert_non_null(strstr(arena_text_of(f.arena, file("said")), "\nnothing wrong\n"));
    business_must(f.arena, f.folder,
                  "cmp kept/package.asice a.asice && test $(cat kept/vedlegg-b.png) = second && "
                  "test -s kept/META-INF/signatures.xml && test -s kept/sbd.json");
    assert_int_equal(run("a.asice --trust trust --into kept"), 1); /* not over what is there */
    assert_int_equal(run("a.asice --trust trust --at 2020-01-01"), 1);
    assert_int_equal(run("a.asice --trust trust --at i-dag"), 2);
    assert_int_equal(run("a.cms --key root.pem"), 1);
    assert_int_equal(run("mangler.cms"), 1);
    assert_int_equal(run(""), 2);
    assert_int_equal(run("a.asice --ukjent"), 2);
    assert_int_equal(run("--help"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_package_of_ours_opens_without_a_word_against_it),
        cmocka_unit_test(an_encrypted_package_opens_with_the_mailbox_key_alone),
        cmocka_unit_test(a_letter_and_its_package_are_held_against_each_other),
        cmocka_unit_test(receipts_say_what_became_of_the_letter),
        cmocka_unit_test(packages_of_other_programs_are_read),
        cmocka_unit_test(an_envelope_of_openssl_with_indefinite_lengths_and_sha_1_opens),
        cmocka_unit_test(the_published_manifest_and_link_are_read),
        cmocka_unit_test(each_kind_of_damage_is_named_with_its_place),
        cmocka_unit_test(a_zip_that_leads_outside_or_says_two_things_is_refused),
        cmocka_unit_test(a_byte_that_is_changed_is_told_or_changes_no_file),
        cmocka_unit_test(signers_that_are_not_to_be_believed_are_named),
        cmocka_unit_test(files_of_another_kind_are_told_so),
        cmocka_unit_test(what_strangers_wrote_does_nothing_to_a_terminal),
        cmocka_unit_test(the_program_says_by_its_exit_whether_something_is_wrong),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
