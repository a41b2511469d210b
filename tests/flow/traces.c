#include "tests/flow/traces.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { TRACES = 5 };

/* The row, the state, its letter, the link in that letter (beside the one in the receipt's), and
 * the row in the log. */
static const struct db_sql traces[] = {
    [TRACES_WITHDRAWN] =
        {"SELECT (SELECT count(*) FROM withdrawals WHERE submission = $1), "
         "(SELECT count(*) FROM submissions WHERE id = $1 AND state = 'withdrawn'), "
         "(SELECT count(*) FROM outbox WHERE submission = $1 AND kind = 'withdrawal'), "
         "(SELECT count(*) - 1 FROM letter_links WHERE submission = $1 AND decision = ''), "
         "(SELECT count(*) FROM audit WHERE object_id = $1 AND action = 'withdrawn')"},
    [TRACES_DECIDED] =
        {"SELECT (SELECT count(*) FROM decisions WHERE submission = $1), "
         "(SELECT count(*) FROM submissions WHERE id = $1 AND state = 'decided'), "
         "(SELECT count(*) FROM outbox WHERE submission = $1 AND kind = 'decision'), "
         "(SELECT count(*) FROM letter_links WHERE submission = $1 AND decision <> ''), "
         "(SELECT count(*) FROM audit JOIN decisions ON id = object_id "
         "WHERE submission = $1 AND action = 'decided')"},
};

int64_t traces_count(struct hand *hand, enum traces_of what, const char *submission_id)
{
    struct db_rows *rows = hand_ask(hand, traces[what], DB_VALUES(DB_TEXT(submission_id)));
    assert_true(db_next(rows));
    int64_t done = db_integer(rows, 0);
    assert_in_range(done, 0, 1);
    for (int i = 1; i < TRACES; i++)
        assert_int_equal(db_integer(rows, i), done);
    return done;
}
