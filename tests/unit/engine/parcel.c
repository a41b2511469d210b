#include "parcel.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/sandbox/sandbox_authority.h"
#include "folder.h"

#include <ctype.h>

#define AGENCY "310123005" /* asker.c's */
#define FORM "application/x-www-form-urlencoded"
#define ISSUER "CN=Sandkasse: virksomhetssertifikater, O=Sandkassens utsteder, C=NO"
#define C14N "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
#define SHA256 "http://www.w3.org/2001/04/xmlenc#sha256"

/* ---- changes ---- */

void parcel_change(struct parcel *parcel, const char *change)
{
    assert_true(parcel->change_count < PARCEL_CHANGES);
    char *where = arena_text(parcel->arena, change), *rest = strchr(where, ' ');
    assert_non_null(rest);
    *rest++ = '\0';
    char *arrow = strstr(rest, " =>");
    const char *to = "";
    if (arrow) {
        *arrow = '\0';
        to = arrow + 3 + strspn(arrow + 3, " ");
    }
    parcel->changes[parcel->change_count++] = (struct parcel_change){where, rest, to};
}

/* "@300": so many letters. */
static const char *expand(struct arena *arena, const char *text)
{
    if (*text != '@')
        return text;
    size_t size = (size_t)strtol(text + 1, NULL, 10);
    return memset(arena_alloc(arena, size + 1), 'x', size);
}

/* The text with what is to change in it changed. */
static const char *changed(struct parcel *parcel, const char *where, const char *text)
{
    for (size_t i = 0; i < parcel->change_count; i++) {
        const struct parcel_change *change = &parcel->changes[i];
        if (!text_equal(change->where, where))
            continue;
        const char *at = strstr(text, change->old_text);
        if (!at)
            fail_msg("\"%s\" is not in the %s: %s", change->old_text, where, text);
        text = arena_printf(parcel->arena, "%.*s%s%s", (int)(at - text), text,
                            expand(parcel->arena, change->new_text), at + strlen(change->old_text));
    }
    return text;
}

/* The rest of the change with that word, or NULL. */
static const char *told(const struct parcel *parcel, const char *word)
{
    for (size_t i = 0; i < parcel->change_count; i++)
        if (text_equal(parcel->changes[i].where, word))
            return parcel->changes[i].old_text;
    return NULL;
}

/* ---- files ---- */

static struct bytes read_file(struct arena *arena, const char *path)
{
    enum { MOST = 8 * 1024 * 1024 };
    FILE *file = fopen(path, "rbe");
    if (!file)
        fail_msg("%s is not there", path);
    unsigned char *data = arena_alloc(arena, MOST);
    size_t size = fread(data, 1, MOST, file);
    fclose(file);
    return (struct bytes){data, size};
}

static void write_file(struct parcel *parcel, const char *name, struct bytes bytes)
{
    FILE *file = fopen(arena_printf(parcel->arena, "%s/%s", parcel->folder, name), "wbe");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    assert_int_equal(fclose(file), 0);
}

static void run(struct parcel *parcel, const char *command)
{
    const char *whole =
        arena_printf(parcel->arena, "cd '%s' && (%s) >log 2>&1", parcel->folder, command);
    if (system(whole) != 0) /* words of ours, in a folder of ours */
        fail_msg("%s: %s", command,
                 arena_text_of(parcel->arena,
                               read_file(parcel->arena,
                                         arena_printf(parcel->arena, "%s/log", parcel->folder))));
}

/* The certificate with that number in a file of PEM, as Base64 in one line. */
static const char *certificate(struct parcel *parcel, const char *name, int number)
{
    const char *path =
        arena_printf(parcel->arena, "%s/dpi/%s.certificate.pem", parcel->asker->folder, name);
    const char *at = arena_text_of(parcel->arena, read_file(parcel->arena, path));
    for (int i = 0; i <= number; i++)
        at = strstr(at, "-----BEGIN CERTIFICATE-----") + strlen("-----BEGIN CERTIFICATE-----");
    struct buf line;
    buf_init(&line, parcel->arena);
    for (; *at != '-'; at++)
        if (!isspace((unsigned char)*at))
            buf_add_byte(&line, (unsigned char)*at);
    return buf_text(&line);
}

