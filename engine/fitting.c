#include "engine/fitting.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/intake.h"
#include "engine/pages/say.h"
#include "forms/locale.h"
#include "forms/match.h"

#include <string.h>

static bool takes(const struct form_upload *upload, enum form_source source)
{
    for (size_t i = 0; i < upload->source_count; i++)
        if (upload->sources[i] == source)
            return true;
    return false;
}

bool fitting_takes_postbox(const struct form_upload *upload)
{
    return takes(upload, FORM_SOURCE_POSTBOX);
}

/* What is there, without promises and without what the check refused. */
static int given_to(const struct open_draft *draft, const char *upload_id)
{
    int count = 0;
    for (size_t i = 0; i < draft->attachment_count; i++)
        count += text_equal(draft->attachments[i].requirement, upload_id) &&
                 draft->attachments[i].source != ATTACHMENT_LATER &&
                 draft->attachments[i].state != ATTACHMENT_REFUSED;
    return count;
}

static struct fitting lay_out(struct arena *arena, const struct open_draft *draft,
                              enum form_source source)
{
    struct fitting fitting = {.arena = arena, .draft = draft, .source = source};
    fitting.count = uploads_list(arena, draft->answers, draft->row.language, &fitting.uploads);
    fitting.room = ARENA_ARRAY(arena, fitting.count, int);
    fitting.taken = ARENA_ARRAY(arena, fitting.count, int);
    for (size_t i = 0; i < fitting.count; i++) {
        const struct upload *upload = &fitting.uploads[i];
        const struct form_upload *rules = upload->control->upload;
        int room = rules->max_files - given_to(draft, upload->id);
        bool open = upload->relevant && takes(rules, source);
        fitting.room[i] = open && room > 0 ? room : 0;
        fitting.taken[i] = 0;
    }
    return fitting;
}

struct fitting fitting_of(struct arena *arena, const struct open_draft *draft)
{
    return lay_out(arena, draft, FORM_SOURCE_POSTBOX);
}

struct fitting fitting_of_earlier(struct arena *arena, const struct open_draft *draft)
{
    return lay_out(arena, draft, FORM_SOURCE_EARLIER);
}

bool fitting_has_room(const struct fitting *fitting, const struct form_page *page)
{
    for (size_t i = 0; i < fitting->count; i++)
        if (fitting->room[i] > 0 && (!page || fitting->uploads[i].page == page))
            return true;
    return false;
}

bool fitting_take(struct fitting *fitting, const struct upload *upload)
{
    size_t at = (size_t)(upload - fitting->uploads);
    if (fitting->taken[at] >= fitting->room[at])
        return false;
    fitting->taken[at]++;
    return true;
}

/* ---- one document ---- */

/* consent NULL: none is needed. */
static bool is_asked_for(const struct consent *consent, const char *upload_id)
{
    if (!consent)
        return true;
    for (size_t i = 0; i < consent->requirement_count; i++)
        if (text_equal(consent->requirements[i], upload_id))
            return true;
    return false;
}

static struct attachment_info info_of(struct arena *arena, const struct shared_document *document)
{
    struct clock_time at = clock_oslo(document->delivered_at);
    return (struct attachment_info){
        .source = "postbox",
        .document = document->id,
        .name = document->subject,
        .issuer = document->origin_number,
        .issued = arena_printf(arena, "%04d-%02d-%02d", at.year, at.month, at.day),
        .sha256 = "",
        .verified = "",
    };
}

/* The upload's own list of types; the server's is asked about before. */
static bool takes_type(const struct form_upload *rules, const char *media_type)
{
    return text_is_empty(rules->accept) || strstr(rules->accept, media_type) ||
           strstr(rules->accept, "*/*") ||
           (text_starts_with(media_type, "image/") && strstr(rules->accept, "image/*"));
}

/* How far a document is from an upload that it does not fit: the nearest is told about. */
enum miss { MISS_OTHER, MISS_TYPE, MISS_AGE, MISS_FULL };

