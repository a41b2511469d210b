/* Forms as browsers send them, and as they do not. */
#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "engine/http/body.h"
#include "engine/http/multipart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { FILE_BYTES = 1000, FILES = 3 };

/* How much comes at a time: every test holds for all of it at once, and for each way to split it.
 */
static size_t step;

struct world {
    struct arena *arena;
    struct spools *spools;
    struct multipart *multipart;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->arena = arena_open();
    spools_open(NULL, 1024 * 1024, &world->spools);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    multipart_close(&world->multipart);
    assert_int_equal(spools_held_bytes(world->spools), 0);
    spools_close(&world->spools);
    arena_close(&world->arena);
    free(world);
    return 0;
}

static struct arena *arena_of(void **state)
{
    return ((struct world *)*state)->arena;
}

/* As the server does: what was not used stands at the beginning of the next window. */
static int read_in_steps(struct world *world, struct bytes body)
{
    size_t begin = 0;
    for (size_t end = step; step && end < body.size; end += step) {
        size_t used;
        struct bytes window = {body.data + begin, end - begin};
        int refused = multipart_read(world->multipart, window, &used);
        if (refused)
            return refused;
        begin += used;
    }
    return multipart_end(world->multipart, (struct bytes){body.data + begin, body.size - begin});
}

static int read_request(struct world *world, const struct multipart_rules *rules, struct bytes body,
                        struct request *request)
{
    request->body = body;
    if (!multipart_is(request))
        return body_read_form(request);
    multipart_close(&world->multipart);
    multipart_open(request, rules, &world->multipart);
    return read_in_steps(world, body);
}

static void make_request(struct world *world, const char *type, struct request *request)
{
    struct request_pair *header = ARENA_NEW(world->arena, struct request_pair);
    *header = (struct request_pair){"content-type", type};
    *request = (struct request){.arena = world->arena, .headers = {header, 1}};
}

static int read_bytes(struct world *world, const char *type, struct bytes body,
                      struct request *request)
{
    make_request(world, type, request);
    const struct multipart_rules rules = {
        .spools = world->spools, .file_bytes = FILE_BYTES, .files = FILES};
    return read_request(world, &rules, body, request);
}

static int read_form(struct world *world, const char *type, const char *body,
                     struct request *request)
{
    return read_bytes(world, type, BYTES_OF(body), request);
}

static const char urlencoded[] = "application/x-www-form-urlencoded";
static const char multipart[] = "multipart/form-data; boundary=B";

static void urlencoded_fields_are_decoded_in_order(void **state)
{
    struct request request;
    assert_int_equal(read_form(*state, urlencoded,
                               "navn=Kari+Nordb%C3%B8&&b=%0D%0Ax&tom=&alene&n=1&n=2", &request),
                     0);
    assert_int_equal(request.fields.count, 6);
    assert_string_equal(request_field(&request, "navn"), "Kari Nordbø");
    assert_string_equal(request_field(&request, "b"), "\r\nx");
    assert_string_equal(request_field(&request, "tom"), "");
    assert_string_equal(request_field(&request, "alene"), "");
    assert_null(request_field(&request, "n")); /* http_7: of two values none is the value */
    assert_string_equal(request.fields.items[5].value, "2");
    assert_string_equal(request.first_field, "navn");
}

static void the_type_may_have_parameters_and_any_case(void **state)
{
    struct request request;
    assert_int_equal(
        read_form(*state, "Application/X-WWW-Form-URLEncoded; charset=UTF-8", "a=b", &request), 0);
    assert_int_equal(request.fields.count, 1);
}

static void other_bodies_are_left_alone(void **state)
{
    static const char *const types[] = {"application/xml", "text/plain", "", "multipart/mixed",
                                        "application/x-www-form-urlencodedx"};
    for (size_t i = 0; i < COUNT(types); i++) {
        struct request request;
        assert_int_equal(read_form(*state, types[i], "a=%zz", &request), 0);
        assert_int_equal(request.fields.count, 0);
        assert_null(request.first_field);
    }
}

