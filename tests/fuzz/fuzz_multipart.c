/* A multipart form as it comes: its Content-Type, CRLF, sizes of the pieces it comes in (a byte
 * each, 0 ends them; then over again), and the body. What is read in pieces is what is read whole.
 */
#include "fuzz.h"

#include "engine/base/text.h"
#include "engine/http/multipart.h"

#include <string.h>

enum { FILE_BYTES = 2000, FILES = 3, ALL_BYTES = 5000, FIRST_OF_TABLE = 200 };

/* Small ones as they are; a few that are as large as windows and larger. */
static size_t piece_size(unsigned char size)
{
    static const size_t large[] = {1000, 4096, 4097, 65536, 131072};
    return size < FIRST_OF_TABLE ? size : large[(size - FIRST_OF_TABLE) % COUNT(large)];
}

struct form {
    struct arena *arena;
    struct spools *spools;
    struct request_pair type;
    struct request request;
    struct multipart *multipart;
    int admitted;
    const char *first;
    int status;
};

/* Nothing of a file is kept before the first part was looked at (S-CSRF-1). */
static bool admit(void *context)
{
    struct form *form = context;
    form->admitted++;
    form->first = form->request.first_field;
    fuzz_promise(form->admitted == 1, "a form is asked about once", NULL);
    fuzz_promise(form->first != NULL, "there is a part when it is asked about", NULL);
    fuzz_promise(spools_held_bytes(form->spools) == 0, "nothing is kept before it is asked", NULL);
    return !text_equal(form->first, "no");
}

static void open_form(struct form *form, const char *type)
{
    form->arena = arena_open();
    spools_open(NULL, ALL_BYTES, &form->spools);
    form->type = (struct request_pair){"Content-Type", type};
    form->request = (struct request){
        .arena = form->arena, .method = "POST", .path = "/", .headers = {&form->type, 1}};
    const struct multipart_rules rules = {.spools = form->spools,
                                          .file_bytes = FILE_BYTES,
                                          .files = FILES,
                                          .admit = admit,
                                          .context = form};
    multipart_open(&form->request, &rules, &form->multipart);
}

static void close_form(struct form *form)
{
    multipart_close(&form->multipart);
    fuzz_promise(spools_held_bytes(form->spools) == 0, "what was kept is let go", NULL);
    spools_close(&form->spools);
    arena_close(&form->arena);
}

/* As the server does it: a window, of which what was used goes. */
static void read_in_pieces(struct form *form, struct bytes body, struct bytes sizes)
{
    unsigned char *window = ARENA_ARRAY(form->arena, MULTIPART_WINDOW_BYTES, unsigned char);
    size_t held = 0, turn = 0;
    while (body.size && !form->status) {
        size_t size = sizes.size ? piece_size(sizes.data[turn++ % sizes.size]) : 1;
        size_t room = MULTIPART_WINDOW_BYTES - held;
        size = size < room ? size : room;
        size = size < body.size ? size : body.size;
        memcpy(window + held, body.data, size);
        body = (struct bytes){body.data + size, body.size - size};
        held += size;
        size_t used = 0;
        form->status = multipart_read(form->multipart, (struct bytes){window, held}, &used);
        fuzz_promise(used <= held, "no more is used than there is", NULL);
        held -= used;
        memmove(window, window + used, held);
        fuzz_promise(form->status || held < MULTIPART_WINDOW_BYTES, "a window is large enough",
                     NULL);
    }
    if (!form->status)
        form->status = multipart_end(form->multipart, (struct bytes){window, held});
}

/* ---- what came of it ---- */

static void check_text(const char *text, bool lines)
{
    fuzz_promise(text && text_is_utf8(BYTES_OF(text)), "what a handler sees is UTF-8", text);
    for (; *text; text++)
        fuzz_promise((unsigned char)*text >= 0x20 || (lines && strchr("\t\r\n", *text)),
                     "what a handler sees has no control characters", text);
}

