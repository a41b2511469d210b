/* Standard business documents, as JSON or in a JWS: letters are written again and read the same,
 * and whatever comes is told. */
#include "fuzz.h"

#include "engine/base/jws.h"
#include "engine/base/text.h"
#include "engine/open/open_look.h"

#include <string.h>

static bool same_text(const char *a, const char *b)
{
    return text_equal(a, b);
}

static bool same_notice(const struct sbd_notice *a, const struct sbd_notice *b)
{
    return same_text(a->address, b->address) && same_text(a->text, b->text) &&
           a->repeat_count == b->repeat_count &&
           (!a->repeat_count ||
            memcmp(a->repeat_days, b->repeat_days, a->repeat_count * sizeof(int)) == 0);
}

static bool same_letter(const struct sbd_digital *a, const struct sbd_digital *b)
{
    return same_text(a->message_id, b->message_id) &&
           same_text(a->conversation_id, b->conversation_id) && a->created_at == b->created_at &&
           same_text(a->sender, b->sender) && same_text(a->receiver, b->receiver) &&
           same_text(a->agency, b->agency) && same_text(a->agency_unit, b->agency_unit) &&
           same_text(a->invoice, b->invoice) && same_text(a->mailbox, b->mailbox) &&
           memcmp(&a->package, &b->package, sizeof a->package) == 0 &&
           same_text(a->token, b->token) && a->level == b->level &&
           a->visible_from == b->visible_from &&
           a->wants_opening_receipt == b->wants_opening_receipt && same_text(a->title, b->title) &&
           same_text(a->language, b->language) && same_notice(&a->email, &b->email) &&
           same_notice(&a->sms, &b->sms);
}

/* Times that no calendar of ours writes are left out. */
static bool is_in_calendar(int64_t at)
{
    return at > -62000000000 && at < 253000000000;
}

static void try_letter(struct arena *arena, struct bytes document)
{
    struct sbd_digital letter, again;
    struct bytes written;
    struct error err = {0};
    if (!sbd_digital_parse(arena, document, &letter, &err) || !is_in_calendar(letter.created_at) ||
        !is_in_calendar(letter.visible_from))
        return;
    fuzz_promise(sbd_write(arena, &letter, &written, &err), "what was read can be written",
                 err.text);
    fuzz_promise(sbd_digital_parse(arena, written, &again, &err), "and read again", err.text);
    fuzz_promise(same_letter(&letter, &again), "as the same letter", arena_text_of(arena, written));
}

static void try_receipt(struct arena *arena, struct bytes document)
{
    struct sbd_receipt receipt;
    if (!sbd_receipt_parse(arena, document, &receipt, NULL))
        return;
    fuzz_promise(receipt.type != SBD_DIGITAL, "a receipt is no letter", NULL);
    fuzz_promise(strlen(receipt.message_id) == 36 && strlen(receipt.conversation_id) == 36,
                 "a receipt names itself and its letter", receipt.message_id);
    fuzz_promise(strlen(receipt.sender) == 9 && strlen(receipt.receiver) == 9 && *receipt.agency,
                 "and who wrote it to whom", receipt.sender);
    fuzz_promise(*receipt.channel ? receipt.type == SBD_NOTICE_FAILED : true,
                 "a channel is a notification's", receipt.channel);
}

void fuzz_one(struct bytes input)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const struct open_rules rules = {.at = FUZZ_NOW};
    struct open_seen seen = {.has_letter = false};
    struct open_report report;
    enum sbd_type type;
    open_report_init(&report, arena);
    open_look(&report, &rules, input, &seen);
    if (sbd_check(input, &type, NULL))
        fuzz_promise(sbd_type_name(type) != NULL, "a type has a name", NULL);
    try_letter(arena, input);
    try_receipt(arena, input);
}
