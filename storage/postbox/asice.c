#include "storage/postbox/asice.h"

#include "engine/base/text.h"
#include "storage/postbox/asice_manifest.h"
#include "storage/postbox/asice_xades.h"
#include "storage/postbox/lenke.h"

#include <zip.h>

#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

/* Digdir, "Dokumentpakke: filformater". Not here: HTML, which has rules of its own that would have
 * to be checked, and EHF, which is invoices. */
static const struct {
    const char *type, *mime;
} takes[] = {
    {"pdf", "application/pdf"},
    {"txt", "text/plain"},
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"gif", "image/gif"},
    {"odt", "application/vnd.oasis.opendocument.text"},
    {"ods", "application/vnd.oasis.opendocument.spreadsheet"},
    {"odp", "application/vnd.oasis.opendocument.presentation"},
    {"odg", "application/vnd.oasis.opendocument.graphics"},
    {"odf", "application/vnd.oasis.opendocument.formula"},
    {"doc", "application/msword"},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    {"zip", "application/octet-stream"},
};

const char *asice_mime(const char *file_type)
{
    for (size_t i = 0; i < COUNT(takes); i++)
        if (text_equal(takes[i].type, file_type))
            return takes[i].mime;
    return NULL;
}

/* What a letter becomes in a name; NULL: a dash. Norwegian and Sámi ones are worth reading. */
static const char *plain(uint32_t letter)
{
    static const struct {
        const char *from, *to; /* each code point of from becomes to */
    } letters[] = {
        {"àáâãäåā", "a"}, {"æ", "ae"}, {"çč", "c"},     {"đð", "d"}, {"èéêë", "e"},
        {"ìíîï", "i"},    {"ñŋ", "n"}, {"òóôõöø", "o"}, {"šß", "s"}, {"ŧ", "t"},
        {"ùúûü", "u"},    {"ýÿ", "y"}, {"ž", "z"},
    };
    for (size_t i = 0; i < COUNT(letters); i++)
        for (const char *at = letters[i].from; *at;)
            if (text_next(&at) == letter)
                return letters[i].to;
    return NULL;
}

const char *asice_name(struct arena *arena, const char *title, const char *file_type, int number)
{
    enum { MOST_OF_TITLE = 60 };
    char stem[MOST_OF_TITLE + 3] = "";
    size_t size = 0;
    for (const char *at = text_fold(arena, title); *at && size < MOST_OF_TITLE;) {
        uint32_t letter = text_next(&at);
        bool stays = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
        const char *other = stays ? NULL : plain(letter);
        if (stays)
            stem[size++] = (char)letter;
        else if (other)
            size = (size_t)(stpcpy(stem + size, other) - stem);
        else if (size && stem[size - 1] != '-')
            stem[size++] = '-';
    }
    while (size && stem[size - 1] == '-')
        size--;
    stem[size] = '\0';
    const char *name = size ? stem : "dokument";
    if (number == 1)
        return arena_printf(arena, "%s.%s", name, file_type);
    return arena_printf(arena, "%s-%d.%s", name, number, file_type);
}

static bool is_taken(const char *name, const struct asice_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(files[i].name, name))
            return true;
    return false;
}

static bool is_title_taken(const char *title, const char *const *titles, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(titles[i], title))
            return true;
    return false;
}

/* e-Boks refuses a letter where two attachments have one name (SBD:5023), and does not say which
 * name: so titles are told apart too. */
static const char *own_title(struct arena *arena, const char *title, const char *const *titles,
                             size_t count)
{
    enum { ROOM_FOR_NUMBER = 6 };
    const char *own = title;
    for (int number = 2; is_title_taken(own, titles, count); number++)
        own = arena_printf(arena, "%s (%d)",
                           text_cut(arena, title, POSTBOX_MAX_TITLE - ROOM_FOR_NUMBER), number);
    return own;
}

/* ---- the files ---- */

struct contents {
    struct asice_file *files; /* manifest.xml, main document, attachments, link */
    const char **titles;      /* of main document and attachments */
    size_t count;
};

static bool add_document(struct arena *arena, const struct postbox_document *document,
                         struct contents *contents, struct error *err)
{
    const char *mime = asice_mime(document->file_type);
    if (!mime)
        return error_set(err, ERROR_INVALID, "mailboxes take no document of the type %.20s",
                         document->file_type);
    if (!postbox_is_line(document->title, POSTBOX_MAX_TITLE))
        return error_set(err, ERROR_INVALID, "a document's title is empty, too long or no text");
    if (!document->content.size)
        return error_set(err, ERROR_INVALID, "a document is empty");
    size_t at = contents->count - 1; /* manifest.xml has no title */
    contents->titles[at] = own_title(arena, document->title, contents->titles, at);
    const char *name = asice_name(arena, document->title, document->file_type, 1);
    for (int number = 2; is_taken(name, contents->files, contents->count); number++)
        name = asice_name(arena, document->title, document->file_type, number);
    contents->files[contents->count++] = (struct asice_file){name, mime, document->content};
    return true;
}

static bool add_link(struct arena *arena, const struct asice_package *package,
                     struct contents *contents, struct error *err)
{
    struct asice_file file = {LENKE_NAME, LENKE_MIME, {NULL, 0}};
    if (!package->link)
        return true;
    if (!lenke_write(arena, package->link, package->language, &file.content, err))
        return false;
    contents->files[contents->count++] = file;
    return true;
}