/* ---- the package's files ---- */

struct file {
    const char *name, *type;
    struct bytes content;
};

enum { MOST_FILES = 8 };

static size_t list_files(struct parcel *parcel, struct file files[MOST_FILES])
{
    const char *manifest = changed(
        parcel, "manifest",
        arena_printf(
            parcel->arena,
            "<manifest xmlns=\"http://begrep.difi.no/sdp/schema_v10\"><mottaker><person>"
            "<postkasseadresse>%s</postkasseadresse></person></mottaker><avsender><organisasjon "
            "authority=\"iso6523-actorid-upis\">0192:" AGENCY "</organisasjon></avsender>"
            "<hoveddokument href=\"brev.pdf\" mime=\"application/pdf\"><tittel lang=\"nb\">Vedtak "
            "om plass</tittel><data href=\"lenke.xml\" "
            "mime=\"application/vnd.difi.dpi.lenke+xml\"/></hoveddokument><vedlegg "
            "href=\"side.html\" mime=\"text/html\"><tittel lang=\"nb\">Om klage</tittel></vedlegg>"
            "</manifest>",
            parcel->mailbox));
    const char *link = changed(
        parcel, "link",
        "<lenke xmlns=\"http://begrep.difi.no/sdp/utvidelser/lenke\"><url>https://skjema.example/"
        "brev/x</url><beskrivelse lang=\"nb\">Ettersend vitnemål</beskrivelse><knappTekst "
        "lang=\"nb\">Ettersend</knappTekst><frist>2031-03-01T23:59:00+01:00</frist></lenke>");
    const char *html = changed(parcel, "html",
                               "<html><body><h1>Klage</h1><p><a href=\"https://x.example\" "
                               "target=\"_blank\">Les mer</a></p></body></html>");
    size_t count = 0;
    files[count++] = (struct file){"manifest.xml", "application/xml", BYTES_OF(manifest)};
    files[count++] = (struct file){"brev.pdf", "application/pdf", BYTES_OF(ASKER_PDF)};
    files[count++] = (struct file){"side.html", "text/html", BYTES_OF(html)};
    files[count++] =
        (struct file){"lenke.xml", "application/vnd.difi.dpi.lenke+xml", BYTES_OF(link)};
    if (told(parcel, "extra"))
        files[count++] = (struct file){told(parcel, "extra"), "text/plain", BYTES_OF("extra")};
    return count;
}

/* ---- XAdES, its digests and value filled in by xmlsec1 ---- */

/* Asked for once. */
static const char *serial_number(struct parcel *parcel, const char *name)
{
    const char *base = arena_printf(parcel->arena, "%s/dpi/%s", parcel->asker->folder, name);
    const char *path = arena_printf(parcel->arena, "%s.serial", base);
    if (access(path, R_OK) != 0)
        run(parcel,
            arena_printf(parcel->arena,
                         "openssl x509 -noout -serial -in '%s.certificate.pem' >'%s'", base, path));
    const char *text = arena_text_of(parcel->arena, read_file(parcel->arena, path));
    return arena_printf(parcel->arena, "%llu", strtoull(strchr(text, '=') + 1, NULL, 16));
}

