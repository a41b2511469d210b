#include "engine/channels.h"

#include "engine/base/text.h"
#include "storage/registers/krr_mailbox.h"

const char *channels_why_text(enum channels_why why)
{
    static const char *const texts[] = {
        [CHANNELS_NO_REASON] = "",
        [CHANNELS_NO_MAILBOX] = "the contact register knows no digital mailbox",
        [CHANNELS_RESERVED] = "reserved against digital letters",
        [CHANNELS_NOT_REACHED] = "no channel of ours reaches the digital mailbox",
    };
    return texts[why];
}

const struct postbox *channels_find(const struct channels *channels, const char *name)
{
    for (size_t i = 0; i < channels->count; i++)
        if (text_equal(channels->postboxes[i]->name, name))
            return channels->postboxes[i];
    return text_equal(channels->print->name, name) ? channels->print : NULL;
}

static struct channels_choice by(const struct postbox *postbox)
{
    return (struct channels_choice){.way = CHANNELS_SEND, .postbox = postbox, .provider = ""};
}

static struct channels_choice on_paper(const struct channels *channels, enum channels_why why)
{
    return (struct channels_choice){
        .way = CHANNELS_ON_PAPER, .why = why, .postbox = channels->print, .provider = ""};
}

static struct channels_choice later(const struct error *err)
{
    return (struct channels_choice){.way = CHANNELS_LATER, .provider = "", .error = *err};
}

/* Without KRR: it is a question about documents in the postbox, which stands there or nowhere. Who
 * takes no such questions says so, and that ends it. */
static struct channels_choice choose_for_share(const struct channels *channels)
{
    for (size_t i = 0; i < channels->count; i++)
        if (channels->postboxes[i]->takes_share_requests)
            return by(channels->postboxes[i]);
    return by(channels->postboxes[0]);
}

/* In order; the first that says yes. One that cannot be asked is passed by, but remembered: it
 * might have said yes, so that nobody did is not the last word. */
static struct channels_choice first_that_reaches(const struct channels *channels,
                                                 struct arena *arena,
                                                 const struct postbox_letter *letter)
{
    struct error err = {0};
    bool silent = false;
    for (size_t i = 0; i < channels->count; i++) {
        bool reaches = false;
        struct error why = {0};
        if (!postbox_reaches(channels->postboxes[i], arena, &letter->recipient, &reaches, &why)) {
            err = why;
            silent = true;
        } else if (reaches) {
            return by(channels->postboxes[i]);
        }
    }
    return silent ? later(&err) : on_paper(channels, CHANNELS_NOT_REACHED);
}

/* True when the choice is made by what was chosen before. */
static bool stays(const struct channels *channels, struct arena *arena,
                  const struct postbox_letter *letter, const char *before,
                  struct channels_choice *out)
{
    const struct postbox *postbox = channels_find(channels, before);
    if (!postbox || postbox == channels->print)
        return false;
    bool reaches = false;
    struct error err = {0};
    if (!postbox_reaches(postbox, arena, &letter->recipient, &reaches, &err))
        *out = later(&err);
    else if (reaches)
        *out = by(postbox);
    else
        return false;
    return true;
}

/* True when the register ends it: nothing digital, or nothing yet. Else *provider is whose mailbox
 * it is. */
static bool is_ruled_out(const struct channels *channels, struct arena *arena,
                         const struct postbox_letter *letter, const char **provider,
                         struct channels_choice *out)
{
    *provider = "";
    if (!channels->krr || !letter->recipient.pid)
        return false;
    struct krr_mailbox mailbox;
    krr_mailbox(arena, channels->krr, letter->recipient.pid, &mailbox);
    if (mailbox.outcome == REGISTER_FOUND) {
        *provider = mailbox.provider;
        return false;
    }
    if (mailbox.outcome == REGISTER_NOTHING) {
        *out = on_paper(channels, mailbox.reserved ? CHANNELS_RESERVED : CHANNELS_NO_MAILBOX);
        return true;
    }
    struct error err;
    (void)error_set(&err, ERROR_UNAVAILABLE, "the contact register %s", mailbox.reason);
    *out = later(&err);
    return true;
}

struct channels_choice channels_choose(const struct channels *channels, struct arena *arena,
                                       const struct postbox_letter *letter, const char *before)
{
    struct channels_choice choice;
    if (letter->share)
        return choose_for_share(channels);
    const char *provider;
    if (is_ruled_out(channels, arena, letter, &provider, &choice))
        return choice;
    if (!stays(channels, arena, letter, before, &choice))
        choice = first_that_reaches(channels, arena, letter);
    if (choice.way == CHANNELS_SEND)
        choice.provider = provider;
    return choice;
}