static void urlencoded_that_is_none_is_refused(void **state)
{
    static const char *const bad[] = {"a=%",    "a=%4",    "%zz=1",  "a=%00", "a=%01",
                                      "a=%7F",  "a=%C3",   "a=\xFF", "%0A=1", "=1",
                                      "a=1&=2", "a%0Db=1", "a%09b=1"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct request request;
        assert_int_equal(read_form(*state, urlencoded, bad[i], &request), 400);
        assert_int_equal(request.fields.count, 0);
    }
}

static char *repeated(struct arena *arena, const char *text, int times)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (int i = 0; i < times; i++)
        buf_add_text(&buf, text);
    return buf_text(&buf);
}

static void http_4_fields_names_and_values_have_limits(void **state)
{
    struct request request;
    assert_int_equal(
        read_form(*state, urlencoded, repeated(arena_of(state), "a=b&", 1000), &request), 0);
    assert_int_equal(request.fields.count, 1000);
    assert_int_equal(
        read_form(*state, urlencoded, repeated(arena_of(state), "a=b&", 1001), &request), 413);

    const char *name = repeated(arena_of(state), "n", 128);
    assert_int_equal(read_form(*state, urlencoded, name, &request), 0);
    assert_int_equal(
        read_form(*state, urlencoded, arena_printf(arena_of(state), "%sn=1", name), &request), 413);

    const char *value = repeated(arena_of(state), "%41", 64 * 1024);
    assert_int_equal(
        read_form(*state, urlencoded, arena_printf(arena_of(state), "a=%s", value), &request), 0);
    assert_int_equal(strlen(request_field(&request, "a")), 64 * 1024);
    assert_int_equal(
        read_form(*state, urlencoded, arena_printf(arena_of(state), "a=%sx", value), &request),
        413);
}

static void http_7_a_name_in_query_and_body_is_refused(void **state)
{
    struct request_pair header = {"Content-Type", urlencoded}, query = {"a", "1"};
    struct request request = {.arena = arena_of(state),
                              .headers = {&header, 1},
                              .query = {&query, 1},
                              .body = BYTES_OF("b=1&a=2")};
    assert_int_equal(body_read_form(&request), 400);
    request.body = BYTES_OF("b=1");
    assert_int_equal(body_read_form(&request), 0);
}

#define PART(headers, content) "--B\r\n" headers "\r\n\r\n" content "\r\n"
#define FIELD(name, content) PART("Content-Disposition: form-data; name=\"" name "\"", content)
#define FILE_PART(name, file_name, content)                                                        \
    PART("Content-Disposition: form-data; name=\"" name "\"; filename=\"" file_name                \
         "\"\r\nContent-Type: application/pdf",                                                    \
         content)
#define END "--B--\r\n"

static void multipart_gives_fields_and_files(void **state)
{
    struct request request;
    int refused = read_form(*state, multipart,
                            FIELD("_csrf", "token") FIELD("tekst", "a\r\nb--B")
                                FILE_PART("fil", "l\xC3\xB8nn %22mai%22.pdf", "%PDF-\r\n--A\r\n")
                                    FILE_PART("fil", "b.pdf", "") FIELD("tom", "") END,
                            &request);
    assert_int_equal(refused, 0);
    assert_string_equal(request.first_field, "_csrf");
    assert_int_equal(request.fields.count, 3);
    assert_string_equal(request_field(&request, "tekst"), "a\r\nb--B");
    assert_string_equal(request_field(&request, "tom"), "");
    assert_int_equal(request.file_count, 2);
    const struct request_file *file = request_file(&request, "fil");
    assert_string_equal(file->name, "lønn \"mai\".pdf");
    assert_string_equal(file->type, "application/pdf");
    assert_int_equal(file->content.size_bytes, 12);
    assert_memory_equal(file->content.bytes.data, "%PDF-\r\n--A\r\n", 12);
    assert_int_equal(request.files[1].content.size_bytes, 0);
}

static void a_file_may_hold_any_bytes(void **state)
{
    unsigned char content[512];
    for (size_t i = 0; i < sizeof content; i++)
        content[i] = (unsigned char)i;
    struct buf body;
    buf_init(&body, arena_of(state));
    buf_add_text(&body,
                 "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\n");
    buf_add(&body, (struct bytes){content, sizeof content});
    buf_add_text(&body, "\r\n--B--");
    struct request request;
    assert_int_equal(read_bytes(*state, multipart, buf_bytes(&body), &request), 0);
    assert_int_equal(request.files[0].content.size_bytes, sizeof content);
    assert_memory_equal(request.files[0].content.bytes.data, content, sizeof content);
    assert_string_equal(request.files[0].type, "");
}

