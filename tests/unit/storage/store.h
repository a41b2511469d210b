/* store.h - a new database in a folder of its own, for one test. */
#pragma once

#include "storage/attachments.h"
#include "storage/audit.h"
#include "storage/consents.h"
#include "storage/drafts.h"
#include "storage/keyring.h"
#include "storage/keys.h"
#include "storage/migrate.h"
#include "storage/outbox.h"
#include "storage/sessions.h"
#include "storage/shared_documents.h"
#include "storage/submissions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

struct store {
    char folder[64], url[96], keys_folder[72];
    struct keyring *keys; /* one master key, in keys_folder */
    struct db_pool *pool;
    struct arena *arena;
    struct db *db;
    struct error err;
};

/* For cmocka_unit_test_setup_teardown: *state is a struct store *, migrated and empty. */
int store_setup(void **state);
int store_teardown(void **state);

/* Another pool on the same database, as another process would have. */
struct db_pool *store_second_pool(const struct store *store);

/* People and things to test with; each call makes new ones. Numbers are synthetic (month + 80). */
const char *store_citizen(struct store *store, const char *pid);
struct draft store_draft(struct store *store, const char *citizen_id);
struct consent store_consent(struct store *store, const char *citizen_id, const char *draft_id);
struct attachment store_attachment(struct store *store, const char *citizen_id,
                                   const char *draft_id, const char *content);
struct submission store_submission(struct store *store, const char *citizen_id,
                                   const struct draft *draft);
/* A letter of one document with bytes of its own; its id. */
const char *store_delivery(struct store *store, const char *citizen_id);

/* A document with that text in it, for attachments_add. */
#define CONTENT(text)                                                                              \
    (&(struct content){.size_bytes = (int64_t)strlen(text), .bytes = BYTES_OF(text)})

/* One requirement, as shared_documents_choose takes several. */
#define ONE(requirement) ((const char *const[]){requirement}), 1

#define KARI "15838530181"
#define OLA "02879110001"

/* The call works, or the test fails with its error. */
#define WORKS(store, call)                                                                         \
    do {                                                                                           \
        if (!(call))                                                                               \
            fail_msg("%s: %s: %s", #call, error_name((store)->err.code), (store)->err.text);       \
    } while (0)

/* The call fails with that code. */
#define FAILS(store, call, expected)                                                               \
    do {                                                                                           \
        (store)->err = (struct error){0};                                                          \
        assert_false(call);                                                                        \
        assert_string_equal(error_name((store)->err.code), error_name(expected));                  \
    } while (0)

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, store_setup, store_teardown)
