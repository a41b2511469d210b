#include "engine/letter_manner.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/pages/say.h"

/* On one line, and no longer than that; NULL: nothing is said. */
static const char *say_in(struct arena *arena, const struct form *form,
                          const struct form_text *text, const char *language, size_t most)
{
    if (!text)
        return NULL;
    const char *shown = text_collapse(arena, form_show(form, arena, text, language).text);
    return text_is_empty(shown) ? NULL : text_cut(arena, shown, most);
}

static struct postbox_notice notice_of(struct arena *arena, const struct form *form,
                                       const struct form_notice *notice, const char *language,
                                       size_t most)
{
    return (struct postbox_notice){
        .text = say_in(arena, form, notice->text, language, most),
        .repeat_days = notice->days,
        .count = notice->day_count,
    };
}

/* The same time of another day, and so many seconds after that. */
static int64_t visible_from(int64_t sent_at, struct form_duration after)
{
    if (!after.months && !after.days && !after.seconds)
        return 0;
    struct clock_time t = clock_oslo(sent_at);
    int64_t day = form_duration_add(clock_days(t.year, t.month, t.day), after, 1);
    clock_date(day, &t.year, &t.month, &t.day);
    return clock_seconds(t) + after.seconds;
}

static const char *subject_of(struct arena *arena, const struct form *form, const char *word,
                              const char *site_language, const char *language)
{
    const char *own = say_in(arena, form, form_letter(form)->title, language, POSTBOX_MAX_TITLE);
    if (own)
        return own;
    const char *title = say_in(arena, form, form_title(form), language, POSTBOX_MAX_TITLE);
    return text_cut(arena, say_of(arena, site_language, word, "tittel", title ? title : ""),
                    POSTBOX_MAX_TITLE);
}

void letter_manner(struct arena *arena, const struct form *form, const char *word,
                   const char *language, int64_t sent_at, struct letter_receipt *out)
{
    const struct form_letter *letter = form_letter(form);
    out->language = form_site_language(form, language);
    out->subject = subject_of(arena, form, word, out->language, language);
    out->security_level = letter->security_level;
    out->wants_opening_receipt = letter->wants_opening_receipt;
    out->visible_from = visible_from(sent_at, letter->visible_after);
    out->email_notice = notice_of(arena, form, &letter->email, language, POSTBOX_MAX_EMAIL_NOTICE);
    out->sms_notice = notice_of(arena, form, &letter->sms, language, POSTBOX_MAX_SMS_NOTICE);
}

bool letter_manner_includes(const struct form *form)
{
    return !form_letter(form)->lists_attachments;
}