static void an_input_left_empty_is_no_file(void **state)
{
    struct request request;
    assert_int_equal(read_form(*state, multipart, FILE_PART("fil", "", "") END, &request), 0);
    assert_int_equal(request.file_count, 0);
    assert_null(request_file(&request, "fil"));
    assert_string_equal(request.first_field, "fil");
}

static void csrf_1_the_first_part_is_known_also_when_it_is_a_file(void **state)
{
    struct request request;
    assert_int_equal(
        read_form(*state, multipart, FILE_PART("fil", "a", "x") FIELD("_csrf", "t") END, &request),
        0);
    assert_string_equal(request.first_field, "fil");
}

static void the_boundary_may_be_quoted(void **state)
{
    struct request request;
    assert_int_equal(read_form(*state, "multipart/form-data; charset=utf-8; boundary=\"a b:?c\"",
                               "--a b:?c\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n"
                               "--a b:?c--",
                               &request),
                     0);
    assert_string_equal(request_field(&request, "a"), "x");
}

static void multipart_that_is_none_is_refused(void **state)
{
    static const char *const bodies[] = {
        "",
        "x",
        "--B",
        "--B\r\n",
        "--B\r\n\r\n",
        "--C\r\n" FIELD("a", "1") END,
        "preamble\r\n" FIELD("a", "1") END,
        "\r\n" FIELD("a", "1") END,
        FIELD("a", "1"),
        FIELD("a", "1") "--B-",
        FIELD("a", "1") "--Bx--\r\n",
        FIELD("a", "1") END "epilogue",
        FIELD("a", "1") "--B \r\n" END,
        "--B\nContent-Disposition: form-data; name=\"a\"\n\n1\n--B--\n",
        PART("Content-Type: text/plain", "1") END,
        PART("Content-Disposition: attachment; name=\"a\"", "1") END,
        PART("Content-Disposition: form-data", "1") END,
        PART("Content-Disposition: form-data; name=\"\"", "1") END,
        PART("Content-Disposition: form-data; name=\"a", "1") END,
        PART("Content-Disposition: form-data; name=\"a\" x", "1") END,
        PART("Content-Disposition: form-data; name=\"a\"; name=\"b\"", "1") END,
        PART("Content-Disposition: form-data; name=\"a\"; filename=\"b\"; filename=\"c\"", "1") END,
        PART("Content-Disposition: form-data; name=\"a\"\r\n"
             "Content-Disposition: form-data; name=\"b\"",
             "1") END,
        PART("Content-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64",
             "MQ==") END,
        PART("Content-Disposition: form-data; name=\"a\"\r\nX-Other: b", "1") END,
        PART("Content-Disposition: form-data; name=\"a\"\r\nno colon", "1") END,
        PART("Content-Disposition: form-data; name=\"a\"\r\n folded: b", "1") END,
        PART("Content-Disposition : form-data; name=\"a\"", "1") END,
        PART("Content-Disposition: form-data;\n name=\"a\"", "1") END,
        FIELD("a", "\x01") END,
        FIELD("a", "\xFF") END,
        FIELD("a\xFF", "1") END,
        FILE_PART("a", "\xFF", "1") END,
    };
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct request request;
        int refused = read_form(*state, multipart, bodies[i], &request);
        if (refused != 400)
            print_message("%s\n", bodies[i]);
        assert_int_equal(refused, 400);
        assert_int_equal(request.fields.count + request.file_count, 0);
    }
}

static void a_boundary_that_is_none_is_refused(void **state)
{
    static const char *const types[] = {
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=\"B",
        "multipart/form-data; boundary=B; boundary=C",
        "multipart/form-data; boundary=B x",
        "multipart/form-data; boundary=\"B \"",
        "multipart/form-data; boundary=\"B\\C\"",
        "multipart/form-data; boundary=B\xC3\xB8",
        "multipart/form-data; "
        "boundary=0123456789012345678901234567890123456789012345678901234567890"
        "1234567890",
    };
    for (size_t i = 0; i < COUNT(types); i++) {
        struct request request;
        assert_int_equal(read_form(*state, types[i], FIELD("a", "1") END, &request), 400);
    }
}