static void write_properties(struct parcel *parcel, struct buf *xml, const char *signer,
                             const struct file *files, size_t count)
{
    struct bytes der, digest;
    assert_true(codec_unbase64(parcel->arena, certificate(parcel, signer, 0), &der));
    assert_true(crypto_digest(parcel->arena, "SHA-1", der, &digest));
    buf_printf(xml,
               "<Object><QualifyingProperties xmlns=\"http://uri.etsi.org/01903/v1.3.2#\" "
               "xmlns:ns2=\"http://www.w3.org/2000/09/xmldsig#\" Target=\"#Signature\">"
               "<SignedProperties Id=\"SignedProperties\"><SignedSignatureProperties><SigningTime>"
               "%s</SigningTime><SigningCertificate><Cert><CertDigest><ns2:DigestMethod "
               "Algorithm=\"http://www.w3.org/2000/09/xmldsig#sha1\"/><ns2:DigestValue>%s"
               "</ns2:DigestValue></CertDigest><IssuerSerial><ns2:X509IssuerName>" ISSUER
               "</ns2:X509IssuerName><ns2:X509SerialNumber>%s</ns2:X509SerialNumber>"
               "</IssuerSerial></Cert></SigningCertificate></SignedSignatureProperties>"
               "<SignedDataObjectProperties>",
               clock_iso_oslo(parcel->arena, clock_now()), codec_base64(parcel->arena, digest),
               serial_number(parcel, signer));
    for (size_t i = 0; i < count; i++)
        buf_printf(xml,
                   "<DataObjectFormat ObjectReference=\"#ID_%zu\"><MimeType>%s</MimeType>"
                   "</DataObjectFormat>",
                   i, files[i].type);
    buf_add_text(xml, "</SignedDataObjectProperties></SignedProperties></QualifyingProperties>"
                      "</Object>");
}

static const char *write_template(struct parcel *parcel, const char *signer,
                                  const struct file *files, size_t count)
{
    struct buf xml;
    buf_init(&xml, parcel->arena);
    buf_add_text(&xml, "<XAdESSignatures xmlns=\"http://uri.etsi.org/02918/v1.2.1#\"><Signature "
                       "xmlns=\"http://www.w3.org/2000/09/xmldsig#\" Id=\"Signature\"><SignedInfo>"
                       "<CanonicalizationMethod Algorithm=\"" C14N "\"/><SignatureMethod "
                       "Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>");
    for (size_t i = 0; i < count; i++)
        buf_printf(&xml,
                   "<Reference Id=\"ID_%zu\" URI=\"%s\"><DigestMethod Algorithm=\"" SHA256
                   "\"/><DigestValue/></Reference>",
                   i, files[i].name);
    buf_printf(&xml,
               "<Reference Type=\"http://uri.etsi.org/01903#SignedProperties\" "
               "URI=\"#SignedProperties\"><Transforms><Transform Algorithm=\"" C14N
               "\"/></Transforms><DigestMethod Algorithm=\"" SHA256
               "\"/><DigestValue/></Reference></SignedInfo><SignatureValue/><KeyInfo><X509Data>"
               "<X509Certificate>%s</X509Certificate><X509Certificate>%s</X509Certificate>"
               "</X509Data></KeyInfo>",
               certificate(parcel, signer, 0), certificate(parcel, signer, 1));
    write_properties(parcel, &xml, signer, files, count);
    buf_add_text(&xml, "</Signature></XAdESSignatures>");
    return changed(parcel, "template", buf_text(&xml));
}

static const char *sign_files(struct parcel *parcel, const struct file *files, size_t count)
{
    const char *signer = told(parcel, "signed-by") ? told(parcel, "signed-by") : "agency";
    for (size_t i = 0; i < count; i++)
        write_file(parcel, files[i].name, files[i].content);
    write_file(parcel, "template.xml", BYTES_OF(write_template(parcel, signer, files, count)));
    run(parcel, arena_printf(parcel->arena,
                             "xmlsec1 --sign --privkey-pem '%s/dpi/%s.key.pem' --id-attr:Id "
                             "http://uri.etsi.org/01903/v1.3.2#:SignedProperties --output "
                             "signatures.xml template.xml",
                             parcel->asker->folder, signer));
    const char *path = arena_printf(parcel->arena, "%s/signatures.xml", parcel->folder);
    return changed(parcel, "signatures",
                   arena_text_of(parcel->arena, read_file(parcel->arena, path)));
}

