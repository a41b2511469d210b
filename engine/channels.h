/* channels.h - which way letters go: a table of channels, in the order of preference that the
 * setting `channels` gives. A channel is a struct postbox (storage/postbox/postbox.h) under the
 * name that stands in the setting; adding one is a file in storage/postbox and a row in
 * channel_table.c.
 *
 * For each letter, immediately before it is sent, the contact register (KRR) is asked and one of
 * five ways is taken (krr.md: "Rules for the sender"):
 *
 *   KRR says                     the letter goes
 *   a mailbox at Digipost        by the first channel that reaches the person
 *   a mailbox at e-Boks          by the first channel that reaches the person
 *   no mailbox, or not known     by none of them: a print order (print_orders.h)
 *   reserved                     by none of them: a print order
 *   nothing: down, slow, unsure  nowhere yet: it is tried again (security.md D-10)
 *
 * Where no register is configured, the first channel that reaches the person is taken. When all
 * say that they do not, it is a print order; when one could not be asked, it is tried again, since
 * that one might have. A letter that asks to share documents is for Digipost only. */
#pragma once

#include "engine/base/arena.h"
#include "storage/postbox/postbox.h"

#include <stddef.h>

struct register_settings;

enum { CHANNELS_MOST = 4 };
struct channels {
    const struct postbox *postboxes[CHANNELS_MOST]; /* in order of preference; the caller's */
    size_t count;                                   /* at least 1 */
    const struct register_settings *krr; /* with KRR_MAILBOX_SCOPE; NULL: it is not asked */
    const struct postbox *print;         /* where a letter goes that none of them takes */
};

enum channels_way {
    CHANNELS_SEND,     /* by postbox */
    CHANNELS_ON_PAPER, /* by postbox, which is `print` */
    CHANNELS_LATER,    /* nobody can say now */
};

enum channels_why { /* ON_PAPER */
                    CHANNELS_NO_REASON,
                    CHANNELS_NO_MAILBOX, /* the register knows none */
                    CHANNELS_RESERVED,
                    CHANNELS_NOT_REACHED, /* perhaps there is a mailbox, but none that our channels
                                             reach */
};

struct channels_choice {
    enum channels_way way;
    enum channels_why why;
    const struct postbox *postbox; /* SEND and ON_PAPER */
    const char *provider; /* whose mailbox the register says it is: an organisation number in the
                             arena; "": not told */
    struct error error;   /* LATER: what could not be asked */
};

/* Which way the letter goes now. Asks the register and the channels, so it may take as long as
 * their timeouts; writes nothing.
 *   before  the channel that an earlier attempt took, which certainly is not there now; "": none.
 *           It is taken again while it reaches the person, and waited for while it cannot be
 *           asked. */
struct channels_choice channels_choose(const struct channels *channels, struct arena *arena,
                                       const struct postbox_letter *letter, const char *before);

/* The channel of that name, `print` too; NULL: there is none now. What was sent by one is asked
 * about there only, whatever is preferred meanwhile. */
const struct postbox *channels_find(const struct channels *channels, const char *name);

/* One sentence for print orders and logs. Static. */
const char *channels_why_text(enum channels_why why);