static int read_field(struct world *world, const char *name, const char *value)
{
    struct request request;
    return read_form(
        world, multipart,
        arena_printf(world->arena,
                     "--B\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n" END, name,
                     value),
        &request);
}

static void http_4_parts_have_the_same_limits(void **state)
{
    size_t as_told = step;
    step = step ? 997 : 0; /* a window that grows byte by byte is searched from its beginning */
    struct request request;
    const char *fields = repeated(arena_of(state), FIELD("a", "1"), 1000);
    assert_int_equal(
        read_form(*state, multipart, arena_printf(arena_of(state), "%s" END, fields), &request), 0);
    assert_int_equal(read_form(*state, multipart,
                               arena_printf(arena_of(state), "%s" FIELD("a", "1") END, fields),
                               &request),
                     413);

    const char *name = repeated(arena_of(state), "n", 129);
    assert_int_equal(read_field(*state, name + 1, "1"), 0);
    assert_int_equal(read_field(*state, name, "1"), 413);

    const char *value = repeated(arena_of(state), "v", 64 * 1024 + 1);
    assert_int_equal(read_field(*state, "a", value + 1), 0);
    assert_int_equal(read_field(*state, "a", value), 413);

    const char *endless = repeated(arena_of(state), "n", 5000);
    assert_int_equal(read_field(*state, endless, "1"), 400); /* a part's headers have an end */
    step = as_told;
}

static void http_4_all_texts_together_are_bounded(void **state)
{
    size_t as_told = step;
    step = step ? 65536 : 0;
    const char *value = repeated(arena_of(state), "v", 64 * 1024);
    const char *field = arena_printf(arena_of(state), FIELD("a", "%s"), value);
    struct request request;
    const char *less = repeated(arena_of(state), field, 15);
    assert_int_equal(
        read_form(*state, multipart, arena_printf(arena_of(state), "%s" END, less), &request), 0);
    const char *more = repeated(arena_of(state), field, 16);
    assert_int_equal(
        read_form(*state, multipart, arena_printf(arena_of(state), "%s" END, more), &request), 413);
    step = as_told;
}

struct asked {
    struct world *world;
    struct request *request;
    int count;
    bool answer;
    const char *first;
    int64_t held_bytes;
    size_t fields;
};

static bool admit(void *context)
{
    struct asked *asked = context;
    asked->count++;
    asked->held_bytes = spools_held_bytes(asked->world->spools);
    asked->first = asked->request->first_field;
    asked->fields = asked->request->fields.count;
    return asked->answer;
}

static int read_asking(struct world *world, const char *body, struct request *request,
                       struct asked *asked)
{
    make_request(world, multipart, request);
    asked->world = world;
    asked->request = request;
    const struct multipart_rules rules = {.spools = world->spools,
                                          .file_bytes = FILE_BYTES,
                                          .files = FILES,
                                          .admit = admit,
                                          .context = asked};
    return read_request(world, &rules, BYTES_OF(body), request);
}

static void csrf_1_the_first_part_is_looked_at_before_anything_of_a_file_is_kept(void **state)
{
    struct world *world = *state;
    struct request request;
    struct asked yes = {.answer = true}, no = {.answer = false};
    const char *body = FIELD("_csrf", "token") FILE_PART("fil", "a.pdf", "%PDF-") END;
    assert_int_equal(read_asking(world, body, &request, &yes), 0);
    assert_int_equal(yes.count, 1);
    assert_string_equal(yes.first, "_csrf");
    assert_int_equal(yes.fields, 1);
    assert_int_equal(yes.held_bytes, 0);
    assert_int_equal(request.file_count, 1);
    multipart_close(&world->multipart);

    assert_int_equal(read_asking(world, body, &request, &no), MULTIPART_DENIED);
    assert_int_equal(no.count, 1);
    assert_int_equal(spools_held_bytes(world->spools), 0);
}