static void check_file(const struct form *form, const struct request_file *file)
{
    bool whole = file->state == REQUEST_FILE_WHOLE;
    struct bytes bytes;
    check_text(file->field, false);
    check_text(file->name, false);
    check_text(file->type, false);
    fuzz_promise(!whole || file->size_bytes == file->content.size_bytes, "a whole file is whole",
                 NULL);
    fuzz_promise(whole || file->content.size_bytes == 0, "what is not kept has no bytes", NULL);
    fuzz_promise(!whole || file->size_bytes <= FILE_BYTES, "no file is above its limit", NULL);
    fuzz_promise(file->state != REQUEST_FILE_TOO_LARGE || file->size_bytes > FILE_BYTES,
                 "what is too large is larger than may be", NULL);
    if (!whole)
        return;
    fuzz_promise(content_whole(form->arena, &file->content, FILE_BYTES, &bytes, NULL),
                 "a file can be read", NULL);
    struct crypto_sha256 digest = crypto_sha256(bytes);
    fuzz_promise(memcmp(&digest, &file->sha256, sizeof digest) == 0, "its digest is its own", NULL);
}

static void check(const struct form *form)
{
    const struct request *request = &form->request;
    fuzz_promise(form->status == 0 || form->status == 400 || form->status == 413 ||
                     form->status == MULTIPART_DENIED,
                 "a form is refused as wrong, too much or not allowed", NULL);
    if (form->status)
        return;
    fuzz_promise(request->fields.count + request->file_count <= REQUEST_MAX_FIELDS,
                 "there are no more than the limit", NULL);
    for (size_t i = 0; i < request->fields.count; i++) {
        check_text(request->fields.items[i].name, false);
        check_text(request->fields.items[i].value, true);
    }
    for (size_t i = 0; i < request->file_count; i++)
        check_file(form, &request->files[i]);
}

static void same_text(const char *a, const char *b)
{
    fuzz_promise((!a && !b) || text_equal(a, b), "pieces and whole say the same", a);
}

static void same_file(const struct form *a, const struct request_file *one,
                      const struct request_file *other)
{
    struct bytes x = {0}, y = {0};
    same_text(one->field, other->field);
    same_text(one->name, other->name);
    same_text(one->type, other->type);
    fuzz_promise(one->state == other->state && one->size_bytes == other->size_bytes,
                 "a file in pieces is the file", one->name);
    fuzz_promise(content_whole(a->arena, &one->content, FILE_BYTES, &x, NULL) &&
                     content_whole(a->arena, &other->content, FILE_BYTES, &y, NULL),
                 "both can be read", NULL);
    fuzz_promise_same(x, y, "a file in pieces has the bytes of the file");
}

static void compare(const struct form *a, const struct form *b)
{
    const struct request *one = &a->request, *other = &b->request;
    fuzz_promise(a->status == b->status && a->admitted == b->admitted,
                 "a form in pieces is refused as the form is", NULL);
    same_text(a->first, b->first);
    if (a->status)
        return;
    fuzz_promise(one->fields.count == other->fields.count && one->file_count == other->file_count,
                 "pieces and whole have as many fields", NULL);
    same_text(one->first_field, other->first_field);
    for (size_t i = 0; i < one->fields.count; i++) {
        same_text(one->fields.items[i].name, other->fields.items[i].name);
        same_text(one->fields.items[i].value, other->fields.items[i].value);
    }
    for (size_t i = 0; i < one->file_count; i++)
        same_file(a, &one->files[i], &other->files[i]);
}

void fuzz_one(struct bytes input)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct bytes left = input;
    const char *type = arena_text_of(arena, fuzz_take(&left, "\r\n"));
    const unsigned char *end = left.size ? memchr(left.data, 0, left.size) : NULL;
    struct bytes sizes = {left.data, end ? (size_t)(end - left.data) : 0};
    if (end)
        left = (struct bytes){end + 1, left.size - sizes.size - 1};

    struct form whole = {0}, pieces = {0};
    open_form(&whole, type);
    if (multipart_is(&whole.request)) {
        whole.status = multipart_end(whole.multipart, left);
        check(&whole);
        open_form(&pieces, type);
        read_in_pieces(&pieces, left, sizes);
        check(&pieces);
        compare(&whole, &pieces);
        close_form(&pieces);
    }
    close_form(&whole);
}