static bool collect(struct arena *arena, const struct asice_package *package,
                    struct contents *contents, struct error *err)
{
    enum { BESIDES = 3 }; /* manifest.xml, main document, link */
    if (package->attachment_count > ASICE_MAX_ATTACHMENTS)
        return error_set(err, ERROR_LIMIT, "more than %d attachments", ASICE_MAX_ATTACHMENTS);
    contents->files = ARENA_ARRAY(arena, package->attachment_count + BESIDES, struct asice_file);
    contents->titles = ARENA_ARRAY(arena, package->attachment_count + 1, const char *);
    contents->files[0] = (struct asice_file){"manifest.xml", "application/xml", {NULL, 0}};
    contents->count = 1;
    if (!add_document(arena, package->main, contents, err))
        return false;
    for (size_t i = 0; i < package->attachment_count; i++)
        if (!add_document(arena, &package->attachments[i], contents, err))
            return false;
    if (!add_link(arena, package, contents, err))
        return false;
    const struct asice_file *link = package->link ? &contents->files[contents->count - 1] : NULL;
    contents->files[0].content =
        asice_manifest_write(arena, package, contents->files + 1, contents->titles, link);
    return true;
}

static bool is_number(const char *text)
{
    return text && strlen(text) == 9 && strspn(text, "0123456789") == 9;
}

static bool check(const struct asice_package *package, struct error *err)
{
    if (!is_number(package->agency))
        return error_set(err, ERROR_INVALID, "the agency's organisation number is not 9 digits");
    if ((package->agency_unit && !postbox_is_line(package->agency_unit, 100)) ||
        (package->invoice && !postbox_is_line(package->invoice, 40)) ||
        !postbox_is_line(package->mailbox, 1000))
        return error_set(err, ERROR_INVALID,
                         "the agency's unit, its invoice reference or the "
                         "mailbox's address is too long or no text");
    return (package->language && strspn(package->language, "abcdefghijklmnopqrstuvwxyz") == 2 &&
            !package->language[2]) ||
           error_set(err, ERROR_INVALID, "the language is not two letters");
}

/* ---- the zip; libzip fails here only without memory ---- */

static void add_entry(zip_t *zip, const char *name, struct bytes content, zip_int32_t method,
                      int64_t at)
{
    zip_source_t *source = zip_source_buffer(zip, content.data, content.size, 0);
    zip_int64_t index = source ? zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8) : -1;
    if (index < 0 || zip_set_file_compression(zip, (zip_uint64_t)index, method, 0) != 0 ||
        zip_file_set_mtime(zip, (zip_uint64_t)index, (time_t)at, 0) != 0)
        abort();
}

static struct bytes read_back(struct arena *arena, zip_source_t *source)
{
    if (zip_source_open(source) != 0 || zip_source_seek(source, 0, SEEK_END) != 0)
        abort();
    zip_int64_t size = zip_source_tell(source);
    if (size <= 0 || zip_source_seek(source, 0, SEEK_SET) != 0)
        abort();
    unsigned char *data = arena_alloc(arena, (size_t)size);
    if (zip_source_read(source, data, (zip_uint64_t)size) != size)
        abort();
    zip_source_close(source);
    return (struct bytes){data, (size_t)size};
}

/* mimetype is first and stored, so that whoever looks at the bytes sees what it is (ETSI TS 102 918
 * A.1). */
static struct bytes zip_up(struct arena *arena, const struct contents *contents,
                           struct bytes signatures, int64_t at)
{
    static const char comment[] = "mimetype=" ASICE_MIME;
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, NULL);
    if (!source)
        abort();
    zip_source_keep(source);
    zip_t *zip = zip_open_from_source(source, ZIP_TRUNCATE, NULL);
    if (!zip || zip_set_archive_comment(zip, comment, (zip_uint16_t)strlen(comment)) != 0)
        abort();
    struct bytes list = asice_manifest_list(arena, contents->files, contents->count);
    add_entry(zip, "mimetype", BYTES_OF(ASICE_MIME), ZIP_CM_STORE, at);
    for (size_t i = 0; i < contents->count; i++)
        add_entry(zip, contents->files[i].name, contents->files[i].content, ZIP_CM_DEFLATE, at);
    add_entry(zip, "META-INF/signatures.xml", signatures, ZIP_CM_DEFLATE, at);
    add_entry(zip, "META-INF/manifest.xml", list, ZIP_CM_DEFLATE, at);
    if (zip_close(zip) != 0)
        abort();
    struct bytes bytes = read_back(arena, source);
    zip_source_free(source);
    return bytes;
}

bool asice_write(struct arena *arena, const struct asice_package *package,
                 const struct asice_signer *signer, struct bytes *out, struct error *err)
{
    struct contents contents = {NULL, NULL, 0};
    struct bytes signatures;
    if (!check(package, err) || !collect(arena, package, &contents, err) ||
        !asice_xades_write(arena, contents.files, contents.count, signer, &signatures, err))
        return false;
    struct bytes zip = zip_up(arena, &contents, signatures, signer->signed_at);
    if (zip.size > ASICE_MAX_BYTES)
        return error_set(err, ERROR_LIMIT, "a package of more than %d bytes", ASICE_MAX_BYTES);
    *out = zip;
    return true;
}
