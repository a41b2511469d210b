#include "engine/reuse/decide.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/letter.h"
#include "engine/pages/say.h"
#include "storage/letter_links.h"

#include <string.h>

enum { ID_BITS = 128 };

/* What is sent to whom, made before the transaction so that it is short. */
struct deciding {
    struct arena *arena;
    const struct decide *decide;
    struct submission submission;
    struct decision decision;
    struct letter_link link;
};

static void describe(struct deciding *deciding)
{
    const struct api_body_decision *wanted = &deciding->decide->decision;
    deciding->decision = (struct decision){
        .id = crypto_random_id(deciding->arena, ID_BITS),
        .citizen_id = deciding->submission.citizen_id,
        .submission_id = deciding->submission.id,
        .draft_id = deciding->submission.draft_id,
        .outcome = wanted->outcome,
        .title = wanted->title,
        .appeal = wanted->appeal ? wanted->appeal : "",
        .appeal_until = wanted->appeal_until,
        .decided_at = clock_now(),
    };
    deciding->link = (struct letter_link){
        .id = crypto_random_id(deciding->arena, ID_BITS),
        .submission_id = deciding->submission.id,
        .decision_id = deciding->decision.id,
        .deadline = 0, /* nothing is asked for: an appeal is a right */
    };
}

/* The letter's title may stand in SMS and e-mail: it tells which form, not what was decided. */
static struct delivery order_letter(const struct deciding *deciding)
{
    struct arena *arena = deciding->arena;
    const char *language = deciding->submission.language;
    struct form_shown form =
        catalogue_title(arena, deciding->decide->forms, deciding->submission.form_id, language);
    const struct postbox_link link = {
        .url = arena_printf(arena, "%s/brev/%s", deciding->decide->origin, deciding->link.id),
        .description = say(language, "letter.decision.link"),
        .button = say(language, "letter.decision.button"),
    };
    const struct letter_own letter = {
        .citizen_id = deciding->decision.citizen_id,
        .language = language,
        .subject = text_cut(
            arena,
            say_of(arena, language, "letter.decision", "tittel", text_collapse(arena, form.text)),
            POSTBOX_MAX_TITLE),
        .pdf = deciding->decide->decision.pdf,
    };
    return letter_order_about(arena, OUTBOX_DECISION, &letter, deciding->submission.id, &link);
}

static bool commit(struct deciding *deciding, struct db *db, struct error *err)
{
    const struct decide *decide = deciding->decide;
    struct arena *arena = deciding->arena;
    struct decision *decision = &deciding->decision;
    struct delivery order = order_letter(deciding);
    CLEANUP(db_end) struct db_transaction transaction = {0};
    return db_begin(db, &transaction, err) &&
           submissions_become(arena, db, decision->citizen_id, decision->submission_id,
                              SUBMISSION_DECIDED, err) &&
           letter_links_add(db, decision->citizen_id, &deciding->link, err) &&
           outbox_add(arena, db, &order, &decision->delivery_id, err) &&
           decisions_add(arena, db, decision, decide->decision.pdf, decide->key, err) &&
           audit_add(arena, db,
                     &(struct audit_entry){.actor = decide->actor,
                                           .actor_id = decide->actor_id,
                                           .citizen_id = decision->citizen_id,
                                           .action = AUDIT_DECIDED,
                                           .object_id = decision->id,
                                           .succeeded = true,
                                           .request_id = decide->request_id},
                     err) &&
           db_commit(&transaction, err);
}

static bool is_same(const struct deciding *deciding, const struct decision *earlier)
{
    const struct api_body_decision *wanted = &deciding->decide->decision;
    struct crypto_sha256 digest = crypto_sha256(wanted->pdf);
    return text_equal(earlier->submission_id, deciding->submission.id) &&
           earlier->outcome == wanted->outcome && text_equal(earlier->title, wanted->title) &&
           text_equal(earlier->appeal, wanted->appeal ? wanted->appeal : "") &&
           earlier->appeal_until == wanted->appeal_until &&
           memcmp(earlier->sha256.bytes, digest.bytes, sizeof digest.bytes) == 0;
}

/* *found is false when nothing came with that key. */
static bool find_earlier(const struct deciding *deciding, struct db *db, struct decision *out,
                         bool *found, struct error *err)
{
    struct decision earlier;
    struct error why;
    *found = decisions_of_key(deciding->arena, db, deciding->decide->key, &earlier, &why);
    if (!*found) {
        *err = why;
        return why.code == ERROR_MISSING;
    }
    if (!is_same(deciding, &earlier))
        return error_set(err, ERROR_CONFLICT, "the key was used for another decision");
    *out = earlier;
    return true;
}

static bool is_clean(const struct deciding *deciding, struct db *db, struct error *err)
{
    const struct decide *decide = deciding->decide;
    const struct screening_sender sender = {
        .actor = decide->actor,
        .actor_id = decide->actor_id,
        .submission_id = deciding->submission.id,
        .request_id = decide->request_id,
    };
    return screening_pass(decide->screening, deciding->arena, db, &sender, decide->decision.pdf,
                          err);
}

bool decide_send(struct arena *arena, struct db *db, const struct decide *decide,
                 struct decision *out, struct error *err)
{
    struct deciding deciding = {.arena = arena, .decide = decide};
    bool found;
    if (!submissions_of_reference(arena, db, decide->decision.submission, &deciding.submission,
                                  err) ||
        !find_earlier(&deciding, db, out, &found, err))
        return false;
    if (found)
        return true;
    if (decide->decision.appeal_until && decide->decision.appeal_until <= clock_now())
        return error_set(err, ERROR_INVALID, "appeal_until must be a day to come");
    if (!is_clean(&deciding, db, err))
        return false;
    describe(&deciding);
    if (commit(&deciding, db, err))
        return decisions_read(arena, db, deciding.decision.citizen_id, deciding.decision.id, out,
                              err);
    if (err->code != ERROR_CONFLICT)
        return false;
    struct error conflict = *err; /* somebody was quicker with the same key, or it is withdrawn */
    if (!find_earlier(&deciding, db, out, &found, err))
        return false;
    if (!found)
        *err = conflict;
    return found;
}