/* ---- the zip (PKWARE's APPNOTE, 4.3), everything stored ---- */

struct zip {
    struct buf out, directory;
    unsigned count;
};

static void number(struct buf *out, size_t value, int bytes)
{
    for (int i = 0; i < bytes; i++, value >>= 8)
        buf_add_byte(out, (unsigned char)value);
}

static uint32_t crc32_of(struct bytes bytes)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < bytes.size; i++) {
        crc ^= bytes.data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320U : 0);
    }
    return ~crc;
}

/* method and size as they are told, true or not */
static void zip_add(struct zip *zip, const char *name, struct bytes content, unsigned method,
                    size_t said)
{
    size_t at = zip->out.size;
    struct buf about;
    buf_init(&about, zip->out.arena);
    number(&about, 20, 2);
    number(&about, 0x0800, 2);
    number(&about, method, 2);
    number(&about, 0, 4);
    number(&about, crc32_of(content), 4);
    number(&about, content.size, 4);
    number(&about, said, 4);
    number(&about, strlen(name), 2);
    number(&about, 0, 2);
    buf_add_text(&zip->out, "PK\003\004");
    buf_add(&zip->out, buf_bytes(&about));
    buf_add_text(&zip->out, name);
    buf_add(&zip->out, content);
    buf_add_text(&zip->directory, "PK\001\002");
    number(&zip->directory, 20, 2);
    buf_add(&zip->directory, buf_bytes(&about));
    number(&zip->directory, 0, 2 + 2 + 2 + 4);
    number(&zip->directory, at, 4);
    buf_add_text(&zip->directory, name);
    zip->count++;
}

static struct bytes zip_end(struct zip *zip)
{
    size_t at = zip->out.size;
    buf_add(&zip->out, buf_bytes(&zip->directory));
    buf_add_text(&zip->out, "PK\005\006");
    number(&zip->out, 0, 4);
    number(&zip->out, zip->count, 2);
    number(&zip->out, zip->count, 2);
    number(&zip->out, zip->directory.size, 4);
    number(&zip->out, at, 4);
    number(&zip->out, 0, 2);
    return buf_bytes(&zip->out);
}

/* "mimetype last", "mimetype none", "mimetype deflated", "drop NAME", "twice NAME", "rename OLD =>
 * NEW", "unsigned NAME" (there, but not covered), "bomb NAME" */
static struct bytes pack(struct parcel *parcel, const struct file *files, size_t count,
                         const char *signatures)
{
    struct zip zip = {.count = 0};
    buf_init(&zip.out, parcel->arena);
    buf_init(&zip.directory, parcel->arena);
    const char *mimetype = told(parcel, "mimetype"), *dropped = told(parcel, "drop");
    struct bytes type = BYTES_OF(changed(parcel, "type", "application/vnd.etsi.asic-e+zip"));
    if (!mimetype || text_equal(mimetype, "deflated"))
        zip_add(&zip, "mimetype", type, mimetype ? 8 : 0, type.size);
    for (size_t i = 0; i < count; i++) {
        const char *name = files[i].name;
        bool bomb = text_equal(told(parcel, "bomb"), name);
        if (text_equal(dropped, name))
            continue;
        for (size_t k = 0; k < parcel->change_count; k++)
            if (text_equal(parcel->changes[k].where, "rename") &&
                text_equal(parcel->changes[k].old_text, name))
                name = parcel->changes[k].new_text;
        zip_add(&zip, name, files[i].content, bomb ? 8 : 0,
                bomb ? 200u * 1024 * 1024 : files[i].content.size);
        if (text_equal(told(parcel, "twice"), name))
            zip_add(&zip, name, files[i].content, 0, files[i].content.size);
    }
    for (long i = 0; told(parcel, "many") && i < strtol(told(parcel, "many"), NULL, 10); i++)
        zip_add(&zip, arena_printf(parcel->arena, "nr%ld.txt", i), BYTES_OF("x"), 0, 1);
    if (told(parcel, "unsigned"))
        zip_add(&zip, told(parcel, "unsigned"), BYTES_OF("more"), 0, strlen("more"));
    if (!text_equal(dropped, "signatures.xml"))
        zip_add(&zip, "META-INF/signatures.xml", BYTES_OF(signatures), 0, strlen(signatures));
    if (text_equal(mimetype, "last"))
        zip_add(&zip, "mimetype", type, 0, type.size);
    return zip_end(&zip);
}

