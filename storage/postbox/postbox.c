#include "storage/postbox/postbox.h"

#include "engine/base/text.h"

#include <string.h>

static bool wrong(struct error *err, const char *what)
{
    return error_set(err, ERROR_INVALID, "letter: %s", what);
}

static bool is_digits(const char *text, size_t count)
{
    return text && strlen(text) == count && strspn(text, "0123456789") == count;
}

bool postbox_is_uuid(const char *text)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (!text || strlen(text) != strlen(shape))
        return false;
    for (size_t i = 0; i < strlen(shape); i++) {
        if (shape[i] == '-' ? text[i] != '-' : !strchr("0123456789abcdef", text[i]))
            return false;
    }
    return true;
}

/* Text that can stand in XML and in a list: no control characters, none that XML cannot hold. */
static bool is_line(const char *text, size_t max_characters)
{
    if (text_is_empty(text) || !text_is_utf8(BYTES_OF(text)) || text_length(text) > max_characters)
        return false;
    for (const char *at = text; *at;) {
        uint32_t code_point = text_next(&at);
        if (code_point < 0x20 || code_point == 0x7f || code_point == 0xfffe || code_point == 0xffff)
            return false;
    }
    return true;
}

bool postbox_is_line(const char *text, size_t max_characters)
{
    return is_line(text, max_characters);
}

static bool is_made_of(const char *text, const char *characters, size_t max)
{
    return !text_is_empty(text) && strlen(text) <= max && strspn(text, characters) == strlen(text);
}

static bool check_recipient(const struct postbox_recipient *recipient, struct error *err)
{
    if (!recipient->pid == !recipient->organisation_number)
        return wrong(err, "not exactly one recipient");
    if (recipient->pid && !is_digits(recipient->pid, 11))
        return wrong(err, "the recipient's number is not 11 digits");
    if (recipient->organisation_number && !is_digits(recipient->organisation_number, 9))
        return wrong(err, "the recipient's organisation number is not 9 digits");
    return true;
}

static bool check_document(const struct postbox_document *document, struct error *err)
{
    if (!postbox_is_uuid(document->id))
        return wrong(err, "a document's id is not a UUID in lower case");
    if (!is_line(document->title, POSTBOX_MAX_TITLE))
        return wrong(err, "a document's title is empty, too long or not plain text");
    if (!is_made_of(document->file_type, "abcdefghijklmnopqrstuvwxyz0123456789_-", 29))
        return wrong(err, "a document's file type is not a plain word");
    if (document->content.size == 0)
        return wrong(err, "a document is empty");
    return true;
}

static const struct postbox_document *document_at(const struct postbox_letter *letter, size_t i)
{
    return i == 0 ? &letter->main : &letter->attachments[i - 1];
}

static bool check_documents(const struct postbox_letter *letter, struct error *err)
{
    if (letter->attachment_count > POSTBOX_MAX_ATTACHMENTS)
        return wrong(err, "too many attachments");
    for (size_t i = 0; i <= letter->attachment_count; i++) {
        if (!check_document(document_at(letter, i), err))
            return false;
        for (size_t j = 0; j < i; j++) {
            if (text_equal(document_at(letter, i)->id, document_at(letter, j)->id))
                return wrong(err, "two documents have one id");
        }
    }
    return true;
}

static bool check_share_request(const struct postbox_share_request *share, struct error *err)
{
    if (!is_line(share->purpose, POSTBOX_MAX_PURPOSE))
        return wrong(err, "the purpose of sharing is empty, too long or not plain text");
    if (share->duration_s <= 0)
        return wrong(err, "the time of sharing is not above zero");
    for (size_t i = 0; i < share->organisation_number_count; i++) {
        if (!is_digits(share->organisation_numbers[i], 9))
            return wrong(err, "an allowed origin is not an organisation number");
    }
    return true;
}

static bool check_link(const struct postbox_link *link, struct error *err)
{
    bool web = text_starts_with(link->url, "https://") || text_starts_with(link->url, "http://");
    if (!web || !is_line(link->url, POSTBOX_MAX_PURPOSE))
        return wrong(err, "a link is not an address on the web");
    if (link->description && !is_line(link->description, POSTBOX_MAX_LINK_TEXT))
        return wrong(err, "a link's description is empty, too long or not plain text");
    if (link->button && !is_line(link->button, POSTBOX_MAX_BUTTON))
        return wrong(err, "a link's button is empty, too long or not plain text");
    return true;
}

