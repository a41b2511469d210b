/* What an access point may send, read in every way there is: a problem, statuses, a list of
 * messages, and each message on it as one that claims an id. */
#include "fuzz.h"

#include "engine/base/text.h"
#include "storage/postbox/dpi_answer.h"
#include "storage/postbox/postbox.h"

#include <string.h>

/* What is told to operators is a line that names nobody. */
static void check_words(const char *words)
{
    int figures = 0;
    fuzz_promise(text_is_utf8(BYTES_OF(words)), "words are UTF-8", words);
    for (const char *at = words; *at; at++) {
        fuzz_promise((unsigned char)*at >= 0x20 && *at != '#' && *at != '@', "words are tame",
                     words);
        figures = *at == ' ' ? 0 : figures + (*at >= '0' && *at <= '9');
        fuzz_promise(figures < 5, "words have no long number", words);
    }
}

void fuzz_one(struct bytes input)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct dpi_problem problem;
    if (dpi_answer_problem(arena, input, &problem)) {
        check_words(problem.type);
        check_words(problem.title);
    }
    const char *why = NULL;
    enum dpi_standing standing = dpi_answer_statuses(arena, input, &why);
    check_words(why);
    fuzz_promise(standing == DPI_GIVEN_UP || !*why, "only what failed has a reason", why);

    const char *const *messages;
    size_t count;
    if (dpi_answer_messages(arena, input, &messages, &count, NULL))
        for (size_t i = 0; i < count; i++)
            fuzz_promise(*messages[i], "a message is no empty text", NULL);
    const char *id = dpi_answer_claimed_id(arena, arena_text_of(arena, input));
    fuzz_promise(!id || postbox_is_uuid(id), "an id is one", id);
    if (text_is_utf8(input)) /* as all texts in JSON are */
        check_words(dpi_answer_words(arena, arena_text_of(arena, input), 200));
}
