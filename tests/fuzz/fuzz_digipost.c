/* What Digipost answers: a digit for the kind of answer, and its body. */
#include "fuzz.h"

#include "engine/base/text.h"
#include "storage/postbox/digipost_answer.h"

#include <string.h>

static void check(bool read, const struct error *err)
{
    fuzz_promise(read || err->code == ERROR_UNAVAILABLE,
                 "an answer that cannot be read says nothing of what was done", err->text);
    fuzz_promise(read || text_is_utf8(BYTES_OF(err->text)), "a refusal is a sentence", err->text);
}

void fuzz_one(struct bytes input)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct bytes body = input;
    struct digipost_entry entry;
    struct digipost_delivery delivery;
    struct digipost_event *events;
    struct digipost_share_state state;
    struct digipost_refusal refusal = {0};
    enum digipost_identity identity;
    size_t count, listed;
    struct error err = {0};
    switch (fuzz_take_byte(&body)) {
    case '0':
        check(digipost_answer_entry(arena, body, &entry, &err), &err);
        break;
    case '1':
        check(digipost_answer_identity(arena, body, &identity, &err), &err);
        break;
    case '2':
        check(digipost_answer_delivery(arena, body, &delivery, &err), &err);
        break;
    case '3':
        check(digipost_answer_status(arena, body, &delivery, &err), &err);
        break;
    case '4':
        if (digipost_answer_events(arena, body, &events, &count, &listed, &err))
            fuzz_promise(count <= listed, "no more events than are listed", NULL);
        else
            check(false, &err);
        break;
    case '5':
        check(digipost_answer_share_state(arena, body, &state, &err), &err);
        break;
    default:
        if (digipost_answer_refusal(arena, body, &refusal))
            fuzz_promise(strlen(refusal.code) < sizeof refusal.code &&
                             text_is_utf8(BYTES_OF(refusal.code)),
                         "a refusal's word is a word", refusal.code);
    }
}