struct search {
    struct fitting *fitting;
    const struct consent *consent;
    struct attachment_info info;
    const char *media_type;
    struct fitting_uploads *found;
    enum miss nearest;
    bool missed;
};

static const char *words_of(const struct search *search, const struct upload *upload,
                            enum miss miss)
{
    struct fitting *fitting = search->fitting;
    const char *language = fitting->draft->row.language;
    if (miss == MISS_FULL)
        return say(language, "choose.full");
    if (miss == MISS_TYPE)
        return say(language, "choose.type");
    const char *site = form_site_language(fitting->draft->package->form, language);
    struct texts_arg args[] = {
        {"krav", upload->label},
        {"grunn", match_reason(fitting->draft->answers, fitting->arena, upload->control->upload,
                               &search->info, site)}};
    return texts_fill(fitting->arena, say(language, "choose.misses"), args, COUNT(args));
}

static void note_miss(struct search *search, const struct upload *upload, enum miss miss)
{
    if (search->missed && miss <= search->nearest)
        return;
    search->missed = true;
    search->nearest = miss;
    search->found->why = words_of(search, upload, miss);
}

static void try_upload(struct search *search, size_t at)
{
    const struct upload *upload = &search->fitting->uploads[at];
    const struct form_upload *rules = upload->control->upload;
    const char *code =
        match_document(rules, &search->info, answers_today(search->fitting->draft->answers), NULL);
    bool aged = text_equal(code, "match.old") || text_equal(code, "match.new");
    if (code)
        note_miss(search, upload, aged ? MISS_AGE : MISS_OTHER);
    else if (!takes_type(rules, search->media_type))
        note_miss(search, upload, MISS_TYPE);
    else if (!search->fitting->room[at])
        note_miss(search, upload, MISS_FULL);
    else if (search->found->count < FITTING_MOST)
        search->found->items[search->found->count++] = upload;
}

/* Among the uploads with rules for their documents, or among those without. */
static void try_all(struct search *search, bool with_rules)
{
    const struct fitting *fitting = search->fitting;
    for (size_t i = 0; i < fitting->count; i++) {
        const struct upload *upload = &fitting->uploads[i];
        if (upload->relevant && takes(upload->control->upload, fitting->source) &&
            (upload->control->upload->match_count > 0) == with_rules &&
            is_asked_for(search->consent, upload->id))
            try_upload(search, i);
    }
}

/* Leaves a reason when it serves none. */
static void search_all(struct search *search)
{
    struct fitting_uploads *found = search->found;
    try_all(search, true);
    bool meant = search->missed && search->nearest != MISS_OTHER;
    if (!found->count && !meant)
        try_all(search, false);
    if (!found->count && !found->why)
        found->why = say(search->fitting->draft->row.language, "choose.other");
}

struct fitting_uploads fitting_find(struct fitting *fitting, const struct consent *consent,
                                    const struct shared_document *document)
{
    struct fitting_uploads found = {0};
    struct search search = {.fitting = fitting,
                            .consent = consent,
                            .info = info_of(fitting->arena, document),
                            .media_type = intake_media_type(document->file_type),
                            .found = &found};
    if (!search.media_type) {
        found.why = say(fitting->draft->row.language, "choose.type");
        return found;
    }
    search_all(&search);
    return found;
}

struct fitting_uploads fitting_find_earlier(struct fitting *fitting, const struct attachment *sent)
{
    struct fitting_uploads found = {0};
    struct arena *arena = fitting->arena;
    const struct attachment copy = attachments_again(sent);
    const char *language = fitting->draft->row.language;
    struct search search = {.fitting = fitting,
                            .info = open_draft_info(arena, &copy),
                            .media_type = sent->media_type,
                            .found = &found};
    if (sent->valid_until && sent->valid_until < clock_now()) {
        found.why = say_of(arena, language, "earlier.expired", "dato",
                           locale_date_at(arena, sent->valid_until, language));
        return found;
    }
    search_all(&search);
    return found;
}