static bool check_proof(const struct postbox_proof *proof, struct error *err)
{
    if (!is_line(proof->authorizer, POSTBOX_MAX_AUTHORIZER) ||
        !is_line(proof->title, POSTBOX_MAX_TITLE) ||
        !is_line(proof->first_name, POSTBOX_MAX_TITLE) ||
        !is_line(proof->surname, POSTBOX_MAX_TITLE))
        return wrong(err, "a text of a proof is empty, too long or not plain text");
    if (!proof->number_name != !proof->number ||
        (proof->number && (!is_line(proof->number_name, POSTBOX_MAX_NUMBER_NAME) ||
                           !is_line(proof->number, POSTBOX_MAX_NUMBER))))
        return wrong(err, "a proof's number is empty, too long or without a name");
    if (proof->valid_until && proof->valid_until <= proof->valid_from)
        return wrong(err, "a proof ends before it begins");
    return true;
}

static bool check_notice(const struct postbox_notice *notice, size_t max_characters,
                         struct error *err)
{
    if (!notice->text)
        return true;
    if (!is_line(notice->text, max_characters))
        return wrong(err, "a notice is empty, too long or not plain text");
    if (!notice->count || notice->count > POSTBOX_MAX_REPEATS)
        return wrong(err, "a notice is given never or too often");
    for (size_t i = 0; i < notice->count; i++) {
        if (notice->repeat_days[i] < 0 || notice->repeat_days[i] > POSTBOX_MAX_REPEAT_DAY)
            return wrong(err, "a notice is given on a day that cannot be");
        for (size_t j = 0; j < i; j++) {
            if (notice->repeat_days[i] == notice->repeat_days[j])
                return wrong(err, "a notice is given twice on one day");
        }
    }
    return true;
}

static bool check_manner(const struct postbox_letter *letter, struct error *err)
{
    if (!is_made_of(letter->language, "abcdefghijklmnopqrstuvwxyz", 2) || !letter->language[1])
        return wrong(err, "the language is not two lower-case letters");
    if (!is_line(letter->title, POSTBOX_MAX_TITLE))
        return wrong(err, "the title is empty, too long or not plain text");
    if (letter->level < POSTBOX_LEAST_LEVEL || letter->level > POSTBOX_MOST_LEVEL)
        return wrong(err, "the level is neither 3 nor 4");
    if (letter->visible_from < 0)
        return wrong(err, "the time it can be seen from is before time began");
    return check_notice(&letter->email_notice, POSTBOX_MAX_EMAIL_NOTICE, err) &&
           check_notice(&letter->sms_notice, POSTBOX_MAX_SMS_NOTICE, err);
}

bool postbox_check(const struct postbox_letter *letter, struct error *err)
{
    static const char in_ids[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    if (!is_made_of(letter->message_id, in_ids, POSTBOX_MAX_ID) || letter->message_id[0] == '.')
        return wrong(err, "the message id is empty, too long or not a plain word");
    if ((letter->share != NULL) + (letter->link != NULL) + (letter->proof != NULL) > 1)
        return wrong(err, "more than one kind at once");
    return check_recipient(&letter->recipient, err) && check_manner(letter, err) &&
           check_documents(letter, err) &&
           (!letter->share || check_share_request(letter->share, err)) &&
           (!letter->link || check_link(letter->link, err)) &&
           (!letter->proof || check_proof(letter->proof, err));
}

struct postbox_outcome postbox_send(const struct postbox *postbox, struct arena *arena,
                                    const struct postbox_letter *letter)
{
    struct postbox_outcome refused = {.result = POSTBOX_REFUSED};
    if (!postbox_check(letter, &refused.error))
        return refused;
    if (letter->share && !postbox->takes_share_requests) {
        (void)wrong(&refused.error, "nobody can answer a share request there");
        return refused;
    }
    return postbox->send(postbox->self, arena, letter);
}

struct postbox_outcome postbox_status(const struct postbox *postbox, struct arena *arena,
                                      const struct postbox_letter *letter)
{
    struct postbox_outcome refused = {.result = POSTBOX_REFUSED};
    if (!postbox_check(letter, &refused.error))
        return refused;
    return postbox->status(postbox->self, arena, letter);
}

bool postbox_reaches(const struct postbox *postbox, struct arena *arena,
                     const struct postbox_recipient *recipient, bool *out, struct error *err)
{
    return check_recipient(recipient, err) &&
           postbox->reaches(postbox->self, arena, recipient, out, err);
}

const char *postbox_result_name(enum postbox_result result)
{
    static const char *const names[] = {
        [POSTBOX_UNKNOWN] = "unknown",   [POSTBOX_NOT_SENT] = "not_sent",
        [POSTBOX_ACCEPTED] = "accepted", [POSTBOX_DELIVERED] = "delivered",
        [POSTBOX_REFUSED] = "refused",
    };
    return names[result];
}