/* ---- the envelope ---- */

/* "cms WORDS": other words for openssl; "sealed-for NAME" */
static struct bytes encrypt(struct parcel *parcel, struct bytes zip)
{
    static const char usual[] = "-aes-256-cbc -keyopt rsa_padding_mode:oaep -keyopt "
                                "rsa_oaep_md:sha256 -keyopt rsa_mgf1_md:sha256";
    const char *words = told(parcel, "cms") ? told(parcel, "cms") : usual;
    const char *whom = told(parcel, "sealed-for") ? told(parcel, "sealed-for") : parcel->provider;
    bool before = strstr(words, "-keyopt") == NULL; /* -keyopt stands behind its -recip */
    const char *recipient = arena_printf(parcel->arena, "-recip '%s/dpi/%s.certificate.pem'",
                                         parcel->asker->folder, whom);
    const char *also = "";
    if (told(parcel, "also"))
        also = arena_printf(parcel->arena, "'%s/dpi/%s.certificate.pem'", parcel->asker->folder,
                            told(parcel, "also"));
    write_file(parcel, "asic.zip", zip);
    run(parcel, arena_printf(parcel->arena,
                             "openssl cms -encrypt -binary -outform DER -in asic.zip -out asic.cms "
                             "%s %s %s",
                             before ? words : recipient, before ? recipient : words, also));
    return read_file(parcel->arena, arena_printf(parcel->arena, "%s/asic.cms", parcel->folder));
}

/* ---- the message ---- */

static const char *write_sbd(struct parcel *parcel)
{
    struct crypto_sha256 digest = crypto_sha256(parcel->cms);
    return changed(
        parcel, "sbd",
        arena_printf(
            parcel->arena,
            "{\"standardBusinessDocument\":{\"standardBusinessDocumentHeader\":{\"headerVersion\":"
            "\"1.0\",\"sender\":[{\"identifier\":{\"authority\":\"iso6523-actorid-upis\",\"value\":"
            "\"0192:" AGENCY "\"}}],\"receiver\":[{\"identifier\":{\"authority\":"
            "\"iso6523-actorid-upis\",\"value\":\"0192:%s\"}}],\"documentIdentification\":{"
            "\"standard\":\"urn:fdc:digdir.no:2020:innbyggerpost:xsd::innbyggerpost##urn:fdc:"
            "digdir.no:2020:innbyggerpost:schema:digital::1.0\",\"typeVersion\":\"1.0\","
            "\"instanceIdentifier\":\"%s\",\"type\":\"digital\",\"creationDateAndTime\":\"%s\"},"
            "\"businessScope\":{\"scope\":[{\"type\":\"ConversationId\",\"instanceIdentifier\":"
            "\"%s\",\"identifier\":\"urn:fdc:digdir.no:2020:profile:egovernment:innbyggerpost:"
            "digital:ver1.0\"}]}},\"digital\":{\"avsender\":{\"virksomhetsidentifikator\":{"
            "\"authority\":\"iso6523-actorid-upis\",\"value\":\"0192:" AGENCY "\"}},\"mottaker\":{"
            "\"postkasseadresse\":\"%s\"},\"dokumentpakkefingeravtrykk\":{\"digestMethod\":"
            "\"" SHA256 "\",\"digestValue\":\"%s\"},\"maskinportentoken\":\"%s\","
            "\"sikkerhetsnivaa\":4,\"aapningskvittering\":true,\"ikkesensitivtittel\":\"Svar fra "
            "kommunen\",\"spraak\":\"nb\",\"varsler\":{\"epostvarsel\":{\"epostadresse\":"
            "\"syntetisk@example.no\",\"varslingstekst\":\"Du har fått post.\",\"repetisjoner\":[0,"
            "7]},\"smsvarsel\":{\"mobiltelefonnummer\":\"+4799999999\",\"varslingstekst\":\"Du har "
            "fått post.\",\"repetisjoner\":[0]}}}}}",
            parcel->provider_number, parcel->message_id, clock_iso_oslo(parcel->arena, clock_now()),
            parcel->conversation_id, parcel->mailbox,
            codec_base64(parcel->arena, (struct bytes){digest.bytes, sizeof digest.bytes}),
            parcel->token));
}

