/* What machines send to /api/v1: a digit for which, and the body. */
#include "fuzz.h"

#include "engine/base/text.h"
#include "engine/reuse/api_body.h"
#include "storage/certificates.h"

#include <string.h>

static void promise_line(const char *text, size_t most)
{
    if (!text)
        return;
    fuzz_promise(*text && text_is_utf8(BYTES_OF(text)) && text_length(text) <= most &&
                     !strpbrk(text, "\r\n\t"),
                 "a text is one line within its limit", text);
}

static void promise_words(const struct evidence_words *words)
{
    fuzz_promise(words->in[0] != NULL, "a sentence is there in bokmål", NULL);
    for (size_t i = 0; i < EVIDENCE_LANGUAGES; i++)
        promise_line(words->in[i], API_BODY_MAX_SENTENCE);
}

static void check_question(const struct api_body_question *question)
{
    fuzz_promise(strlen(question->person) == 11 && strspn(question->person, "0123456789") == 11,
                 "a person is eleven digits", question->person);
    fuzz_promise(certificates_is_type(question->evidence_type), "a type is a word",
                 question->evidence_type);
    promise_line(question->requester, API_BODY_MAX_NAME);
    promise_words(&question->purpose);
    promise_words(&question->procedure);
}

static void check_certificate(const struct api_body_certificate *certificate)
{
    fuzz_promise(certificates_is_type(certificate->type), "a type is a word", certificate->type);
    promise_line(certificate->submission, API_BODY_MAX_NUMBER);
    promise_line(certificate->title, CERTIFICATES_MAX_TITLE);
    promise_line(certificate->number, API_BODY_MAX_NUMBER);
    promise_line(certificate->text, API_BODY_MAX_TEXT);
    fuzz_promise(!certificate->pdf.size || memcmp(certificate->pdf.data, "%PDF-", 5) == 0,
                 "a PDF begins as one", NULL);
}

void fuzz_one(struct bytes input)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct bytes body = input;
    struct api_body_question question;
    struct api_body_certificate certificate;
    struct error err = {0};
    bool read;
    if (fuzz_take_byte(&body) == '0') {
        read = api_body_read_question(arena, body, &question, &err);
        if (read)
            check_question(&question);
    } else {
        read = api_body_read_certificate(arena, body, &certificate, &err);
        if (read)
            check_certificate(&certificate);
    }
    fuzz_promise(read || err.code == ERROR_INVALID || err.code == ERROR_LIMIT,
                 "what cannot be used is refused as such", err.text);
    fuzz_promise(read || text_is_utf8(BYTES_OF(err.text)), "a refusal is a sentence", err.text);
    fuzz_promise(read || !*err.file || *err.file == '/', "it points into the body", err.file);
}