static void csrf_1_a_form_that_begins_with_a_file_is_looked_at_before_its_first_byte(void **state)
{
    struct world *world = *state;
    struct request request;
    struct asked no = {.answer = false};
    const char *body = FILE_PART("fil", "a.pdf", "%PDF-") FIELD("_csrf", "token") END;
    assert_int_equal(read_asking(world, body, &request, &no), MULTIPART_DENIED);
    assert_string_equal(no.first, "fil");
    assert_int_equal(no.fields, 0);
    assert_int_equal(no.held_bytes, 0);
    assert_int_equal(spools_held_bytes(world->spools), 0);
}

static void a_tab_in_a_files_name_or_type_is_a_space(void **state)
{
    struct world *world = *state;
    struct request request;
    const char *body =
        "--B\r\nContent-Disposition: form-data; name=\"fil\"; filename=\"a\tb.pdf\"\r\n"
        "Content-Type: application/pdf;\tx=y\r\n\r\n1\r\n" END;
    assert_int_equal(read_form(world, multipart, body, &request), 0);
    assert_string_equal(request.files[0].name, "a b.pdf");
    assert_string_equal(request.files[0].type, "application/pdf; x=y");
}

/* To come again would not help it. */
static void file_2_what_is_too_large_is_told_so_also_when_there_is_no_room(void **state)
{
    struct world *world = *state;
    struct request request;
    CLEANUP(spool_close) struct spool *others = NULL;
    struct error err;
    spool_open(world->spools, INT64_MAX, &others);
    struct bytes most = {arena_alloc(world->arena, 1024 * 1024 - 3), 1024 * 1024 - 3};
    assert_true(spool_write(others, most, &err));
    const char *body = arena_printf(world->arena, FILE_PART("fil", "a.pdf", "%sx") END,
                                    repeated(world->arena, "x", FILE_BYTES));
    assert_int_equal(read_form(world, multipart, body, &request), 0);
    assert_int_equal(request.files[0].state, REQUEST_FILE_TOO_LARGE);
}

static void file_2_a_file_past_its_limit_is_told_of_and_the_rest_is_kept(void **state)
{
    struct world *world = *state;
    struct request request;
    const char *whole = repeated(world->arena, "x", FILE_BYTES);
    const char *body = arena_printf(world->arena,
                                    FILE_PART("fil", "a.pdf", "%sx") FIELD("navn", "Kari")
                                        FILE_PART("fil", "b.pdf", "%s") END,
                                    whole, whole);
    assert_int_equal(read_form(world, multipart, body, &request), 0);
    assert_int_equal(request.file_count, 2);
    assert_int_equal(request.files[0].state, REQUEST_FILE_TOO_LARGE);
    assert_int_equal(request.files[0].size_bytes, FILE_BYTES + 1);
    assert_int_equal(request.files[0].content.size_bytes, 0);
    assert_int_equal(request.files[1].state, REQUEST_FILE_WHOLE);
    assert_int_equal(request.files[1].content.size_bytes, FILE_BYTES);
    struct crypto_sha256 digest = crypto_sha256(BYTES_OF(whole));
    assert_memory_equal(request.files[1].sha256.bytes, digest.bytes, sizeof digest.bytes);
    assert_string_equal(request_field(&request, "navn"), "Kari");
    assert_int_equal(spools_held_bytes(world->spools), FILE_BYTES);
}

static void file_2_one_file_too_many_is_told_of_and_not_kept(void **state)
{
    struct world *world = *state;
    struct request request;
    const char *body = FILE_PART("fil", "a", "1") FILE_PART("fil", "", "")
        FILE_PART("fil", "b", "2") FILE_PART("fil", "c", "3") FILE_PART("fil", "d", "4") END;
    assert_int_equal(read_form(world, multipart, body, &request), 0);
    assert_int_equal(request.file_count, 4);
    assert_int_equal(request.files[2].state, REQUEST_FILE_WHOLE);
    assert_int_equal(request.files[3].state, REQUEST_FILE_TOO_MANY);
    assert_int_equal(request.files[3].size_bytes, 1);
    assert_int_equal(spools_held_bytes(world->spools), 3);
}

