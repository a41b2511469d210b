/* own_data.h - on Min side: what is held about the person, to take home or to delete, and where the
 * person is logged in. */
#pragma once

#include "render/frame.h"

#define OWN_DATA_PATH_ZIP "/min-side/data/alt.zip"
#define OWN_DATA_PATH_DELETE "/min-side/data/slett"
#define OWN_DATA_FIELD_LOGIN "innlogging"
#define OWN_DATA_OTHERS "andre" /* its value for all but this one */

struct own_data_page {
    size_t drafts, draft_documents, sent, documents, certificates, consents, requests, logins;
    int64_t bytes; /* of documents */
    bool deleted;  /* drafts were, just now */
};
struct bytes own_data_page(struct arena *arena, const struct frame *frame,
                           const struct own_data_page *page);

/* GET asks, POST deletes. */
struct bytes own_data_delete_page(struct arena *arena, const struct frame *frame,
                                  const struct own_data_page *page);

struct own_data_login {
    const char *id;
    bool is_this;
    bool is_high; /* level of the login */
    int64_t created_at, used_at;
};
struct bytes own_data_logins_page(struct arena *arena, const struct frame *frame,
                                  const struct own_data_login *logins, size_t count, bool ended);
