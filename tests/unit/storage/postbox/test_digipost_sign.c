#include "storage/postbox/digipost_sign.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "tests/shared.h"

#include <jansson.h>

#include <string.h>

#define SIGNING "protocols/digipost-samples/signing"

struct pair {
    struct arena *arena;
    struct crypto_key *key, *certificate, *stranger;
};

static int make_keys(void **state)
{
    static struct pair pair;
    pair.arena = arena_open();
    struct bytes key, certificate, other_key, other;
    crypto_make_certificate(pair.arena, "TEST ONLY postbox", &key, &certificate);
    crypto_make_certificate(pair.arena, "TEST ONLY stranger", &other_key, &other);
    *state = &pair;
    return crypto_private_key_open(key, "test", &pair.key, NULL) &&
                   crypto_certificate_open(certificate, "test", &pair.certificate, NULL) &&
                   crypto_certificate_open(other, "test", &pair.stranger, NULL)
               ? 0
               : -1;
}

static int drop_keys(void **state)
{
    struct pair *pair = *state;
    crypto_key_close(&pair->key);
    crypto_key_close(&pair->certificate);
    crypto_key_close(&pair->stranger);
    arena_close(&pair->arena);
    return 0;
}

/* ---- the published vectors ---- */

static const char *member(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

static const char *header_member(const json_t *vector, const char *name)
{
    return json_string_value(json_object_get(json_object_get(vector, "headers"), name));
}

static struct bytes body_of(struct arena *arena, const json_t *vector)
{
    const char *file = json_string_value(json_object_get(vector, "body_file"));
    if (!file)
        return (struct bytes){0};
    return shared_read(arena, arena_printf(arena, SIGNING "/%s", file));
}

static struct crypto_key *open_shared_key(struct arena *arena, const char *name, bool is_private)
{
    struct bytes pem = shared_read(arena, arena_printf(arena, SIGNING "/%s", name));
    struct crypto_key *key = NULL;
    assert_true(is_private ? crypto_private_key_open(pem, name, &key, NULL)
                           : crypto_certificate_open(pem, name, &key, NULL));
    return key;
}

static const char *url_of(struct arena *arena, const json_t *vector)
{
    const char *query = member(vector, "query");
    return arena_printf(arena, "https://sandbox.example.test%s%s%s", member(vector, "path"),
                        *query ? "?" : "", query);
}

static void reproduce(struct arena *arena, const json_t *vector)
{
    CLEANUP(crypto_key_close)
    struct crypto_key *key = open_shared_key(arena, member(vector, "key"), true);
    struct bytes body = body_of(arena, vector);
    const char *url = url_of(arena, vector), *text;
    int64_t at;
    assert_true(clock_parse_rfc1123(header_member(vector, "Date"), &at));

    struct digipost_signature signature;
    assert_true(digipost_sign_request(arena, key, member(vector, "method"), url,
                                      body.data ? &body : NULL, 1000042, at, &signature, NULL));
    assert_true(
        digipost_sign_request_text(arena, member(vector, "method"), url, &signature, &text, NULL));

    assert_string_equal(text, member(vector, "canonical"));
    assert_string_equal(signature.signature, member(vector, "signature_base64"));
    assert_string_equal(signature.date, header_member(vector, "Date"));
    assert_string_equal(signature.user_id, header_member(vector, "X-Digipost-UserId"));
    if (body.data)
        assert_string_equal(signature.content_hash, header_member(vector, "X-Content-SHA256"));
    else
        assert_null(signature.content_hash);
}

/* An answer as the vector has it; what is changed in it must be found. */
struct published {
    struct fetch_header headers[3];
    struct fetch_answer answer;
    const char *url;
    int64_t at;
};

static struct published *publish(struct arena *arena, const json_t *vector)
{
    struct published *p = ARENA_NEW(arena, struct published);
    p->headers[0] = (struct fetch_header){"Date", header_member(vector, "Date")};
    p->headers[1] =
        (struct fetch_header){"X-Digipost-Signature", member(vector, "signature_base64")};
    p->headers[2] =
        (struct fetch_header){"X-Content-SHA256", header_member(vector, "X-Content-SHA256")};
    p->answer = (struct fetch_answer){
        .status = (int)json_integer_value(json_object_get(vector, "status")),
        .headers = p->headers,
        .header_count = p->headers[2].value ? 3 : 2,
        .body = body_of(arena, vector),
    };
    p->url = arena_printf(arena, "https://sandbox.example.test%s?offset=0",
                          member(vector, "request_path"));
    assert_true(clock_parse_rfc1123(p->headers[0].value, &p->at));
    return p;
}

static void verify_vector(struct arena *arena, const json_t *vector)
{
    CLEANUP(crypto_key_close)
    struct crypto_key *certificate = open_shared_key(arena, "server-test-cert.pem", false);
    CLEANUP(crypto_key_close)
    struct crypto_key *stranger = open_shared_key(arena, "client-test-cert.pem", false);
    struct published *p = publish(arena, vector);

    assert_int_equal(digipost_sign_verify(arena, certificate, p->url, &p->answer, p->at),
                     DIGIPOST_SIGN_GOOD);

    assert_int_equal(digipost_sign_verify(arena, stranger, p->url, &p->answer, p->at),
                     DIGIPOST_SIGN_BAD_SIGNATURE);
    assert_int_equal(digipost_sign_verify(arena, certificate, "https://sandbox.example.test/else",
                                          &p->answer, p->at),
                     DIGIPOST_SIGN_BAD_SIGNATURE);
    p->answer.status = 201;
    assert_int_equal(digipost_sign_verify(arena, certificate, p->url, &p->answer, p->at),
                     DIGIPOST_SIGN_BAD_SIGNATURE);
}

static void for_each_vector(struct arena *arena, const char *kind,
                            void (*act)(struct arena *, const json_t *), size_t expected)
{
    shared_or_skip(arena, SIGNING "/vectors.json");
    struct bytes text = shared_read(arena, SIGNING "/vectors.json");
    json_t *vectors = json_loadb((const char *)text.data, text.size, 0, NULL), *vector;
    assert_non_null(vectors);
    size_t i, count = 0;
    json_array_foreach(vectors, i, vector)
    {
        if (strcmp(member(vector, "kind"), kind) != 0)
            continue;
        act(arena, vector);
        count++;
    }
    json_decref(vectors);
    assert_int_equal(count, expected);
}

static void every_published_request_is_signed_byte_for_byte(void **state)
{
    for_each_vector(((struct pair *)*state)->arena, "request", reproduce, 7);
}

static void every_published_answer_is_believed_and_none_that_is_changed(void **state)
{
    for_each_vector(((struct pair *)*state)->arena, "response", verify_vector, 4);
}

/* ---- what is signed ---- */

static void only_the_signed_copy_of_an_address_is_in_lower_case(void **state)
{
    struct pair *pair = *state;
    struct bytes body = BYTES_OF("x");
    struct digipost_signature signature;
    const char *text;

    assert_true(digipost_sign_request(pair->arena, pair->key, "POST",
                                      "https://Api.Example.test/A/b%2FC?From=2026T%2B01&x", &body,
                                      42, 1772442930, &signature, NULL));
    assert_true(digipost_sign_request_text(pair->arena, "POST",
                                           "https://Api.Example.test/A/b%2FC?From=2026T%2B01&x",
                                           &signature, &text, NULL));

    assert_string_equal(text, "POST\n/a/b%2fc\ndate: Mon, 02 Mar 2026 09:15:30 GMT\n"
                              "x-content-sha256: LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=\n"
                              "x-digipost-userid: 42\nfrom=2026t%2b01&x\n");
}

static void a_signed_request_is_verified_by_its_certificate(void **state)
{
    struct pair *pair = *state;
    struct digipost_signature signature;
    const char *text, *url = "https://api.example.test/";
    struct bytes raw;

    assert_true(digipost_sign_request(pair->arena, pair->key, "GET", url, NULL, 1, 1772442930,
                                      &signature, NULL));

    assert_null(signature.content_hash);
    assert_true(digipost_sign_request_text(pair->arena, "GET", url, &signature, &text, NULL));
    assert_true(codec_unbase64(pair->arena, signature.signature, &raw));
    assert_true(crypto_verify_rs256(pair->certificate, BYTES_OF(text), raw));
    assert_false(crypto_verify_rs256(pair->stranger, BYTES_OF(text), raw));
}

static void an_address_is_split_as_it_is_sent(void **state)
{
    struct pair *pair = *state;
    static const struct {
        const char *url, *path, *query;
    } cases[] = {
        {"https://a.test", "/", ""},
        {"https://a.test:8443/", "/", ""},
        {"http://127.0.0.1:1/x/Y", "/x/Y", ""},
        {"https://a.test?q=1", "/", "q=1"},
        {"https://a.test/x?", "/x", ""},
        {"https://a.test/x?a=1?b", "/x", "a=1?b"},
        {"https://a.test//x/../y", "//x/../y", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *path, *query;
        assert_true(digipost_sign_path(pair->arena, cases[i].url, &path, &query));
        assert_string_equal(path, cases[i].path);
        assert_string_equal(query, cases[i].query);
    }
}

static void an_address_that_a_client_would_change_is_not_signed(void **state)
{
    struct pair *pair = *state;
    static const char *const urls[] = {
        "",
        "/messages",
        "ftp://a.test/",
        "https://",
        "https:///x",
        "https://a.test/x#y",
        "https://a.test/x y",
        "https://a.test/\xc3\xb8",
        "https://a.test/x\r\nHost: b",
        "https://user@a.test/",
        "https://a.test/{x}",
        "https://a.test\\b/",
    };
    for (size_t i = 0; i < COUNT(urls); i++) {
        const char *path, *query;
        struct digipost_signature signature;
        struct error err = {0};
        assert_false(digipost_sign_path(pair->arena, urls[i], &path, &query));
        assert_false(digipost_sign_request(pair->arena, pair->key, "GET", urls[i], NULL, 1, 0,
                                           &signature, &err));
        assert_int_equal(err.code, ERROR_INVALID);
    }
}

/* ---- which answers are believed ---- */

enum { NOW = 1772442930 };

/* A signed answer to /x with a body, dated so many seconds from now. */
static struct published *answer_dated(struct pair *pair, int seconds)
{
    struct published *p = ARENA_NEW(pair->arena, struct published);
    struct bytes signature, body = BYTES_OF("<ok/>");
    struct crypto_sha256 digest = crypto_sha256(body);
    const char *hash = codec_base64(pair->arena, (struct bytes){digest.bytes, sizeof digest.bytes});
    const char *date = clock_rfc1123(pair->arena, NOW + seconds), *text;
    p->url = "https://a.test/x";
    assert_true(digipost_sign_answer_text(pair->arena, 200, p->url, date, hash, &text, NULL));
    assert_true(crypto_sign_rs256(pair->arena, pair->key, BYTES_OF(text), &signature, NULL));
    p->headers[0] = (struct fetch_header){"date", date};
    p->headers[1] = (struct fetch_header){"x-content-sha256", hash};
    p->headers[2] =
        (struct fetch_header){"x-digipost-signature", codec_base64(pair->arena, signature)};
    p->answer = (struct fetch_answer){
        .status = 200, .headers = p->headers, .header_count = 3, .body = body};
    return p;
}

static enum digipost_sign_verdict verdict_on(struct pair *pair, const struct published *p)
{
    return digipost_sign_verify(pair->arena, pair->certificate, p->url, &p->answer, NOW);
}

static void outb_4_an_answer_more_than_five_minutes_off_is_not_believed(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(verdict_on(pair, answer_dated(pair, 0)), DIGIPOST_SIGN_GOOD);
    assert_int_equal(verdict_on(pair, answer_dated(pair, 300)), DIGIPOST_SIGN_GOOD);
    assert_int_equal(verdict_on(pair, answer_dated(pair, -300)), DIGIPOST_SIGN_GOOD);
    assert_int_equal(verdict_on(pair, answer_dated(pair, 301)), DIGIPOST_SIGN_BAD_DATE);
    assert_int_equal(verdict_on(pair, answer_dated(pair, -301)), DIGIPOST_SIGN_BAD_DATE);
}

/* The same answer, its body put aside while it came. */
static struct published *as_stream(struct published *p)
{
    p->answer.is_streamed = true;
    p->answer.body_bytes = (int64_t)p->answer.body.size;
    p->answer.body_sha256 = crypto_sha256(p->answer.body);
    p->answer.body = (struct bytes){0};
    return p;
}

static void outb_4_a_document_that_was_streamed_is_held_against_its_hash(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(verdict_on(pair, as_stream(answer_dated(pair, 0))), DIGIPOST_SIGN_GOOD);

    struct published *changed = as_stream(answer_dated(pair, 0));
    changed->answer.body_sha256.bytes[31] ^= 1;
    assert_int_equal(verdict_on(pair, changed), DIGIPOST_SIGN_BAD_HASH);

    struct published *no_hash = as_stream(answer_dated(pair, 0));
    no_hash->headers[1].name = "x-nothing";
    assert_int_equal(verdict_on(pair, no_hash), DIGIPOST_SIGN_BAD_HASH);
}

static void outb_4_an_answer_that_is_changed_on_the_way_is_not_believed(void **state)
{
    struct pair *pair = *state;

    struct published *body = answer_dated(pair, 0);
    body->answer.body = BYTES_OF("<no/>");
    assert_int_equal(verdict_on(pair, body), DIGIPOST_SIGN_BAD_HASH);

    struct published *no_date = answer_dated(pair, 0);
    no_date->headers[0].name = "x-nothing";
    assert_int_equal(verdict_on(pair, no_date), DIGIPOST_SIGN_BAD_DATE);

    struct published *odd_date = answer_dated(pair, 0);
    odd_date->headers[0].value = "2026-03-02T09:15:30Z";
    assert_int_equal(verdict_on(pair, odd_date), DIGIPOST_SIGN_BAD_DATE);

    struct published *no_hash = answer_dated(pair, 0);
    no_hash->headers[1].name = "x-nothing";
    assert_int_equal(verdict_on(pair, no_hash), DIGIPOST_SIGN_BAD_HASH);

    struct published *no_signature = answer_dated(pair, 0);
    no_signature->headers[2].name = "x-nothing";
    assert_int_equal(verdict_on(pair, no_signature), DIGIPOST_SIGN_UNSIGNED);

    struct published *odd_signature = answer_dated(pair, 0);
    odd_signature->headers[2].value = "not base64";
    assert_int_equal(verdict_on(pair, odd_signature), DIGIPOST_SIGN_BAD_SIGNATURE);
}

static void outb_4_without_a_certificate_no_signature_is_believed(void **state)
{
    struct pair *pair = *state;
    struct published *p = answer_dated(pair, 0);
    assert_int_equal(digipost_sign_verify(pair->arena, NULL, p->url, &p->answer, NOW),
                     DIGIPOST_SIGN_BAD_SIGNATURE);
}

static void a_hash_that_is_wrong_is_found_also_without_a_signature(void **state)
{
    struct pair *pair = *state;
    struct published *p = answer_dated(pair, 0);
    p->answer.header_count = 2;
    p->answer.body = BYTES_OF("<no/>");
    assert_int_equal(verdict_on(pair, p), DIGIPOST_SIGN_BAD_HASH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_published_request_is_signed_byte_for_byte),
        cmocka_unit_test(every_published_answer_is_believed_and_none_that_is_changed),
        cmocka_unit_test(only_the_signed_copy_of_an_address_is_in_lower_case),
        cmocka_unit_test(a_signed_request_is_verified_by_its_certificate),
        cmocka_unit_test(an_address_is_split_as_it_is_sent),
        cmocka_unit_test(an_address_that_a_client_would_change_is_not_signed),
        cmocka_unit_test(outb_4_an_answer_more_than_five_minutes_off_is_not_believed),
        cmocka_unit_test(outb_4_a_document_that_was_streamed_is_held_against_its_hash),
        cmocka_unit_test(outb_4_an_answer_that_is_changed_on_the_way_is_not_believed),
        cmocka_unit_test(outb_4_without_a_certificate_no_signature_is_believed),
        cmocka_unit_test(a_hash_that_is_wrong_is_found_also_without_a_signature),
    };
    return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
