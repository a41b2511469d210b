/* uploads.h - the uploads of somebody's answers, each in its row, as a list. */
#pragma once

#include "forms/answers.h"

struct upload {
    const struct form_control *control;
    const struct form_page *page;
    struct place *place;
    const char *id;   /* place_id(): what attachments and consents call it, for good */
    const char *path; /* place_path(): with positions, until a row is removed */
    const char *label, *label_language;
    bool relevant;
};

/* All of them in document order, hidden ones too; label in that language. */
size_t uploads_list(struct arena *arena, struct answers *answers, const char *language,
                    struct upload **out);

/* NULL when none has that id. */
const struct upload *uploads_find(const struct upload *uploads, size_t count, const char *id);
