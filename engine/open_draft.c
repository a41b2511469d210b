#include "engine/open_draft.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"

const char *open_draft_type_word(const char *media_type)
{
    if (text_equal(media_type, "application/pdf"))
        return "PDF";
    if (text_equal(media_type, "image/jpeg"))
        return "JPG";
    if (text_equal(media_type, "image/png"))
        return "PNG";
    return "";
}

static char *date_of(struct arena *arena, int64_t at)
{
    struct clock_time t = clock_oslo(at);
    return arena_printf(arena, "%04d-%02d-%02d", t.year, t.month, t.day);
}

static struct attachment_info info_of(struct arena *arena, const struct attachment *attachment)
{
    bool postbox = attachment->source == ATTACHMENT_POSTBOX;
    return (struct attachment_info){
        .source = postbox ? "postbox" : "disk",
        .document = attachment->id,
        .name = attachment->name,
        .issuer = postbox ? attachment->issuer_number : NULL,
        .issued =
            postbox && attachment->delivered_at ? date_of(arena, attachment->delivered_at) : NULL,
        .sha256 = codec_hex(
            arena, (struct bytes){attachment->sha256.bytes, sizeof attachment->sha256.bytes}),
        .verified = attachment->verdict,
    };
}

static const struct attachment *attachment_with(const struct open_draft *draft, const char *id)
{
    for (size_t i = 0; i < draft->attachment_count; i++)
        if (text_equal(draft->attachments[i].id, id))
            return &draft->attachments[i];
    return NULL;
}

/* What the answers say of one upload becomes what the table says. */
static bool bring_in_line(struct arena *arena, struct open_draft *draft,
                          const struct upload *upload, struct error *err)
{
    struct attachment_info *known;
    size_t known_count = place_attachments(upload->place, arena, &known);
    for (size_t i = 0; i < known_count; i++) {
        char *id = arena_text(arena, known[i].document);
        const struct attachment *row = attachment_with(draft, id);
        if (!row || !text_equal(row->requirement, upload->id))
            answers_detach(draft->answers, upload->place, id);
    }
    bool later = false;
    for (size_t i = 0; i < draft->attachment_count; i++) {
        const struct attachment *row = &draft->attachments[i];
        if (!text_equal(row->requirement, upload->id))
            continue;
        if (row->source == ATTACHMENT_LATER) {
            later = true;
            continue;
        }
        struct attachment_info info = info_of(arena, row);
        if (!answers_attach(draft->answers, upload->place, &info, err))
            return false;
    }
    if (later != place_is_later(upload->place))
        answers_send_later(draft->answers, upload->place, later);
    return true;
}

static enum outline_origin origin_of(const struct attachment *row)
{
    if (text_equal(row->verdict, "failed"))
        return OUTLINE_ORIGIN_FAILED;
    if (row->source != ATTACHMENT_POSTBOX)
        return OUTLINE_ORIGIN_UPLOADED;
    return text_equal(row->verdict, "origin") ? OUTLINE_ORIGIN_ISSUER : OUTLINE_ORIGIN_UNCONFIRMED;
}

struct outline_document open_draft_document(struct arena *arena, const struct attachment *row)
{
    return (struct outline_document){
        .name = row->name,
        .type = open_draft_type_word(row->media_type),
        .size_bytes = row->size_bytes,
        .origin = origin_of(row),
        .issuer = row->issuer_name ? row->issuer_name : "",
        .issuer_number = row->issuer_number ? row->issuer_number : "",
        .issued_at = row->delivered_at,
        .attached_at = row->added_at,
        .sha256_hex = codec_hex(arena, (struct bytes){row->sha256.bytes, sizeof row->sha256.bytes}),
    };
}

bool open_draft_read_attachments(struct arena *arena, struct db *db, const char *citizen_id,
                                 struct open_draft *draft, struct error *err)
{
    if (!attachments_of_draft(arena, db, citizen_id, draft->row.id, &draft->attachments,
                              &draft->attachment_count, err))
        return false;
    struct upload *uploads;
    size_t count = uploads_list(arena, draft->answers, draft->row.language, &uploads);
    draft->documents = ARENA_ARRAY(arena, draft->attachment_count, struct outline_attached);
    draft->document_count = 0;
    answers_begin(draft->answers);
    bool good = true;
    for (size_t i = 0; i < count && good; i++)
        good = bring_in_line(arena, draft, &uploads[i], err);
    answers_end(draft->answers);
    for (size_t i = 0; i < draft->attachment_count; i++) {
        const struct attachment *row = &draft->attachments[i];
        if (row->source != ATTACHMENT_LATER && uploads_find(uploads, count, row->requirement))
            draft->documents[draft->document_count++] = (struct outline_attached){
                .id = row->id, .document = open_draft_document(arena, row)};
    }
    return good;
}

bool open_draft_read(struct arena *arena, struct db *db, const struct catalogue *forms,
                     const char *citizen_id, const char *draft_id, struct open_draft *out,
                     struct error *err)
{
    struct open_draft draft = {0};
    if (!drafts_read(arena, db, citizen_id, draft_id, &draft.row, err))
        return false;
    draft.package = catalogue_find(forms, draft.row.form_id);
    if (!draft.package)
        return error_set(err, ERROR_MISSING, "the form %s is not offered", draft.row.form_id);
    if (!answers_load(draft.package->form, clock_now(), draft.row.answers, &draft.answers, err))
        return false;
    if (!open_draft_read_attachments(arena, db, citizen_id, &draft, err)) {
        open_draft_close(&draft);
        return false;
    }
    *out = draft;
    return true;
}

void open_draft_close(struct open_draft *draft)
{
    answers_close(&draft->answers);
}

bool open_draft_save(struct arena *arena, struct db *db, const char *citizen_id,
                     struct open_draft *draft, struct error *err)
{
    struct bytes written = answers_write(draft->answers, arena, ANSWERS_DRAFT);
    if (written.size > ANSWERS_MAX_BYTES) /* could never be read again */
        return error_set(err, ERROR_LIMIT, "answers are more than %d bytes", ANSWERS_MAX_BYTES);
    draft->row.answers = written;
    draft->row.form_version = draft->package->digest;
    return drafts_save(arena, db, citizen_id, &draft->row, err);
}