/* "jws-by NAME" */
static struct bytes sign_message(struct parcel *parcel)
{
    const char *signer = told(parcel, "jws-by") ? told(parcel, "jws-by") : "agency";
    const char *key_of = told(parcel, "jws-key") ? told(parcel, "jws-key") : signer;
    const char *path =
        arena_printf(parcel->arena, "%s/dpi/%s.key.pem", parcel->asker->folder, key_of);
    const char *header = changed(parcel, "header",
                                 arena_printf(parcel->arena, "{\"x5c\":[\"%s\"],\"alg\":\"RS256\"}",
                                              certificate(parcel, signer, 0)));
    const char *sbd = write_sbd(parcel);
    const char *message =
        arena_printf(parcel->arena, "%s.%s", codec_base64url(parcel->arena, BYTES_OF(header)),
                     codec_base64url(parcel->arena, BYTES_OF(sbd)));
    struct crypto_key *key = NULL;
    struct bytes signature;
    assert_true(crypto_private_key_open(read_file(parcel->arena, path), path, &key, NULL));
    assert_true(crypto_sign_rs256(parcel->arena, key, BYTES_OF(message), &signature, NULL));
    crypto_key_close(&key);
    const char *whole =
        arena_printf(parcel->arena, "%s.%s", message, codec_base64url(parcel->arena, signature));
    return BYTES_OF(changed(parcel, "jws", whole));
}

/* ---- the whole ---- */

void parcel_prepare(struct asker *asker)
{
    const struct sandbox_authority_settings settings = {
        .folder = asker->folder, .agency_name = "Fjordvik kommune", .agency_number = AGENCY};
    struct sandbox_authority *authority;
    struct error err;
    assert_true(sandbox_authority_open(&settings, &authority, &err));
    for (int who = 0; who < SANDBOX_AUTHORITY_COUNT; who++) {
        const struct sandbox_authority_pair *pair;
        assert_true(
            sandbox_authority_find(authority, (enum sandbox_authority_who)who, &pair, &err));
    }
    sandbox_authority_close(&authority);
    struct bytes key_pem, certificate_pem;
    crypto_make_certificate(asker->arena, "stranger", &key_pem, &certificate_pem);
    const char *pem = arena_text_of(asker->arena, certificate_pem);
    folder_write(asker->arena, asker->folder, "dpi/stranger.key.pem",
                 arena_text_of(asker->arena, key_pem));
    folder_write(asker->arena, asker->folder, "dpi/stranger.certificate.pem",
                 arena_printf(asker->arena, "%s%s", pem, pem)); /* a chain of two, as the others */
}

void parcel_open(struct parcel *parcel, struct asker *asker)
{
    *parcel = (struct parcel){
        .asker = asker,
        .arena = arena_open(),
        .provider = "digipost",
        .provider_number = "984661185",
        .mailbox = "ingrid.fjeld#1AAA",
    };
    parcel->folder = folder_make(parcel->arena);
    parcel->message_id = crypto_uuid(parcel->arena);
    parcel->conversation_id = crypto_uuid(parcel->arena);
    parcel->token = arena_text(parcel->arena, parcel_token(asker, ""));
}

