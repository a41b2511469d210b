#include "engine/pages/note.h"

#include "engine/base/text.h"

#include <string.h>

/* Three lines, then the answers: no part but the last may hold a line feed. */
char *note_write(struct arena *arena, const struct note *note)
{
    return arena_printf(arena, "%s\n%s\n%s\n%s", note->page, note->at ? note->at : "",
                        text_collapse(arena, note->text), note->answers ? note->answers : "");
}

static const char *cut_line(char **rest)
{
    char *line = *rest, *end = strchr(line, '\n');
    if (!end)
        return NULL;
    *end = '\0';
    *rest = end + 1;
    return line;
}

const struct note *note_read(struct arena *arena, const char *text, const char *page)
{
    if (text_is_empty(text))
        return NULL;
    char *rest = arena_text(arena, text);
    struct note *note = ARENA_NEW(arena, struct note);
    note->page = cut_line(&rest);
    note->at = note->page ? cut_line(&rest) : NULL;
    note->text = note->at ? cut_line(&rest) : NULL;
    if (!note->text || !text_equal(note->page, page))
        return NULL;
    if (!*note->at)
        note->at = NULL;
    note->answers = *rest ? rest : NULL;
    return note;
}