static void file_2_when_too_much_comes_at_once_the_file_is_told_of_and_not_kept(void **state)
{
    struct world *world = *state;
    struct request request;
    CLEANUP(spool_close) struct spool *others = NULL;
    struct error err;
    spool_open(world->spools, INT64_MAX, &others);
    struct bytes most = {arena_alloc(world->arena, 1024 * 1024 - 3), 1024 * 1024 - 3};
    assert_true(spool_write(others, most, &err));

    const char *body = FILE_PART("fil", "a", "1234") FIELD("navn", "Kari") END;
    assert_int_equal(read_form(world, multipart, body, &request), 0);
    assert_int_equal(request.files[0].state, REQUEST_FILE_NO_ROOM);
    assert_int_equal(request.files[0].content.size_bytes, 0);
    assert_string_equal(request_field(&request, "navn"), "Kari");
}

/* Whatever is cut off or changed, nothing outside the bytes is read (under ASan) and the result is
 * a form or one of the two refusals. */
static void a_damaged_form_is_read_or_refused(void **state)
{
    static const char whole[] = FIELD("_csrf", "token") FILE_PART("fil", "a%22.pdf", "%PDF-") END;
    struct world *world = *state;
    for (size_t cut = 0; cut < sizeof whole; cut++) {
        for (int change = 0; change < 256; change += 5) {
            char *damaged = malloc(cut ? cut : 1); /* so that ASan sees its end */
            memcpy(damaged, whole, cut);
            if (cut)
                damaged[cut / 2] = (char)change;
            struct request request;
            int refused = read_bytes(world, multipart,
                                     (struct bytes){(unsigned char *)damaged, cut}, &request);
            assert_true(refused == 0 || refused == 400 || refused == 413);
            refused = read_bytes(world, urlencoded, (struct bytes){(unsigned char *)damaged, cut},
                                 &request);
            assert_true(refused == 0 || refused == 400 || refused == 413);
            free(damaged);
            multipart_close(&world->multipart);
            arena_reset(world->arena);
        }
    }
}

int main(void)
{
#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_WORLD(urlencoded_fields_are_decoded_in_order),
        WITH_WORLD(the_type_may_have_parameters_and_any_case),
        WITH_WORLD(other_bodies_are_left_alone),
        WITH_WORLD(urlencoded_that_is_none_is_refused),
        WITH_WORLD(http_4_fields_names_and_values_have_limits),
        WITH_WORLD(http_7_a_name_in_query_and_body_is_refused),
        WITH_WORLD(multipart_gives_fields_and_files),
        WITH_WORLD(a_file_may_hold_any_bytes),
        WITH_WORLD(an_input_left_empty_is_no_file),
        WITH_WORLD(csrf_1_the_first_part_is_known_also_when_it_is_a_file),
        WITH_WORLD(the_boundary_may_be_quoted),
        WITH_WORLD(multipart_that_is_none_is_refused),
        WITH_WORLD(a_boundary_that_is_none_is_refused),
        WITH_WORLD(http_4_parts_have_the_same_limits),
        WITH_WORLD(http_4_all_texts_together_are_bounded),
        WITH_WORLD(csrf_1_the_first_part_is_looked_at_before_anything_of_a_file_is_kept),
        WITH_WORLD(csrf_1_a_form_that_begins_with_a_file_is_looked_at_before_its_first_byte),
        WITH_WORLD(a_tab_in_a_files_name_or_type_is_a_space),
        WITH_WORLD(file_2_what_is_too_large_is_told_so_also_when_there_is_no_room),
        WITH_WORLD(file_2_a_file_past_its_limit_is_told_of_and_the_rest_is_kept),
        WITH_WORLD(file_2_one_file_too_many_is_told_of_and_not_kept),
        WITH_WORLD(file_2_when_too_much_comes_at_once_the_file_is_told_of_and_not_kept),
        WITH_WORLD(a_damaged_form_is_read_or_refused),
    };
    static const size_t steps[] = {0, 1, 2, 7, 100};
    int failed = 0;
    for (size_t i = 0; i < COUNT(steps); i++) {
        step = steps[i];
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    }
    return failed;
}