void parcel_to_lise(struct parcel *parcel)
{
    parcel->provider = "eboks";
    parcel->provider_number = "922020175";
    parcel->mailbox = "17847330";
}

void parcel_close(struct parcel *parcel)
{
    folder_remove(parcel->folder);
    arena_close(&parcel->arena);
}

/* Whether all its changes are of those words. */
static bool is_changed_in(const struct parcel *parcel, const char *words)
{
    for (size_t i = 0; i < parcel->change_count; i++)
        if (!text_has_word(words, parcel->changes[i].where))
            return false;
    return true;
}

/* What was made for an unchanged letter to Digipost in this sandbox serves for the next, so that
 * the programs need not be started as often. The bytes are the asker's. */
static struct {
    const struct sandbox *of;
    const char *signatures;
    struct bytes package;
} made;

#define OF_MESSAGE "sbd header jws jws-by jws-key package token form as kanal"
#define OF_PACKAGE                                                                                 \
    " type mimetype drop twice bomb unsigned afterwards rename many garbage cms sealed-for also "  \
    "cut"

static struct bytes make_package(struct parcel *parcel)
{
    if (made.of != parcel->asker->sandbox) {
        made.of = parcel->asker->sandbox;
        made.signatures = NULL;
        made.package = (struct bytes){NULL, 0};
    }
    bool same_files =
        text_equal(parcel->provider, "digipost") && is_changed_in(parcel, OF_MESSAGE OF_PACKAGE);
    bool same_package = same_files && is_changed_in(parcel, OF_MESSAGE);
    if (same_package && made.package.size)
        return arena_bytes(parcel->arena, made.package);
    struct file files[MOST_FILES];
    size_t count = list_files(parcel, files);
    const char *signatures =
        same_files && made.signatures ? made.signatures : sign_files(parcel, files, count);
    if (same_files)
        made.signatures = arena_text(parcel->asker->arena, signatures);
    for (size_t i = 0; i < count; i++) /* after it was signed */
        if (text_equal(files[i].name, told(parcel, "afterwards")))
            files[i].content = BYTES_OF("%PDF-1.4 something else %%EOF\n");
    struct bytes zip = told(parcel, "garbage") ? BYTES_OF("this is no zip, however long it gets")
                                               : pack(parcel, files, count, signatures);
    struct bytes cms = encrypt(parcel, zip);
    if (same_package)
        made.package = arena_bytes(parcel->asker->arena, cms);
    return cms;
}

void parcel_make(struct parcel *parcel)
{
    parcel->cms = make_package(parcel);
    if (told(parcel, "cut")) /* before the digest: the envelope is what is broken */
        parcel->cms.size -= (size_t)strtol(told(parcel, "cut"), NULL, 10);
    parcel->jws = sign_message(parcel);
    if (told(parcel, "package"))
        ((unsigned char *)parcel->cms.data)[parcel->cms.size - 1] ^= 1;
}

/* ---- asking ---- */

static struct fetch_answer ask_at(struct asker *asker, const char *base, const char *method,
                                  const char *path, const struct fetch_header *headers,
                                  size_t header_count, struct bytes body)
{
    struct fetch_destination destination = {.base_url = base, .allow_private = true};
    struct fetch_request request = {.method = method,
                                    .url = arena_printf(asker->arena, "%s%s", base, path),
                                    .headers = headers,
                                    .header_count = header_count,
                                    .body = body,
                                    .has_body = text_equal(method, "POST"),
                                    .max_bytes = 1024 * 1024,
                                    .timeout_ms = 30000};
    struct fetch_answer answer;
    struct error err;
    if (!fetch_send(asker->arena, &destination, &request, &answer, &err))
        fail_msg("%s %s: %s", method, path, err.text);
    return answer;
}

static struct fetch_answer press(struct asker *asker, const char *path, const char *fields)
{
    const struct fetch_header headers[] = {{"Content-Type", FORM}};
    return ask_at(asker, sandbox_mailbox_url(asker->sandbox), "POST", path, headers, 1,
                  BYTES_OF(fields));
}

int parcel_control(struct asker *asker, const char *path, const char *fields)
{
    return press(asker, path, fields).status;
}

const char *parcel_token(struct asker *asker, const char *more)
{
    const char *fields =
        arena_printf(asker->arena, "audience=%s&%s%s%s", sandbox_dpi_url(asker->sandbox),
                     strstr(more, "organisation=") ? "" : "organisation=" AGENCY "&",
                     strstr(more, "scope=") ? "" : "scope=digitalpostinnbygger:send&", more);
    struct fetch_answer answer = press(asker, "/control/machine-token", fields);
    char *text = strstr(arena_text_of(asker->arena, answer.body), "\"access_token\":\"");
    assert_non_null(text);
    text += strlen("\"access_token\":\"");
    text[strcspn(text, "\"")] = '\0';
    return text;
}

struct fetch_answer parcel_ask(struct asker *asker, const char *method, const char *path,
                               const char *token, const char *content_type, struct bytes body)
{
    struct fetch_header headers[2];
    size_t count = 0;
    if (token)
        headers[count++] =
            (struct fetch_header){"Authorization", arena_printf(asker->arena, "Bearer %s", token)};
    if (content_type)
        headers[count++] = (struct fetch_header){"Content-Type", content_type};
    return ask_at(asker, sandbox_dpi_url(asker->sandbox), method, path, headers, count, body);
}

struct bytes parcel_form(struct arena *arena, struct bytes jws, struct bytes cms)
{
    struct buf form;
    buf_init(&form, arena);
    buf_add_text(&form, "--grense\r\nContent-Disposition: form-data; name=\"forretningsmelding\"; "
                        "filename=\"sbd.jwt\"\r\nContent-Type: application/jwt\r\n\r\n");
    buf_add(&form, jws);
    buf_add_text(&form, "\r\n--grense\r\nContent-Disposition: form-data; name=\"dokumentpakke\"; "
                        "filename=\"asic.cms\"\r\nContent-Type: application/cms\r\n\r\n");
    buf_add(&form, cms);
    buf_add_text(&form, "\r\n--grense--\r\n");
    return buf_bytes(&form);
}

struct fetch_answer parcel_post(struct parcel *parcel, const char *query)
{
    return parcel_ask(parcel->asker, "POST", arena_printf(parcel->arena, "/messages/out%s", query),
                      parcel->token, PARCEL_FORM,
                      parcel_form(parcel->arena, parcel->jws, parcel->cms));
}

const char *parcel_receipt(struct asker *asker)
{
    const char *token = parcel_token(asker, "");
    struct fetch_answer answer =
        parcel_ask(asker, "GET", "/messages/in?page_size=1", token, NULL, BYTES_OF(""));
    if (answer.status == 204)
        return "";
    assert_int_equal(answer.status, 200);
    char *jws = strstr(arena_text_of(asker->arena, answer.body), "\"forretningsmelding\":\"");
    char *payload = strchr(jws, '.') + 1;
    *strchr(payload, '.') = '\0';
    struct bytes json;
    assert_true(codec_unbase64url(asker->arena, payload, &json));
    const char *text = arena_text_of(asker->arena, json);
    const char *id = strstr(text, "\"documentIdentification\"");
    id = strstr(id, "\"instanceIdentifier\":\"") + strlen("\"instanceIdentifier\":\"");
    const char *path = arena_printf(asker->arena, "/messages/in/%.36s/read", id);
    assert_int_equal(parcel_ask(asker, "POST", path, token, NULL, BYTES_OF("")).status, 200);
    return text;
}
